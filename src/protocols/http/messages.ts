/** What the parsers give: heads, and the pieces of bodies. Borrowed until `see` returns; a parser gives one piece object again and again. */
import type { EndReason } from '../../model/side.js'
import type { Head } from './head.js'
import type { Exchange } from './turns.js'

/**
 * What is wrong with a message that ends.
 *
 * cut      its end was not captured
 * snapped  the capture's snaplen left out bytes of it
 * lost     bytes of it were lost
 * closed   the connection was closed before its end
 * reset    the connection was reset before its end
 * broken   its framing makes no sense
 */
export type Fault = '' | 'cut' | 'snapped' | 'lost' | 'closed' | 'reset' | 'broken'

/** What the end of a connection means for a message that it cuts off. */
export const faultOf = (why: EndReason): Fault => (why === 'reset' ? 'reset' : why === 'close' ? 'closed' : 'cut')

export interface RequestHead {
  readonly kind: 'request'
  readonly head: Head
  readonly exchange: Exchange
  /** No body follows. */
  readonly last: boolean
  readonly fault: Fault
  /** How the message before it ended, when only this one shows that it did. */
  readonly before: Fault | undefined
}

export interface ResponseHead {
  readonly kind: 'response'
  /** Absent for an HTTP/0.9 answer, which is nothing but a body. */
  readonly head: Head | undefined
  /** The request it answers; undefined when none was seen. */
  readonly exchange: Exchange | undefined
  /** No body follows, whatever the head says of one (HEAD, 204, 304). */
  readonly last: boolean
  readonly fault: Fault
  /** What the connection switches to with this answer. */
  readonly upgrade: string | undefined
  readonly before: Fault | undefined
  /** The first piece of an answer without head. */
  readonly body: BodyPiece | undefined
}

/** A 1xx response other than 101. */
export interface InterimHead {
  readonly kind: 'interim'
  readonly code: number
  readonly exchange: Exchange | undefined
}

const NOTHING = Buffer.alloc(0)

export class BodyPiece {
  readonly kind = 'body'
  buf: Buffer = NOTHING
  /** Body bytes are `start`..`end` of `buf`, without any framing. */
  start = 0
  end = 0
  /** Bytes of the body that were never captured and stand before these. */
  missing = 0
  /** It was the capture's snaplen that left them out. */
  snapped = false
  last = false
  fault: Fault = ''
  /** Trailer fields of a chunked body, with the last piece. */
  trailers = ''

  set(buf: Buffer, start: number, end: number, last: boolean): this {
    this.buf = buf
    this.start = start
    this.end = end
    this.missing = 0
    this.snapped = false
    this.last = last
    this.fault = ''
    this.trailers = ''
    return this
  }

  finish(fault: Fault, missing = 0): this {
    this.set(NOTHING, 0, 0, true)
    this.fault = fault
    this.missing = missing
    return this
  }
}

export type HttpMessage = RequestHead | ResponseHead | InterimHead | BodyPiece
