/** The frame header, native protocol §2.4.1: read, and judged by what must follow it. */
import { Flag, isDse, isErrorCode, isRequestOp, isResponseOp, KNOWN_FLAGS, MAX_CONSISTENCY, Op } from './names.js'

/** Longest body that the specification allows, §2.4.1.5. */
export const MAX_FRAME = 256 * 1024 * 1024
/** Header of v3 and later; v1 and v2 have a stream id of one byte. */
export const HEADER = 9
const SHORT_HEADER = 8

export interface Header {
  readonly version: number
  readonly flags: number
  readonly stream: number
  readonly op: number
  /** Bytes of the body, as compressed. */
  readonly length: number
  /** Bytes of the header itself. */
  readonly size: number
}

export const isVersion = (version: number): boolean => (version >= 1 && version <= 6) || version === 0x41 || version === 0x42
const sizeOf = (version: number): number => (version <= 2 ? SHORT_HEADER : HEADER)

/**
 * The header at `at`, 'short' when more bytes are needed, or undefined when no header of this direction begins like that.
 */
export function readHeader(buf: Buffer, at: number, end: number, fromServer: boolean): Header | 'short' | undefined {
  if (at >= end) return 'short'
  const first = buf[at]!
  const version = first & 0x7f
  if (first >> 7 !== (fromServer ? 1 : 0) || !isVersion(version)) return undefined
  const size = sizeOf(version)
  if (end - at < size) return 'short'
  const flags = buf[at + 1]!
  const wide = size === HEADER
  const op = buf[at + size - 5]!
  const length = buf.readUInt32BE(at + size - 4)
  if (flags > KNOWN_FLAGS || length > MAX_FRAME) return undefined
  if (fromServer ? !isResponseOp(op) : !isRequestOp(op)) return undefined
  if (op === Op.REVISE_REQUEST && !isDse(version)) return undefined
  const stream = wide ? buf.readInt16BE(at + 2) : buf.readInt8(at + 2)
  if (stream < 0 && (!fromServer || stream !== -1)) return undefined
  return { version, flags, stream, op, length, size }
}

/** 'strong': what is there can hardly be anything else; 'weak': nothing speaks against it. */
export type Grade = 'strong' | 'weak' | 'short' | 'no'
/** Bytes of a body that are looked at. */
const LOOK = 64
/** Flags that put something in front of the message, or make it unreadable. */
const SHIFTS_REQUEST = Flag.COMPRESSED | Flag.CUSTOM_PAYLOAD
const SHIFTS_RESPONSE = SHIFTS_REQUEST | Flag.TRACING | Flag.WARNING

