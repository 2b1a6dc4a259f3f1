/** Reads one message that lies in memory, whole or its beginning: opcode and fields to a Message. */
import { decompress } from '../shared/decompress.js'
import { i32le, zero } from './bson.js'
import { crc32c } from './crc32c.js'
import { Doc, Docs } from './doc.js'
import type { Message } from './messages.js'
import { compressors, KNOWN_FLAGS, MsgFlag, Op, opNames, REQUIRED_FLAGS } from './names.js'

/** Bytes that may come out of one compressed message: a document of the largest size, 16 MB, and what stands around it. */
export const MAX_INFLATED = 16 * 1024 * 1024 + 65536
/** Bytes of a name of a collection or section: servers allow 255. */
const MAX_NAME = 1024
/** Sections of one message that are looked at; drivers send at most three. */
const MAX_SECTIONS = 64
/** Cursors of one OP_KILL_CURSORS that are kept. */
const MAX_CURSORS = 64

export type Odd = (code: string, detail: string) => void
/** Says whether that many bytes may be made by decompression. */
export type Allow = (compressed: number, inflated: number) => boolean

/** What stands behind the header in [at, end); `whole` = all of it is there. */
export function decode(message: Message, buf: Buffer, at: number, end: number, whole: boolean, odd: Odd, allow: Allow): void {
  switch (message.op) {
    case Op.msg:
      msg(message, buf, at, end, whole, odd)
      return
    case Op.compressed:
      compressed(message, buf, at, end, whole, odd, allow)
      return
    default:
      legacy(message, buf, at, end)
  }
}

function msg(message: Message, buf: Buffer, at: number, end: number, whole: boolean, odd: Odd): void {
  if (at + 4 > end) {
    message.undecoded = 'the message is too short to be read'
    return
  }
  const flags = i32le(buf, at)
  message.flags = flags
  if ((flags & REQUIRED_FLAGS & ~KNOWN_FLAGS) !== 0) odd('mongodb.unknown-flags', `flagBits ${(flags >>> 0).toString(16)}`)
  let stop = end
  if (whole && (flags & MsgFlag.checksum) !== 0) {
    stop -= 4
    // Over the message as it would be uncompressed, with its own header: checked where that stands in front of it.
    if (message.compressor === undefined && stop >= at && crc32c(buf, at - 16, stop) !== i32le(buf, stop) >>> 0)
      odd('mongodb.checksum', `message ${message.requestId}`)
  }
  let pos = at + 4
  for (let sections = 0; pos < stop; sections++) {
    if (sections === MAX_SECTIONS) {
      message.undecoded = 'the message has more sections than are read'
      return
    }
    const kind = buf[pos++]!
    if (kind === 0) {
      if (pos + 4 > stop) break
      const length = i32le(buf, pos)
      if (!message.body) message.body = new Doc(buf, pos, Math.min(stop, pos + Math.max(0, length)))
      else odd('mongodb.malformed', 'a message has two bodies')
      if (length < 5) {
        message.undecoded = 'the body is damaged'
        return
      }
      pos += length
    } else if (kind === 1) {
      if (pos + 4 > stop) break
      const size = i32le(buf, pos)
      const nameEnd = zero(buf, pos + 4, Math.min(stop, pos + 4 + MAX_NAME))
      if (nameEnd < 0 || size < nameEnd + 1 - pos) {
        message.undecoded = 'a document sequence is damaged'
        return
      }
      const name = buf.toString('utf8', pos + 4, nameEnd)
      message.sequences.push(new Docs(name, buf, nameEnd + 1, Math.min(stop, pos + size)))
      pos += size
    } else {
      message.undecoded = `a section of unknown kind ${kind} was not read`
      return
    }
  }
}

function compressed(message: Message, buf: Buffer, at: number, end: number, whole: boolean, odd: Odd, allow: Allow): void {
  if (at + 9 > end) {
    message.undecoded = 'the compressed message is too short to be read'
    return
  }
  message.op = i32le(buf, at)
  const size = i32le(buf, at + 4)
  const id = buf[at + 8]!
  const name = compressors[id]
  message.compressor = name ?? `compressor ${id}`
  if (!opNames.has(message.op) || message.op === Op.compressed) {
    odd('mongodb.decompression', `original opcode ${message.op}`)
    message.undecoded = 'the compressed message names no opcode that can be compressed'
    return
  }
  if (!whole) {
    message.undecoded = 'the compressed message is not whole'
    return
  }
  if (name === undefined) {
    odd('mongodb.decompression', `compressor ${id}`)
    message.undecoded = 'the compressor is unknown'
    return
  }
  if (size < 0 || size > MAX_INFLATED || !allow(end - at, size)) {
    odd('mongodb.decompression-cap', `${size} bytes from ${end - at - 9}`)
    message.undecoded = `the compressed message was not read: ${size} bytes would come out of ${end - at - 9}`
    return
  }
  const bytes = buf.subarray(at + 9, end)
  const plain = name === 'noop' ? bytes : decompress(name, bytes, MAX_INFLATED, size)
  if (!plain) {
    odd('mongodb.decompression', `${name}, ${bytes.length} bytes`)
    message.undecoded = 'the compressed message is damaged'
    return
  }
  if (message.op === Op.msg) msg(message, plain, 0, plain.length, true, odd)
  else decode(message, plain, 0, plain.length, true, odd, allow)
}

