/** What an IP packet carries, by its protocol number. A tunnel or a further transport (GRE, SCTP...) is one case here. */
import { Decoded, IpProto, type Packet } from '../packet.js'
import { icmp } from '../transport/icmp.js'
import { tcp } from '../transport/tcp.js'
import { udp } from '../transport/udp.js'

/** `end` is where the captured bytes of the datagram end, `wireEnd` where it ended on the wire. */
export function upper(p: Packet, proto: number, at: number, end: number, wireEnd: number): Decoded {
  switch (proto) {
    case IpProto.Tcp:
      return tcp(p, at, end, wireEnd)
    case IpProto.Udp:
      return udp(p, at, end, wireEnd)
    case IpProto.Icmp:
    case IpProto.Icmp6:
      return icmp(p, at, end, wireEnd)
    default:
      return withoutTransport(p, at, end, wireEnd)
  }
}

/** Other protocols, and fragments that are not the first: all of it is payload. */
export function withoutTransport(p: Packet, at: number, end: number, wireEnd: number): Decoded {
  p.payload = at
  p.payloadCaptured = end - at
  p.payloadLength = wireEnd - at
  return Decoded.Ok
}
