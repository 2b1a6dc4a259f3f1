/** The protocol field of both Linux "cooked" headers: an Ethernet type, unless the device or the value says otherwise. */
import { Decoded, type Packet } from '../packet.js'
import { etherType, llc } from './ether-type.js'

/** Netlink devices put a netlink family into the protocol field. */
const ARPHRD_NETLINK = 824
/** Linux's own numbers below the Ethernet types: 802.3 without LLC, 802.2 LLC. */
const ETH_P_802_2 = 0x0004

export function cookedProtocol(p: Packet, device: number, protocol: number, at: number): Decoded {
  if (device === ARPHRD_NETLINK) return Decoded.NotIp
  if (protocol === ETH_P_802_2) return llc(p, at)
  return protocol <= 0x05ff ? Decoded.NotIp : etherType(p, protocol, at)
}