/** A reading position over legacy bytes; fields that are not there are left undefined. */
class Fields {
  constructor(
    private readonly buf: Buffer,
    public pos: number,
    private readonly end: number,
  ) {}

  int(): number | undefined {
    if (this.pos + 4 > this.end) return this.stop()
    this.pos += 4
    return i32le(this.buf, this.pos - 4)
  }

  long(): bigint | undefined {
    if (this.pos + 8 > this.end) return this.stop()
    this.pos += 8
    return this.buf.readBigInt64LE(this.pos - 8)
  }

  name(): string | undefined {
    const end = zero(this.buf, this.pos, Math.min(this.end, this.pos + MAX_NAME))
    if (end < 0) return this.stop()
    const text = this.buf.toString('utf8', this.pos, end)
    this.pos = end + 1
    return text
  }

  doc(): Doc | undefined {
    if (this.pos + 5 > this.end) return this.stop()
    const length = i32le(this.buf, this.pos)
    if (length < 5) return this.stop()
    const doc = new Doc(this.buf, this.pos, Math.min(this.end, this.pos + length))
    this.pos += length
    return doc
  }

  docs(name: string): Docs {
    const from = Math.min(this.pos, this.end)
    this.pos = this.end
    return new Docs(name, this.buf, from, this.end)
  }

  private stop(): undefined {
    this.pos = this.end
    return undefined
  }
}

function legacy(message: Message, buf: Buffer, at: number, end: number): void {
  const fields = new Fields(buf, at, end)
  switch (message.op) {
    case Op.query:
      message.flags = fields.int() ?? 0
      message.namespace = fields.name()
      message.skip = fields.int()
      message.wanted = fields.int()
      message.body = fields.doc()
      message.projection = fields.doc()
      return
    case Op.reply: {
      message.flags = fields.int() ?? 0
      message.cursorId = fields.long()
      message.startingFrom = fields.int()
      message.returned = fields.int()
      const docs = fields.docs('documents')
      message.sequences.push(docs)
      message.body = docs.first()
      return
    }
    case Op.insert:
      message.flags = fields.int() ?? 0
      message.namespace = fields.name()
      message.sequences.push(fields.docs('documents'))
      return
    case Op.update:
      fields.int()
      message.namespace = fields.name()
      message.flags = fields.int() ?? 0
      message.body = fields.doc()
      message.update = fields.doc()
      return
    case Op.delete:
      fields.int()
      message.namespace = fields.name()
      message.flags = fields.int() ?? 0
      message.body = fields.doc()
      return
    case Op.getMore:
      fields.int()
      message.namespace = fields.name()
      message.wanted = fields.int()
      message.cursorId = fields.long()
      return
    case Op.killCursors: {
      fields.int()
      const count = fields.int() ?? 0
      const ids: bigint[] = []
      for (let i = 0; i < Math.min(count, MAX_CURSORS); i++) {
        const id = fields.long()
        if (id === undefined) break
        ids.push(id)
      }
      message.cursorIds = ids
      message.wanted = count
      return
    }
    case Op.command: {
      message.namespace = fields.name()
      message.command = fields.name()
      const one = fields.doc()
      const two = fields.doc()
      // Servers and documentation disagree on which comes first: the arguments begin with the command's name.
      const swapped = two !== undefined && one?.names[0] !== message.command && two.names[0] === message.command
      message.body = swapped ? two : one
      message.sequences.push(fields.docs('documents'))
      return
    }
    case Op.commandReply: {
      const one = fields.doc()
      const two = fields.doc()
      const swapped = two !== undefined && !one?.has('ok') && two.has('ok')
      message.body = swapped ? two : one
      message.sequences.push(fields.docs('documents'))
      return
    }
  }
}
