/** What a parser hands to the correlator: one frame, or a piece of a body frame. */
import type { Properties } from './content.js'
import type { Method } from './names.js'
import type { Value } from './tables.js'

export type Arguments = Readonly<Record<string, Value>>

/** A protocol header: what the client wants to speak, or what a server says it speaks when it does not. */
export interface HeaderMessage {
  readonly kind: 'header'
  readonly name: string
  /** What follows is not 0-9-1. */
  readonly foreign: boolean
}

export interface MethodMessage {
  readonly kind: 'method'
  readonly channel: number
  readonly name: string
  /** Undefined when the method is none that is known. */
  readonly method: Method | undefined
  readonly args: Arguments
  /** Why `args` are not all there. */
  readonly fault: string | undefined
}

export interface ContentMessage {
  readonly kind: 'content'
  readonly channel: number
  readonly classId: number
  readonly size: number
  readonly properties: Properties
  readonly fault: string | undefined
}

/** Borrowed bytes of a body frame: gone when the call returns. One object a parser. */
export class BodyMessage {
  readonly kind = 'body'
  channel = 0
  buf: Buffer = Buffer.alloc(0)
  start = 0
  end = 0
  /** Bytes that were not captured. */
  lost = 0
  /** The frame is over. */
  last = false
}

export interface HeartbeatMessage {
  readonly kind: 'heartbeat'
}

/** Framing was lost: contents that are open on this side cannot be completed. */
export interface LostMessage {
  readonly kind: 'lost'
}

export type AmqpMessage = HeaderMessage | MethodMessage | ContentMessage | BodyMessage | HeartbeatMessage | LostMessage