/** How well a body fits its header. `end` is the end of what is there. */
export function gradeBody(buf: Buffer, at: number, end: number, h: Header): Grade {
  const body = at + h.size
  const stop = Math.min(end, body + h.length)
  const there = stop - body
  const whole = there === h.length
  switch (h.op) {
    case Op.OPTIONS:
      return h.length === 0 ? 'weak' : 'no'
    case Op.STARTUP:
      if ((h.flags & Flag.COMPRESSED) !== 0 || h.length < 4 || h.length > 65535) return 'no'
      break
    case Op.READY:
      if ((h.flags & ~Flag.WARNING) === 0 && h.length !== 0) return 'no'
      break
  }
  // Behind compression, a tracing id, warnings or a payload the body begins elsewhere.
  if ((h.flags & (isRequestOp(h.op) ? SHIFTS_REQUEST : SHIFTS_RESPONSE)) !== 0) return 'weak'
  const enough = (bytes: number): boolean => there >= Math.min(bytes, h.length)
  const int = (o: number): number => (body + o + 4 <= stop ? buf.readInt32BE(body + o) : -1)
  const short = (o: number): number => (body + o + 2 <= stop ? buf.readUInt16BE(body + o) : -1)
  switch (h.op) {
    case Op.STARTUP: {
      if (!enough(LOOK)) return 'short'
      const text = buf.toString('latin1', body, Math.min(stop, body + 512))
      if (text.includes('CQL_VERSION')) return 'strong'
      return whole && short(0) > 0 && short(0) < 64 ? 'weak' : 'no'
    }
    case Op.QUERY:
    case Op.PREPARE: {
      if (h.length < 5) return 'no'
      if (!enough(16)) return 'short'
      const length = int(0)
      if (length < 1 || length > h.length - 4) return 'no'
      const tail = h.length - 4 - length
      // What a QUERY ends with is at least consistency and flags; PREPARE ends with the text, or with flags since v5.
      if (h.op === Op.QUERY ? tail < 2 : h.version < 5 && tail !== 0) return 'no'
      return isText(buf, body + 4, Math.min(stop, body + 4 + Math.min(length, LOOK))) ? 'strong' : 'no'
    }
    case Op.EXECUTE: {
      if (h.length < 6) return 'no'
      if (!enough(24)) return 'short'
      const id = short(0)
      if (id < 1 || id > 64 || id + 2 > h.length - 2) return 'no'
      let next = 2 + id
      if (h.version >= 5 && h.version !== 0x41) next += 2 + Math.max(0, short(next))
      const level = h.version === 1 ? 0 : short(next)
      return id === 16 && level >= 0 && level <= MAX_CONSISTENCY ? 'strong' : level > MAX_CONSISTENCY ? 'no' : 'weak'
    }
    case Op.BATCH: {
      if (!enough(12)) return 'short'
      if (h.length < 7 || buf[body]! > 2 || buf[body + 3]! > 1) return 'no'
      if (buf[body + 3] === 1) return short(4) === 16 ? 'strong' : 'weak'
      const length = int(4)
      if (length < 1 || length > h.length - 8) return 'no'
      return isText(buf, body + 8, Math.min(stop, body + 8 + Math.min(length, LOOK))) ? 'strong' : 'no'
    }
    case Op.REGISTER: {
      if (!enough(LOOK)) return 'short'
      return /TOPOLOGY_CHANGE|STATUS_CHANGE|SCHEMA_CHANGE/.test(buf.toString('latin1', body, Math.min(stop, body + LOOK))) ? 'strong' : 'no'
    }
    case Op.AUTH_RESPONSE:
    case Op.AUTH_CHALLENGE:
    case Op.AUTH_SUCCESS: {
      if (!enough(4)) return 'short'
      const length = int(0)
      return h.length >= 4 && (length < 0 ? h.length === 4 : length === h.length - 4) ? 'weak' : 'no'
    }
    case Op.CREDENTIALS:
      return h.version === 1 && h.length >= 2 && h.length < 65536 ? 'weak' : 'no'
    case Op.REVISE_REQUEST:
      return h.length >= 4 && h.length <= 64 ? 'weak' : 'no'
    case Op.ERROR: {
      if (h.length < 6) return 'no'
      if (!enough(16)) return 'short'
      const length = short(4)
      if (!isErrorCode(int(0)) || length > h.length - 6) return 'no'
      return length > 0 && isText(buf, body + 6, Math.min(stop, body + 6 + Math.min(length, LOOK))) ? 'strong' : 'weak'
    }
    case Op.AUTHENTICATE: {
      if (!enough(LOOK)) return 'short'
      const length = short(0)
      if (length !== h.length - 2) return 'no'
      return /^[\w.$]+$/.test(buf.toString('latin1', body + 2, stop)) ? 'strong' : 'no'
    }
    case Op.SUPPORTED: {
      if (!enough(LOOK)) return 'short'
      const count = short(0)
      if (count < 1 || count > 256) return 'no'
      return /CQL_VERSION|COMPRESSION|PROTOCOL_VERSIONS/.test(buf.toString('latin1', body, Math.min(stop, body + 512))) ? 'strong' : 'weak'
    }
    case Op.EVENT: {
      if (!enough(20)) return 'short'
      return /^(?:TOPOLOGY|STATUS|SCHEMA|TRACE|STATEMENT|GRAPH)_/.test(buf.toString('latin1', body + 2, Math.min(stop, body + 20)))
        ? 'strong'
        : 'no'
    }
    case Op.RESULT:
      return gradeResult(h, there, enough, int, short, (from, length) => isText(buf, body + from, Math.min(stop, body + from + length)))
    default:
      return 'weak'
  }
}

function gradeResult(
  h: Header,
  there: number,
  enough: (bytes: number) => boolean,
  int: (o: number) => number,
  short: (o: number) => number,
  text: (o: number, length: number) => boolean,
): Grade {
  if (h.length < 4) return 'no'
  if (!enough(LOOK)) return 'short'
  switch (int(0)) {
    case 1:
      return h.length === 4 ? 'weak' : 'no'
    case 2: {
      const flags = int(4)
      const columns = int(8)
      if (h.length < 16 || flags < 0 || flags > 0xff || columns < 0 || columns > 65536) return 'no'
      if ((flags & 7) !== 1) return 'weak'
      const length = short(12)
      return length > 0 && length < 256 && there > 14 && text(14, length) ? 'strong' : 'weak'
    }
    case 3:
      return short(4) === h.length - 6 && text(6, short(4)) ? 'strong' : 'no'
    case 4:
      return short(4) === 16 ? 'strong' : short(4) > 0 && short(4) < 64 ? 'weak' : 'no'
    case 5:
      // CREATED, UPDATED, DROPPED.
      return short(4) === 7 && text(6, 7) ? 'strong' : 'no'
    default:
      return 'no'
  }
}

/** No control characters but those of text: what a statement, a name or a message is made of. */
function isText(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const byte = buf[i]!
    if (byte < 0x20 ? byte !== 0x09 && byte !== 0x0a && byte !== 0x0d : byte === 0x7f) return false
  }
  return true
}
