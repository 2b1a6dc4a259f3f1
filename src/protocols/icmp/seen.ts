/** A message as it was captured, and what is collected for a request until its row is written. */
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { IcmpMessage } from './parser.js'

export interface Seen {
  readonly side: Side
  readonly message: IcmpMessage
  readonly at: Trace
  /** The replies so far to a request that went to a group. */
  replies?: Replies
}

/** Members listed in a row; a subnet that all answers has 254. */
const MAX_RESPONDERS = 256

export class Replies {
  readonly responders: string[] = []
  count = 0
  bytes = 0
  sameData = true
  cut = false
  more = false
  readonly at: Trace

  constructor(private readonly first: Seen) {
    this.at = first.at.copy()
  }

  get message(): IcmpMessage {
    return this.first.message
  }

  add(request: IcmpMessage, reply: Seen, from: string): void {
    if (this.count++ > 0) this.at.extend(reply.at)
    this.bytes += reply.message.bytes
    this.cut ||= reply.message.cut
    this.sameData &&= request.bytes === reply.message.bytes && request.data === reply.message.data
    if (this.responders.includes(from)) return
    if (this.responders.length < MAX_RESPONDERS) this.responders.push(from)
    else this.more = true
  }
}
