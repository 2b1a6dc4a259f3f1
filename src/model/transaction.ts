/** What a correlator hands on: one request with its answer, or what was seen of the two. */
import type { BodySink } from './body-sink.js'
import { type Instant, nanosecondsBetween } from './instant.js'
import type { Trace } from './trace.js'

/**
 * complete          both halves, every byte
 * no-response       the request was never answered
 * orphan-response   an answer whose request was not seen
 * truncated         cut by the capture's snaplen, by the end of the capture or of the connection
 * lost              bytes in the middle were not captured
 */
export type Completeness = 'complete' | 'no-response' | 'orphan-response' | 'truncated' | 'lost'

export interface Transaction<R> {
  /** The packets of the request; absent for an orphan response. */
  readonly request?: Trace | undefined
  readonly response?: Trace | undefined
  /**
   * When the answer came: the first byte of the response when absent. A dialogue, whose first reply is not yet the answer,
   * says when the last one came.
   */
  readonly answered?: Instant | undefined
  readonly complete: Completeness
  /** Packetbeat's words. */
  readonly status: 'OK' | 'Error' | 'Client Error' | 'Server Error' | 'NO_REPLY'
  /** Who did it, when the wire tells. */
  readonly user?: string | undefined
  /** Did what: the verb. */
  readonly method?: string | undefined
  /** To what: the object acted on. */
  readonly resource?: string | undefined
  /** The request in one line, as Packetbeat's `query`. */
  readonly query?: string | undefined
  /** Bound values or parameters, text or JSON text. */
  readonly params?: string | undefined
  /** Why it failed, in the server's words. */
  readonly error?: string | undefined
  /** Rows, records or items returned or changed. */
  readonly rows?: number | undefined
  /** Application bytes; the traces' sums when absent. */
  readonly request_bytes?: number | undefined
  readonly response_bytes?: number | undefined
  /** What the reader must know to trust the row: Packetbeat's notes, one sentence each. */
  readonly notes?: readonly string[] | undefined
  /**
   * Housekeeping of the connection rather than something asked of the service: login, change of database, ping, quit,
   * heartbeat. Left out under `session_events: false`.
   */
  readonly session_event?: boolean | undefined
  /** Raw text, only when the options send_request / send_response ask for it. Documents only. */
  readonly request_text?: string | undefined
  readonly response_text?: string | undefined
  /** Where the bytes of its bodies went, as `session.carry` answered. */
  readonly carried?: readonly BodySink[] | undefined
  /** The protocol's own columns. */
  readonly row: R
}

/** When the answer came, or undefined without one. */
export const answeredAt = (tx: Transaction<unknown>): Instant | undefined => tx.answered ?? tx.response?.first

/**
 * How long the answer took: from the first byte of the request until it came, nanoseconds, as Packetbeat times it. -1
 * without both, or when the answer's packet carries the earlier time.
 */
export function durationOf(tx: Transaction<unknown>): number {
  const end = answeredAt(tx)
  return tx.request && end ? Math.max(-1, nanosecondsBetween(tx.request.first, end)) : -1
}
