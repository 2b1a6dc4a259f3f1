/**
 * The binary protocol, either direction: a header of 24 bytes, extras, key, value (memcached's doc/protocol-binary.txt).
 * Header, extras and key are read at once; values pass by.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { shown } from '../shared/shown-text.js'
import { LOST, type MemcacheMessage, PIECE, Request, Response } from './messages.js'
import { type Opcode, opcodeOf, opcodes, STAT, statusNames } from './names.js'
import type { MemcacheOptions } from './options.js'
import { exact } from './text-line.js'
import { MAX_STATS } from './text-server.js'
import { PassingValue } from './value.js'

export const HEADER = 24
export const REQUEST = 0x80
export const RESPONSE = 0x81
/** Largest body believed; items are at most 1 GB. */
export const MAX_BODY = 2 ** 30 + 2 ** 16
/** Bytes kept of a value that is read: a statistic, a version, an error, a login. */
const MAX_READ = 4096
/** Longest key: memcached takes 250, Couchbase some more. */
const MAX_KEY = 1024

type Into = (message: MemcacheMessage) => void

export class BinaryReader implements Parser<MemcacheMessage> {
  private readonly magic: number
  private open: Request | Response | undefined
  private opcode: Opcode | undefined
  private readonly value = new PassingValue()
  /** Statistics gathered until the empty one. */
  private stats: Response | undefined
  private seeking = false

