/** What follows a link header, by its type field. A further encapsulation (MPLS, PPPoE...) is one case here. */
import { u16 } from '../../bytes/read.js'
import { ipv4 } from '../network/ipv4.js'
import { ipv6 } from '../network/ipv6.js'
import { Decoded, type Packet } from '../packet.js'
import { vlan } from './vlan.js'

/** Up to this a type field is the length of an IEEE 802.3 frame. */
const MAX_LENGTH_FIELD = 1500
/** LLC with DSAP, SSAP and control, and SNAP with organisation and type. */
const LLC = 3
const SNAP = 8

export function etherType(p: Packet, type: number, at: number): Decoded {
  switch (type) {
    case 0x0800:
      return ipv4(p, at)
    case 0x86dd:
      return ipv6(p, at)
    case 0x8100:
    case 0x88a8:
    case 0x9100:
    case 0x9200:
      return vlan(p, at)
    default:
      return type <= MAX_LENGTH_FIELD ? llc(p, at) : Decoded.NotIp
  }
}

/** IEEE 802.2: IP comes behind a SNAP header of the organisation 0 (RFC 1042), rarely behind its own SAP. */
export function llc(p: Packet, at: number): Decoded {
  const b = p.buf
  if (at + LLC > p.end) return Decoded.Short
  const saps = u16(b, at)
  if (saps === 0x0606 && b[at + 2] === 0x03) return ipv4(p, at + LLC)
  if (saps !== 0xaaaa || b[at + 2] !== 0x03) return Decoded.NotIp
  if (at + SNAP > p.end) return Decoded.Short
  if (b[at + 3] !== 0 || b[at + 4] !== 0 || b[at + 5] !== 0) return Decoded.NotIp
  const type = u16(b, at + 6)
  // A length here would be an LLC header inside an LLC header, which nobody sends and which could nest without end.
  return type <= MAX_LENGTH_FIELD ? Decoded.NotIp : etherType(p, type, at + SNAP)
}
