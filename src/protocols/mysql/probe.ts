/** Is this MySQL? A greeting says so by itself; in the middle of a connection a command and its answer do. */
import type { Likeness, Look } from '../protocol.js'
import { readGreeting } from './login.js'
import { packedAt } from './packets.js'
import { commandShape, loginShape, responseShape, type Shape } from './shapes.js'
import { xFromClient, xFromServer } from './x-protocol.js'

export function probe(look: Look): Likeness {
  const { client, server } = look
  const asks = client.left > 0
  const answers = server.left > 0
  if (asks && xFromClient(client.buf, client.pos, client.end) === 'yes') return 'yes'
  if (answers && xFromServer(server.buf, server.pos, server.end)) {
    const x = asks ? xFromClient(client.buf, client.pos, client.end) : 'no'
    if (x === 'maybe') return 'yes'
    // A hello of nine known bytes.
    if (!asks && isHello(server.buf, server.pos, server.end)) return 'yes'
  }
  const said = answers ? serverShape(server.buf, server.pos, server.end) : 'more'
  if (said === 'no' && !look.hinted) return 'no'
  if (answers && said === 'sure' && isGreeting(server.buf, server.pos)) return 'yes'
  if (!asks) return !answers ? 'no' : said === 'sure' ? 'yes' : said === 'no' ? 'no' : 'maybe'
  const asked = clientShape(client.buf, client.pos, client.end)
  if (asked === 'no') return look.hinted && said === 'sure' ? 'yes' : 'no'
  if (asked === 'sure') return said === 'no' ? 'no' : 'yes'
  // Two weak signs that fit one another, of sequence numbers 0 and 1, are one good one.
  if (asked === 'weak' && (said === 'sure' || said === 'weak')) return 'yes'
  if (said === 'no') return 'no'
  return 'maybe'
}

const isGreeting = (buf: Buffer, at: number): boolean => buf[at + 3] === 0

function clientShape(buf: Buffer, at: number, end: number): Shape {
  const login = loginShape(buf, at, end)
  if (login === 'sure') return 'sure'
  const plain = commandShape(buf, at, end)
  if (plain === 'sure' || plain === 'weak') return plain
  const packed = end - at >= 4 && buf[at + 3] !== 0 ? 'no' : packedAt(buf, at, end)
  if (packed === 'yes') return inside(buf, at, end)
  return login === 'more' || plain === 'more' || packed === 'more' ? 'more' : 'no'
}

/** Wrapped: what stands inside tells, where it was not compressed; else zlib's own mark is all there is. */
function inside(buf: Buffer, at: number, end: number): Shape {
  if (buf.readUIntLE(at + 4, 3) > 0) return 'weak'
  return commandShape(buf, at + 7, end)
}

function serverShape(buf: Buffer, at: number, end: number): Shape {
  if (end - at < 5) return 'more'
  if (buf[at + 3] === 0) return greetingShape(buf, at, end)
  const plain = responseShape(buf, at, end)
  if (plain !== 'no') return plain
  if (buf[at + 3] !== 1) return 'no'
  const packed = packedAt(buf, at, end)
  return packed === 'yes' ? 'weak' : packed
}

/** Also an error instead of a greeting: too many connections, host not allowed. */
function greetingShape(buf: Buffer, at: number, end: number): Shape {
  const length = buf.readUIntLE(at, 3)
  const from = at + 4
  const first = buf[from]!
  if (first === 0xff) {
    if (length < 6 || length > 1024) return 'no'
    if (end < from + 3) return 'more'
    const code = buf.readUInt16LE(from + 1)
    if (code < 1000 || code > 5000) return 'no'
    const text = buf.toString('latin1', from + 3, Math.min(end, from + length))
    return /^[\x20-\x7e]*$/.test(text) ? (end >= from + length && text.length > 10 ? 'sure' : 'weak') : 'no'
  }
  if ((first !== 0x0a && first !== 0x09) || length < 20 || length > 1024) return 'no'
  if (end < from + length) return /^[\x20-\x7e]*(?:\0|$)/.test(buf.toString('latin1', from + 1, Math.min(end, from + 20))) ? 'more' : 'no'
  return readGreeting(buf, from, from + length) ? 'sure' : 'no'
}

const isHello = (buf: Buffer, at: number, end: number): boolean => end - at >= 9 && buf.toString('hex', at, at + 9) === '050000000b08051a00'