  constructor(
    private readonly side: Side,
    private readonly options: MemcacheOptions,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {
    this.magic = side === 'client' ? REQUEST : RESPONSE
  }

  next(cur: Cursor, into: Into): Verdict {
    if (this.open) {
      cur.pos = this.value.take(cur.buf, cur.pos, cur.end)
      this.taken(this.open, into)
      return 'message'
    }
    if (this.seeking) return this.seek(cur, into)
    const { buf, pos, end } = cur
    if (buf[pos] !== this.magic) return this.lose(cur, into)
    if (end - pos < HEADER) {
      cur.want = HEADER
      return 'need-more'
    }
    const keyLength = buf.readUInt16BE(pos + 2)
    const extras = buf[pos + 4]!
    const body = buf.readUInt32BE(pos + 8)
    if (keyLength + extras > body || body > MAX_BODY) return this.lose(cur, into)
    const valueAt = pos + HEADER + extras + keyLength
    if (valueAt > end) {
      cur.want = valueAt - pos
      return 'need-more'
    }
    const opcode = opcodeOf(buf[pos + 1]!)
    const keyAt = pos + HEADER + extras
    const key = keyLength > 0 ? shown(buf, keyAt, keyAt + Math.min(keyLength, MAX_KEY)) : undefined
    const message = this.side === 'client' ? this.request(buf, pos, extras, opcode) : this.response(buf, pos, extras, opcode)
    message.opcode = opcode.name
    message.opcode_value = opcode.value
    message.opaque = buf.readUInt32BE(pos + 12)
    const cas = exact(buf.readBigUInt64BE(pos + 16))
    if (cas !== 0) message.cas = cas
    if (key !== undefined) message.keys = [key]
    const size = body - keyLength - extras
    this.opcode = opcode
    this.open = message
    this.value.begin(size, this.wanted(message, opcode, size))
    cur.pos = valueAt
    if (cur.pos < end && size > 0) cur.pos = this.value.take(buf, cur.pos, end)
    this.taken(message, into)
    return 'message'
  }

  gap(bytes: number, into: Into): 'resync' | 'stop' {
    if (this.open && this.value.left > bytes) {
      this.value.left -= bytes
      this.open.missing += bytes
      return 'resync'
    }
    this.giveCut(into, true)
    into(LOST)
    this.seeking = true
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    if (!this.open && !this.stats) return
    held.pos = held.end
    this.giveCut(into, false)
  }

  private request(buf: Buffer, pos: number, extras: number, opcode: Opcode): Request {
    const request = new Request(true, opcode.command, opcode.family)
    request.quiet = opcode.quiet
    request.optional = opcode.quiet
    request.vbucket = buf.readUInt16BE(pos + 6)
    const at = pos + HEADER
    if (opcode.family === 'Counter' && extras >= 20) {
      request.delta = exact(buf.readBigUInt64BE(at))
      request.initial = exact(buf.readBigUInt64BE(at + 8))
      request.exptime = buf.readUInt32BE(at + 16)
    } else if (opcode.family === 'Store' && extras >= 8) {
      request.flags = buf.readUInt32BE(at)
      request.exptime = buf.readUInt32BE(at + 4)
    } else if (opcode.command === 'verbosity' && extras >= 4) request.verbosity = buf.readUInt32BE(at)
    else if (extras >= 4 && (opcode.command === 'touch' || opcode.command === 'gat' || opcode.command === 'flush_all'))
      request.exptime = buf.readUInt32BE(at)
    return request
  }

  private response(buf: Buffer, pos: number, extras: number, opcode: Opcode): Response {
    const code = buf.readUInt16BE(pos + 6)
    const load = opcode.family === 'Load' || opcode.family === 'Stats' || opcode.family === 'Counter' || opcode.family === 'Auth'
    const response = new Response(true, opcode.command, code !== 0 ? 'Fail' : load ? opcode.family : 'Success')
    response.status_code = code
    response.status = statusNames[code] ?? 'UNKNOWN'
    if (opcode.family === 'Load' && extras >= 4) response.flags = buf.readUInt32BE(pos + HEADER)
    return response
  }

  private wanted(message: Request | Response, opcode: Opcode, size: number): number {
    if (opcode.family === 'Auth' || opcode.family === 'Stats' || opcode.command === 'version' || opcode.command === 'hello')
      return Math.min(size, MAX_READ)
    if (message.kind === 'response' && (opcode.family === 'Counter' || message.status_code !== 0)) return Math.min(size, MAX_READ)
    if (!isValue(message, opcode)) return 0
    message.count = 1
    message.bytes = size
    return this.options.maxvalues !== 0 ? Math.min(size, this.options.maxbytespervalue) : 0
  }

  private taken(message: Request | Response, into: Into): void {
    if (this.value.left > 0) {
      into(PIECE)
      return
    }
    const opcode = this.opcode!
    const kept = this.value.bytes()
    this.open = undefined
    if (message.missing === 0) this.readValue(message, opcode, kept)
    if (message.kind === 'response' && opcode.value === STAT && message.status_code === 0) {
      const { stats } = this
      if (message.keys) {
        const stat = { name: message.keys[0]!, value: shown(kept, 0, kept.length) }
        const all = stats ?? message
        all.stats ??= []
        if (all.stats.length < MAX_STATS) all.stats.push(stat)
        else all.shortened = true
        all.keys = undefined
        this.stats = all
        into(PIECE)
        return
      }
      if (stats) {
        this.stats = undefined
        into(stats)
        return
      }
    }
    into(message)
  }

  private readValue(message: Request | Response, opcode: Opcode, kept: Buffer): void {
    if (message.kind === 'request') {
      if (opcode.family === 'Auth') readLogin(message, kept)
      else if (opcode.family === 'Stats' || opcode.command === 'hello') message.raw_args = message.keys?.[0]
    } else if (message.status_code !== 0) {
      if (kept.length > 0) message.error_msg = opcode.family === 'Auth' ? message.status : shown(kept, 0, kept.length)
    } else if (opcode.family === 'Counter') {
      if (kept.length === 8) message.value = exact(kept.readBigUInt64BE(0))
    } else if (opcode.command === 'version') message.version = shown(kept, 0, Math.min(kept.length, 256))
    else if (opcode.command === 'sasl_list_mechs') message.stats = [{ name: 'mechanisms', value: shown(kept, 0, kept.length) }]
    if (message.count !== undefined && this.options.maxvalues !== 0) message.values = [kept.toString('base64')]
  }

  private lose(cur: Cursor, into: Into): Verdict {
    this.anomaly('memcache.header', `of the ${this.side}`)
    this.giveCut(into, false)
    this.seeking = true
    cur.pos++
    return 'message'
  }

  private giveCut(into: Into, lost: boolean): void {
    const message = this.open ?? this.stats
    this.open = undefined
    this.stats = undefined
    if (!message) return
    message.cut = true
    message.lost = lost
    into(message)
  }

  /** Passes over bytes up to the next header that is whole and right. */
  private seek(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    for (let at = pos; at < end; at++) {
      if (buf[at] !== this.magic) continue
      if (end - at < HEADER) {
        if (at > pos) {
          cur.pos = at
          return 'message'
        }
        cur.want = HEADER
        return 'need-more'
      }
      if (!isHeader(buf, at, this.side)) continue
      this.seeking = false
      if (at === pos) return this.next(cur, into)
      cur.pos = at
      return 'message'
    }
    cur.pos = end
    return 'message'
  }
}

const isValue = (message: Request | Response, opcode: Opcode): boolean =>
  message.kind === 'request' ? opcode.family === 'Store' && opcode.body : opcode.family === 'Load' && message.status_code === 0

/** RFC 4616 for PLAIN: authorize NUL authenticate NUL password. Of the other mechanisms only the name is told. */
function readLogin(request: Request, kept: Buffer): void {
  const mechanism = request.keys?.[0]?.toUpperCase()
  if (kept.length > 0) request.login = kept.toString('latin1')
  if (mechanism === 'PLAIN') {
    const [authorize, authenticate, password] = kept.toString('utf8').split('\0', 3)
    request.user = authenticate || authorize || undefined
    if (password !== undefined) request.login = password
  } else if (mechanism?.startsWith('SCRAM-')) request.user = /(?:^|,)n=([^,]*)/.exec(kept.toString('utf8'))?.[1]
  else if (mechanism?.startsWith('CRAM-') && kept.length > 0) {
    const text = kept.toString('utf8')
    request.user = text.includes(' ') ? text.slice(0, text.lastIndexOf(' ')) : undefined
  }
}

/** A header whose every part fits: opcode, data type, and the lengths that opcode has. */
export function isHeader(buf: Buffer, at: number, side: Side): boolean {
  const opcode = opcodes[buf[at + 1]!]
  if (!opcode || buf[at + 5] !== 0) return false
  const keyLength = buf.readUInt16BE(at + 2)
  const extras = buf[at + 4]!
  const body = buf.readUInt32BE(at + 8)
  if (keyLength + extras > body || body > MAX_BODY || keyLength > 250) return false
  if (side === 'client') {
    if (opcode.extras.length > 0 && !opcode.extras.includes(extras)) return false
    if (opcode.key === 'yes' && keyLength === 0 && opcode.family !== 'Auth') return false
    return (opcode.key !== 'no' || keyLength === 0) && (opcode.body || body === keyLength + extras)
  }
  const status = buf.readUInt16BE(at + 6)
  return statusNames[status] !== undefined && (extras === 0 || (extras === 4 && opcode.family === 'Load') || opcode.family === 'UNKNOWN')
}
