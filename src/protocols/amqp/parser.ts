/**
 * One direction of a connection: bytes in, frames out. Method and header frames are read whole; body frames are handed on
 * as they come, so that a message of any size is never held.
 *
 *   start -> frame                      a protocol header, or the middle of a connection
 *   frame -> frame | body | skip        a frame's header says which
 *   body -> body ... -> frame           payload, then the frame-end octet
 *   any -> seek -> frame                framing was lost: look for the next frame
 */
import { Cursor } from '../../bytes/cursor.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Likeness, Parser, Verdict } from '../protocol.js'
import { readArguments } from './arguments.js'
import { type Properties, readProperties } from './content.js'
import { FRAME_END, FRAME_OVERHEAD, frameLikeness, MAX_BODY_FRAME, MAX_PLAIN_FRAME, Type } from './framing.js'
import { type AmqpMessage, BodyMessage } from './messages.js'
import { headerName, methodOf, nameOf } from './names.js'
import { TableState } from './tables.js'

/** A protocol header: "AMQP" and four octets. */
const HEADER_BYTES = 8
/** Bytes of a side that are searched for a frame before it is given up: many times the largest frame in use. */
const MAX_SOUGHT = 16 << 20

type State = 'start' | 'frame' | 'body' | 'seek'
type Into = (message: AmqpMessage) => void

export interface ParserOptions {
  readonly parse_headers: boolean
  readonly parse_arguments: boolean
}

export interface Report {
  anomaly(code: string, at?: undefined, detail?: string): void
  upgradeTo(name: string): void
}

/** What both directions know of the connection. */
export class Shared {
  /** A protocol header of something else than 0-9-1 was seen: neither side is read on. */
  foreign = ''
  /** Agreed by tune-ok; 0 = no limit. */
  frameMax = 0
}

export class AmqpParser implements Parser<AmqpMessage> {
  private state: State = 'start'
  /** In 'body': payload to come, without the frame-end octet. */
  private remaining = 0
  private sought = 0
  private readonly body = new BodyMessage()
  private readonly inner = new Cursor()

  constructor(
    private readonly side: Side,
    private readonly shared: Shared,
    private readonly options: ParserOptions,
    private readonly report: Report,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    // A server answers a foreign header with its own.
    const mayAnswer = this.state === 'start' && (cur.left === 0 || cur.peek() === MAGIC[0])
    if (this.shared.foreign !== '' && !mayAnswer) return 'upgrade'
    switch (this.state) {
      case 'start':
        return this.start(cur, into)
      case 'frame':
        return this.frame(cur, into)
      case 'body':
        return this.readBody(cur, into)
      case 'seek':
        return this.seek(cur, into)
    }
  }

  gap(bytes: number, into: Into): 'resync' {
    if (this.state === 'body' && bytes <= this.remaining) {
      // The frame's length still holds: count on. Its end octet tells whether that was right.
      this.remaining -= bytes
      into(this.piece(EMPTY, 0, 0, bytes, false))
      return 'resync'
    }
    this.state = 'seek'
    into({ kind: 'lost' })
    return 'resync'
  }

  close(_held: Cursor, _why: EndReason, _into: Into): void {}

  private start(cur: Cursor, into: Into): Verdict {
    const { buf, pos } = cur
    const left = cur.left
    for (let i = 0; i < 4 && i < left; i++)
      if (buf[pos + i] !== MAGIC[i]) {
        this.state = 'seek'
        return this.seek(cur, into)
      }
    if (left < HEADER_BYTES) return 'need-more'
    const name = headerName(buf, pos)
    cur.pos = pos + HEADER_BYTES
    const foreign = name.startsWith('AMQP 1.0')
    if (foreign && this.shared.foreign === '') {
      this.shared.foreign = name
      this.report.upgradeTo(name === 'AMQP 1.0 (TLS)' ? 'tls' : 'amqp-1.0')
    }
    into({ kind: 'header', name, foreign })
    this.state = 'frame'
    return foreign ? 'upgrade' : 'message'
  }

