/** One datagram, one message. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Parser, Verdict } from '../protocol.js'
import { type DhcpMessage, misfit, readMessage } from './message.js'

export class Dhcpv4Parser implements Parser<DhcpMessage> {
  constructor(private readonly anomaly: (code: string, at: undefined, detail: string) => void) {}

  next(cur: Cursor, into: (message: DhcpMessage) => void): Verdict {
    const why = misfit(cur)
    if (why !== undefined) {
      this.anomaly('dhcpv4.malformed', undefined, why)
      return 'malformed'
    }
    const message = readMessage(cur)
    cur.pos = cur.end
    into(message)
    return 'message'
  }
}
