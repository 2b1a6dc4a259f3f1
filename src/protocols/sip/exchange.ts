/** One request with everything that answers it, while it may still go on. */
import { type Instant, nanosecondsBetween } from '../../model/instant.js'
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Call } from './calls.js'
import type { SipMessage } from './message.js'

/** Provisional responses and forks listed in a row; the rest is counted. A call has one to five. */
export const MAX_LISTED = 32
/** Codes listed in a row. */
const MAX_CODES = 64

export interface Answer {
  readonly code: number
  readonly status: string
  readonly toTag: string | undefined
  readonly at: Instant
  readonly contact?: string | undefined
}

export class Exchange {
  request: SipMessage | undefined
  /** The request, its repeats and its ACKs. */
  requestTrace: Trace | undefined
  responseTrace: Trace | undefined
  retransmissions = 0
  readonly provisional: Answer[] = []
  /** Provisional responses seen, listed or not. */
  provisionals = 0
  /** The last provisional response, and the last one that described media. */
  lastProvisional: SipMessage | undefined
  early: SipMessage | undefined
  ringing: Instant | undefined
  final: SipMessage | undefined
  finalAt: Instant | undefined
  finalTag: string | undefined
  finalRetransmissions = 0
  readonly forks: Answer[] = []
  forked = 0
  readonly codes: number[] = []
  ack: SipMessage | undefined
  acked: Instant | undefined
  cancelled: Instant | undefined
  /** For a BYE: the call it ends. */
  call: Call | undefined
  user: string | undefined
  /** Bytes of the other side were lost while this waited. */
  gapped = false
  /** An answer came on another flow, from where to where. */
  elsewhere: string | undefined
  /** When anything of it was last seen. */
  last: Instant
  /** Bytes asked of the run's budget. */
  held = 0

  constructor(
    readonly requester: Side,
    readonly method: string,
    readonly key: string,
    readonly looseKey: string,
    at: Instant,
  ) {
    this.last = at
  }

  addRequest(at: Trace): void {
    if (this.requestTrace) this.requestTrace.extend(at)
    else this.requestTrace = at
    this.last = at.last
  }

  addResponse(at: Trace, code: number): void {
    if (this.responseTrace) this.responseTrace.extend(at)
    else this.responseTrace = at
    this.last = at.last
    if (this.codes.length < MAX_CODES && !this.codes.includes(code)) this.codes.push(code)
  }

  /** The response that tells what came of it. */
  get response(): SipMessage | undefined {
    return this.final ?? this.lastProvisional
  }
}

/** Nanoseconds from the request until then; undefined without both, or when the clock ran backwards. */
export function since(exchange: Exchange, at: Instant | undefined): number | undefined {
  if (at === undefined || exchange.requestTrace === undefined) return undefined
  const ns = nanosecondsBetween(exchange.requestTrace.first, at)
  return ns >= 0 ? ns : undefined
}
