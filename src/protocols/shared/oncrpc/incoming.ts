/** One RPC message as it comes in: what the parsers hand to the correlator, piece by piece. */
import type { Trace } from '../../../model/trace.js'

export class Incoming<B> {
  /** Every piece comes with its packets; the correlator adds them up here. */
  trace: Trace | undefined
  /** The message is over. Until then `body` may still be absent. */
  done = false
  /** Bytes of the message, record marks not counted. */
  bytes = 0
  fragments = 1
  /** Bytes of it that were not captured. */
  lost = 0
  /** The stream or the captured part of the datagram ends before the message does. */
  cut = false
  /** What was wrong with it, '' for nothing. */
  fault = ''
  /** Longer than what is kept of a message; the rest was counted. */
  long = false
  /** Absent when not even the head could be read. */
  body: B | undefined
  /** A datagram kept because what it answers was not seen yet. */
  raw: Buffer | undefined
}