  private frame(cur: Cursor, into: Into): Verdict {
    const { buf, pos } = cur
    if (cur.left < FRAME_OVERHEAD - 1) {
      cur.want = FRAME_OVERHEAD - 1
      return 'need-more'
    }
    const type = buf[pos]!
    const channel = buf.readUInt16BE(pos + 1)
    const size = buf.readUInt32BE(pos + 3)
    if (type === Type.body) {
      const most = this.shared.frameMax > 0 ? this.shared.frameMax : MAX_BODY_FRAME
      if (size + FRAME_OVERHEAD > most) {
        this.report.anomaly('amqp.frame-size', undefined, `${size} bytes of body in one frame.`)
        return this.lose(cur, into, 'Its length is no length.')
      }
      cur.pos = pos + FRAME_OVERHEAD - 1
      this.state = 'body'
      this.body.channel = channel
      this.remaining = size
      into(this.piece(EMPTY, 0, 0, 0, false))
      return 'message'
    }
    if (type !== Type.method && type !== Type.header && type !== Type.heartbeat) return this.lose(cur, into, `No frame is of type ${type}.`)
    if (size > MAX_PLAIN_FRAME) {
      this.report.anomaly('amqp.frame-size', undefined, `A frame of type ${type} claims ${size} bytes.`)
      return this.lose(cur, into, 'Its length is no length.')
    }
    if (cur.left < size + FRAME_OVERHEAD) {
      cur.want = size + FRAME_OVERHEAD
      return 'need-more'
    }
    if (buf[pos + FRAME_OVERHEAD - 1 + size] !== FRAME_END) {
      this.report.anomaly('amqp.frame-end', undefined, `A frame of ${size} bytes.`)
      return this.lose(cur, into, 'A frame does not end with 0xCE.')
    }
    cur.pos = pos + size + FRAME_OVERHEAD
    this.inner.reset(buf, pos + FRAME_OVERHEAD - 1, cur.pos - 1)
    if (type === Type.method) this.method(channel, into)
    else if (type === Type.header) this.content(channel, into)
    else into({ kind: 'heartbeat' })
    return 'message'
  }

  private method(channel: number, into: Into): void {
    const { inner } = this
    const classId = inner.u16()
    const methodId = inner.u16()
    const method = methodOf(classId, methodId)
    if (!method) {
      if (!inner.short) this.report.anomaly('amqp.unknown-method', undefined, `Class ${classId}, method ${methodId}.`)
      else this.report.anomaly('amqp.arguments', undefined, 'A method frame holds no method.')
      into({ kind: 'method', channel, name: nameOf(classId, methodId), method: undefined, args: {}, fault: undefined })
      return
    }
    const read = readArguments(inner, method, this.options.parse_arguments)
    if (read.fault !== undefined) this.report.anomaly('amqp.arguments', undefined, `${method.name}: ${read.fault}.`)
    if (read.cut) this.report.anomaly('amqp.table-limit', undefined, method.name)
    if (method.name === 'connection.tune-ok') this.shared.frameMax = Number(read.args['frame-max'] ?? 0)
    into({ kind: 'method', channel, name: method.name, method, args: read.args, fault: read.fault })
  }

  private content(channel: number, into: Into): void {
    const { inner } = this
    const classId = inner.u16()
    inner.skip(2)
    const size = inner.u64()
    const state = new TableState()
    let properties: Properties = {}
    if (this.options.parse_headers) properties = readProperties(inner, state)
    const bad = inner.short || state.bad
    if (bad) this.report.anomaly('amqp.arguments', undefined, 'The properties of a message cannot be read.')
    if (state.cut) this.report.anomaly('amqp.table-limit', undefined, 'Headers of a message.')
    const fault = bad ? 'the properties of the message could not be read' : undefined
    into({ kind: 'content', channel, classId, size: size > MAX_SIZE ? Number.MAX_SAFE_INTEGER : Number(size), properties, fault })
  }

  private piece(buf: Buffer, start: number, end: number, lost: number, last: boolean): BodyMessage {
    const { body } = this
    body.buf = buf
    body.start = start
    body.end = end
    body.lost = lost
    body.last = last
    return body
  }

  private readBody(cur: Cursor, into: Into): Verdict {
    const { buf, pos } = cur
    const take = Math.min(this.remaining, cur.left)
    const ends = cur.left > this.remaining
    if (ends && buf[pos + take] !== FRAME_END) {
      this.report.anomaly('amqp.frame-end', undefined, 'A body frame.')
      return this.lose(cur, into, 'A body frame does not end with 0xCE.')
    }
    this.remaining -= take
    cur.pos = pos + take + (ends ? 1 : 0)
    if (ends) this.state = 'frame'
    if (take === 0 && !ends) return 'need-more'
    into(this.piece(buf, pos, pos + take, 0, ends))
    return 'message'
  }

  /** These bytes are no frame. The first of them is not looked at again. */
  private lose(cur: Cursor, into: Into, why: string): Verdict {
    this.report.anomaly('amqp.lost-sync', undefined, why)
    this.state = 'seek'
    this.sought = 0
    cur.pos++
    into({ kind: 'lost' })
    return 'message'
  }

  /** Moves on to what is a whole frame by all its marks, one candidate at a time. */
  private seek(cur: Cursor, into: Into): Verdict {
    const { buf, end } = cur
    const start = cur.pos
    let at = start
    let likeness: Likeness = 'no'
    while (at < end) {
      likeness = frameLikeness(buf, at, end, this.side, this.shared.frameMax)
      if (likeness !== 'no') break
      at++
    }
    this.sought += at - start
    if (this.sought > MAX_SOUGHT) return 'malformed'
    if (likeness === 'yes') {
      this.state = 'frame'
      this.sought = 0
      if (at === start) return this.frame(cur, into)
    }
    cur.pos = at
    return at > start ? 'message' : 'need-more'
  }
}

const MAX_SIZE = BigInt(Number.MAX_SAFE_INTEGER)
const MAGIC = Buffer.from('AMQP')
const EMPTY = Buffer.alloc(0)
