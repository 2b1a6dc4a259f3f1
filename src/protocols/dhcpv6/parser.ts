/** One datagram, one message. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Parser, Verdict } from '../protocol.js'
import { type Dhcpv6Message, misfit, readMessage } from './message.js'

export class Dhcpv6Parser implements Parser<Dhcpv6Message> {
  constructor(private readonly anomaly: (code: string, at: undefined, detail: string) => void) {}

  next(cur: Cursor, into: (message: Dhcpv6Message) => void): Verdict {
    const why = misfit(cur)
    if (why !== undefined) {
      this.anomaly('dhcpv6.malformed', undefined, why)
      return 'malformed'
    }
    const message = readMessage(cur)
    cur.pos = cur.end
    into(message)
    return 'message'
  }
}
