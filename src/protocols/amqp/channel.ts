/** What is open on one channel: requests that wait, contents that are not complete, publications that are not confirmed. */
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { ContentMessage, MethodMessage } from './messages.js'

/** A request that waits for its answer. */
export interface Asked {
  readonly message: MethodMessage
  readonly side: Side
  readonly at: Trace
  /** Bytes of the other side were lost since: the answer may have been among them. */
  doubtful: boolean
}

/** A method with its content header and as much of the body as is kept. */
export class Content {
  header: ContentMessage | undefined
  received = 0
  lost = 0
  kept: Buffer[] = []
  keptBytes = 0
  /** Framing was lost before its end. */
  broken = false

  constructor(
    readonly side: Side,
    readonly message: MethodMessage | undefined,
    readonly at: Trace,
    /** basic.get-ok: the request it answers. */
    readonly asked: Asked | undefined,
  ) {}
}

/** A publication on a channel in confirm mode. */
export interface Unconfirmed {
  readonly content: Content
  readonly seq: number
  /** The broker gave it back, and said why. */
  returned: string | undefined
  doubtful: boolean
}

export class Channel {
  readonly waiting: Asked[] = []
  client: Content | undefined
  server: Content | undefined
  /** confirm.select was answered, or asked with no-wait. */
  confirming = false
  /** Publications may have been lost: the broker's numbers are no longer known. */
  uncounted = false
  published = 0
  readonly unconfirmed = new Map<number, Unconfirmed>()
  /** Queue by consumer tag. */
  readonly consumers = new Map<string, string>()
  /** Queue that was declared last: what an empty name means. */
  lastQueue = ''
  /** Bodies without a content were met. */
  strayTold = false

  constructor(readonly number: number) {}
}
