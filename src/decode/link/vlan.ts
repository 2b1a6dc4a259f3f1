/** IEEE 802.1Q and 802.1ad tags, also under their older type numbers. */
import { u16 } from '../../bytes/read.js'
import { Decoded, type Packet } from '../packet.js'
import { etherType } from './ether-type.js'

const TAG = 4
/** Two are in use (QinQ), three are seen in carriers' labs; more is an attempt to outrun a decoder. */
const MAX_TAGS = 4

export const isVlanType = (type: number): boolean => type === 0x8100 || type === 0x88a8 || type === 0x9100 || type === 0x9200

/** `at` stands behind the type field that announced the first tag. */
export function vlan(p: Packet, at: number): Decoded {
  for (let tags = 0, o = at; tags < MAX_TAGS; tags++, o += TAG) {
    if (o + TAG > p.end) return Decoded.Short
    const id = u16(p.buf, o) & 0x0fff
    // Id 0 only carries a priority (IEEE 802.1Q §9.6) and may stand in one direction of a conversation alone: no VLAN.
    if (id !== 0) {
      if (p.vlanCount === 0) p.vlan0 = id
      else if (p.vlanCount === 1) p.vlan1 = id
      p.vlanCount++
    }
    const type = u16(p.buf, o + 2)
    if (!isVlanType(type)) return etherType(p, type, o + TAG)
  }
  return Decoded.Malformed
}
