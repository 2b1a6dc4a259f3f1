/**
 * One packet, re-pointed for every frame: integer offsets into the frame's buffer, never a copy, never a new object.
 * Every property is a number or the buffer and is set in the constructor, so that the shape stays one.
 */
export enum Decoded {
  /** Addresses and, for TCP, UDP and ICMP, the transport header are there. */
  Ok = 0,
  /** Not IP (ARP, LLDP, spanning tree...): counted, no flow. */
  NotIp = 1,
  /** Shorter than its own headers say, cut by the snaplen or malformed. */
  Short = 2,
  /** The link type has no decoder. */
  UnknownLink = 3,
  /** A length or version field contradicts itself. */
  Malformed = 4,
}

/** IP protocol numbers with a decoder of their own. */
export enum IpProto {
  Icmp = 1,
  Tcp = 6,
  Udp = 17,
  Icmp6 = 58,
  Sctp = 132,
}

export class Packet {
  buf: Uint8Array = new Uint8Array(0)
  /** Frame bounds in `buf`. */
  start = 0
  end = 0
  /** Frame length on the wire. */
  wireLength = 0
  /** Offset of the Ethernet addresses (destination, then source), or -1 where the link has none. */
  macs = -1
  /** VLAN tags, outermost first: how many, and the first two ids. */
  vlanCount = 0
  vlan0 = 0
  vlan1 = 0
  /** 4, 6, or 0 when there is no IP header. */
  ipVersion = 0
  /** Offset of the IP header. */
  ip = 0
  /** Offsets of the source and destination address (4 or 16 bytes). */
  srcIp = 0
  dstIp = 0
  /** From the IP header: bytes of header and everything above, by its own length field (captured or not). */
  ipLength = 0
  /** Time to live or hop limit. */
  ttl = 0
  /** Upper protocol after extension headers. */
  proto = 0
  /** A fragment: its offset in bytes and whether more follow. A fragment that is not the first has no transport header. */
  fragmentOffset = 0
  moreFragments = 0
  /** Offset of the transport header, or -1. */
  transport = -1
  /** TCP/UDP ports; ICMP: see `decode/transport/icmp`. 0 where there is none. */
  srcPort = 0
  dstPort = 0
  /** Transport payload: offset, bytes captured, bytes on the wire (by the length fields). Captured <= wire. */
  payload = 0
  payloadCaptured = 0
  payloadLength = 0
  /** TCP only. */
  seq = 0
  ack = 0
  tcpFlags = 0
  window = 0
}
