/** The columns of an ICMP transaction; names under `icmp.` are Packetbeat's where it has them. */
import { bool, defineFields, int, list, optional, type RowOf, text } from '../../schema/fields.js'

export const icmpFields = defineFields({
  version: int('Version of ICMP: 4 or 6.', 4),
  type: int('Type of the request, or of the message that stands alone.', 8),
  code: int('Code of that message.', 0),
  identifier: optional(int('Identifier that ties requests and replies of one sender together.', 34844, 'icmp.id')),
  sequence: optional(int('Sequence number within that identifier.', 1, 'icmp.seq')),
  request_message: optional(text('Name of the request, with its code where the code says more.', 'EchoRequest', 'icmp.request.message')),
  request_type: optional(int('Type of the request.', 8, 'icmp.request.type')),
  request_code: optional(int('Code of the request.', 0, 'icmp.request.code')),
  response_message: optional(text('Name of the response, with its code where the code says more.', 'EchoReply', 'icmp.response.message')),
  response_type: optional(int('Type of the response.', 0, 'icmp.response.type')),
  response_code: optional(int('Code of the response.', 0, 'icmp.response.code')),
  path: text('Address that the request or the lone message went to.', '10.0.0.2', 'path', { only: 'document' }),
  same_data: optional(bool('The reply returned the data of the request unchanged, as it must.', true)),
  quoted_src_ip: optional(text('Source of the packet that an error quotes.', '192.0.2.1', undefined, { related: 'ip' })),
  quoted_src_port: optional(int('Source port of the quoted packet.', 49152)),
  quoted_dst_ip: optional(text('Destination of the packet that an error quotes.', '192.0.2.2', undefined, { related: 'ip' })),
  quoted_dst_port: optional(int('Destination port of the quoted packet.', 33434)),
  quoted_transport: optional(text('What the quoted packet carried: tcp, udp, icmp, ipv6-icmp, or the IP protocol number.', 'udp')),
  quoted_type: optional(int('ICMP type of the quoted packet.', 8)),
  quoted_id: optional(int('Identifier in the quoted ICMP packet.', 34844)),
  quoted_seq: optional(int('Sequence number in the quoted ICMP packet.', 1)),
  quoted_community_id: optional(text('Community ID of the flow that the error is about.', '1:LQU9qZlK+B5F3KDmev6m5PMibrg=')),
  mtu: optional(int('MTU that an error or a router announces, bytes.', 1480)),
  pointer: optional(int('Byte of the quoted packet that a parameter problem points at.', 6)),
  gateway_ip: optional(text('Router that a redirect or an advertisement names.', '192.0.2.254', undefined, { related: 'ip' })),
  redirected_ip: optional(text('Destination that a redirect is about.', '198.51.100.7', undefined, { related: 'ip' })),
  address_mask: optional(text('Subnet mask in an address mask message.', '255.255.255.0')),
  target_ip: optional(text('Address that a neighbor message asks for or announces.', 'fe80::1', undefined, { related: 'ip' })),
  link_address: optional(text('Link-layer address in a neighbor or router message.', '08-00-27-3D-25-4E')),
  flags: optional(list('Flags that are set in a neighbor or router advertisement.', ['solicited', 'override'])),
  router_lifetime_s: optional(int('Seconds for which an advertised router may be used; 0 = not as a default router.', 1800)),
  prefixes: optional(list('Prefixes in a router advertisement.', ['2001:db8:1::/64'])),
  dns_servers: optional(list('Name servers in a router advertisement.', ['2001:db8::53'])),
  groups: optional(list('Multicast groups in a listener message.', ['ff02::fb'])),
  more_listed: optional(bool('The message lists more prefixes, servers or groups than are kept here.', true)),
})
export type IcmpRow = RowOf<typeof icmpFields>
/** What the body of one message adds to the row. */
export type IcmpDetail = Partial<IcmpRow>
