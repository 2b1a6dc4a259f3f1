/**
 * Whose turn it is on a connection: the requests that wait for their answer, in order. Both parsers and the correlator share
 * it, because how a response is framed depends on the request it answers (HEAD, CONNECT), and that is pairing.
 */
import type { Trace } from '../../model/trace.js'
import type { Half } from './half.js'

/** Requests waiting on one connection; no client pipelines more than a hundred, and a one-sided capture must not grow without end. */
const MAX_WAITING = 512
/** Bytes of heads that may wait on one connection, for the same reason. */
const MAX_WAITING_BYTES = 1 << 20

/** One request with its answer, as far as they were seen. */
export class Exchange {
  request: Half | undefined
  response: Half | undefined
  /** Status codes of interim (1xx) responses, and their packets. */
  interim: number[] | undefined
  interimTrace: Trace | undefined
  /** Its answer was among bytes that are lost. */
  answerLost = false
  /** Its body was announced, refused, and never sent. */
  unsent = false

  constructor(
    readonly method: string,
    readonly version: string,
    /** What the client offers to switch to: an Upgrade token, or 'tunnel' for CONNECT; '' for an ordinary request. */
    readonly offer: string,
    readonly headBytes: number,
  ) {}
}

export class Turns {
  readonly waiting: Exchange[] = []
  /** Taken off the queue without an answer; the correlator writes them out and empties this. */
  readonly dropped: Exchange[] = []
  /** Messages of the server were lost, so the oldest waiting request need not be the one that is answered next. */
  serverLost = false
  /** The client has sent a request before the answer to another, with nothing lost: answers may come late. */
  pipelined = false
  /** The connection has been handed to another protocol. */
  switched = false
  /** The last answer refused the request: a client that waits for "100 Continue" need not send its body. */
  refused = false
  private bytes = 0

  /** Returns false when the queue is full and its oldest was dropped. */
  ask(exchange: Exchange): boolean {
    if (this.waiting.length > 0 && !this.serverLost) this.pipelined = true
    this.waiting.push(exchange)
    this.bytes += exchange.headBytes
    this.refused = false
    if (this.waiting.length <= MAX_WAITING && this.bytes <= MAX_WAITING_BYTES) return true
    const oldest = this.shift()
    if (oldest) this.dropped.push(oldest)
    return false
  }

  /** The request that the next response answers. */
  get next(): Exchange | undefined {
    // Without pipelining a client asks again only after an answer: those before the newest had theirs, and it was lost.
    if (this.serverLost && !this.pipelined) return this.waiting[this.waiting.length - 1]
    return this.waiting[0]
  }

  /** A final response came: take the request it answers off the queue. */
  answer(status: number): Exchange | undefined {
    const exchange = this.next
    this.serverLost = false
    this.refused = status >= 300
    while (this.waiting.length > 0) {
      const oldest = this.shift()!
      if (oldest === exchange) break
      oldest.answerLost = true
      this.dropped.push(oldest)
    }
    return exchange
  }

  forget(exchange: Exchange): void {
    const at = this.waiting.indexOf(exchange)
    if (at < 0) return
    this.waiting.splice(at, 1)
    this.bytes -= exchange.headBytes
  }

  private shift(): Exchange | undefined {
    const oldest = this.waiting.shift()
    if (oldest) this.bytes -= oldest.headBytes
    return oldest
  }
}

/** Registry name of what a connection switches to; others are looked at by content. */
export function nameOfSwitch(offer: string): string {
  const token = offer.split(',')[0]!.trim().toLowerCase()
  if (token === 'websocket' || token === 'h2c') return token
  return token.startsWith('tls/') ? 'tls' : 'detect'
}
