/** What an answer means for who asked. */
import type { Dhcpv6Row } from './fields.js'
import { MessageType } from './names.js'

const T = MessageType

type Told = Pick<Dhcpv6Row, 'assigned_ips' | 'assigned_prefixes' | 'status_code' | 'ia'>

/**
 * @param type of the answer
 * @param asking type of the request that it answers, when that was seen
 */
export function resultOf(type: number, asking: number | undefined, row: Told): string | undefined {
  const granted = row.assigned_ips !== undefined || row.assigned_prefixes !== undefined
  const failed = row.status_code !== undefined && row.status_code !== 'Success'
  if (type === T.ADVERTISE) return failed && !granted ? 'refused' : 'offered'
  if (type !== T.REPLY) return type === T.RECONFIGURE || type === T.RELAY_REPL ? undefined : failed ? 'refused' : 'answered'
  switch (asking) {
    case T.SOLICIT:
    case T.REQUEST:
      return granted ? 'bound' : 'refused'
    case T.RENEW:
    case T.REBIND:
      return granted ? 'renewed' : 'refused'
    case T.CONFIRM:
      return failed ? 'refused' : 'confirmed'
    // A server that knows nothing of the lease says NoBinding, but the client is rid of it all the same (RFC 8415 §18.3.7).
    case T.RELEASE:
      return 'released'
    case T.DECLINE:
      return 'declined'
    case T.INFORMATION_REQUEST:
      return failed ? 'refused' : 'informed'
    default:
      return granted ? 'bound' : failed || row.ia !== undefined ? 'refused' : 'answered'
  }
}
