/** The columns of a DHCP message. Names of Packetbeat and ECS where they have one. */
import { bool, defineFields, int, json, list, optional, type RowOf, text } from '../../schema/fields.js'
import { endpointFields } from '../shared/dhcp/endpoints.js'

const option = (name: string): string => `dhcpv4.option.${name}`

export const dhcpv4Fields = defineFields({
  ...endpointFields({ client: '192.0.2.10', server: '192.0.2.1', clientPort: 68, serverPort: 67 }),

  // The exchange.
  message_type: optional(
    text('Option 53: discover, offer, request, ack, nak, decline, release, inform...; absent in BOOTP.', 'ack', option('message_type')),
  ),
  result: optional(
    text(
      'What came of it: offered, bound, renewed, refused (a NAK), informed, declined, released, answered (BOOTP, lease queries), unanswered; of a request, what its answer says.',
      'bound',
    ),
  ),
  exchange: list('Types of the messages of this exchange up to this one; the same several times in a row stands once.', [
    'discover',
    'offer',
    'request',
    'ack',
  ]),
  exchange_id: text(
    'Joins the messages of one exchange, whatever flows they travelled in: flow id of its first message, ordinal in it.',
    '2c26b46b68ffc68f-1',
  ),
  exchange_ns: optional(
    int("From the exchange's first message to this one, nanoseconds: of an ACK, how long it took to get the lease.", 4_120_000),
  ),
  answer: optional(text('Type of the message that answered this request.', 'offer')),
  attempt: optional(int('How many times this request was sent by now, within its exchange.', 2)),
  request_state: optional(text('What the REQUEST is for (RFC 2131 §4.3.2): selecting, init-reboot, renewing, rebinding.', 'renewing')),
  offering_servers: optional(list('Servers that offered so far in this exchange.', ['192.0.2.1'], undefined, { related: 'ip' })),
  chosen_server: optional(text('The server that the client chose.', '192.0.2.1')),
  client_name: optional(
    text('The name that the client gave itself in this exchange (option 12, else 81).', 'desk', undefined, { related: 'hosts' }),
  ),

  // The fixed part.
  op_code: text('bootrequest or bootreply.', 'bootreply'),
  hardware_type: text('Kind of hardware address, by name.', 'Ethernet'),
  client_mac: optional(text('Hardware address of the client.', '08-00-27-3D-25-4E')),
  hops: int('Relays passed.', 0),
  transaction_id: text('xid, chosen by the client, hexadecimal.', '0x00003d1d'),
  seconds: int('Seconds since the client began, as it says.', 0),
  flags: text('How the client wants replies while it has no address: unicast or broadcast.', 'unicast'),
  ciaddr: optional(text('The address that the client already uses.', '192.0.2.10', 'dhcpv4.client_ip', { related: 'ip' })),
  assigned_ip: optional(text('The address that the server offers or gives.', '192.0.2.10', undefined, { related: 'ip' })),
  next_server_ip: optional(
    text('Server to boot from (siaddr).', '192.0.2.1', ['dhcpv4.server_ip', 'dhcpv4.next_server_ip'], { related: 'ip' }),
  ),
  relay_ip: optional(text('Address of the relay on the client side.', '192.0.2.254', undefined, { related: 'ip' })),
  server_name: optional(text('The field sname: name of the server to boot from.', 'boot.example')),
  boot_file: optional(text('The field file: what to boot.', 'pxelinux.0', 'dhcpv4.boot_file_name')),

  // Options.
  requested_ip: optional(
    text('Option 50: the address that the client asks for.', '192.0.2.10', option('requested_ip_address'), { related: 'ip' }),
  ),
  server_identifier: optional(
    text('Option 54: the server that answers or is chosen.', '192.0.2.1', option('server_identifier'), { related: 'ip' }),
  ),
  lease_seconds: optional(int('Option 51: length of the lease; 4294967295 is for ever.', 3600, option('ip_address_lease_time_sec'))),
  renewal_seconds: optional(int('Option 58 (T1): when to ask its server to prolong.', 1800, option('renewal_time_sec'))),
  rebinding_seconds: optional(int('Option 59 (T2): when to ask any server to prolong.', 3150, option('rebinding_time_sec'))),
  message: optional(text('Option 56: why, in the words of the sender.', 'address not available', option('message'))),
  hostname: optional(text("Option 12: the client's host name.", 'desk', option('hostname'), { related: 'hosts' })),
  fqdn: optional(text('Option 81: fully qualified name of the client.', 'desk.example', option('fqdn'), { related: 'hosts' })),
  fqdn_flags: optional(list('Flags of option 81: S, O, E, N.', ['S', 'E'], option('fqdn_flags'))),
  client_id: optional(text('Option 61: hardware address, text, or hex with its type byte.', '08-00-27-3D-25-4E', option('client_id'))),
  class_identifier: optional(text('Option 60: what kind of device asks.', 'MSFT 5.0', option('class_identifier'))),
  user_class: optional(list('Option 77: user classes.', ['iPXE'], option('user_class'))),
  parameter_request_list: optional(
    list('Option 55: the options that the client asks for, by name.', ['Subnet Mask', 'Router'], option('parameter_request_list')),
  ),
  parameter_codes: optional(text('Option 55 in numbers, in order: tells operating systems apart.', '1,3,6,42', 'dhcpv4.fingerprint')),
  option_codes: list('Codes of all options in the order they came.', [53, 61, 50, 55]),
  max_message_size: optional(int('Option 57: the longest message that the sender takes.', 1500, option('max_dhcp_message_size'))),
  subnet_mask: optional(text('Option 1.', '255.255.255.0', option('subnet_mask'))),
  broadcast_address: optional(text('Option 28.', '192.0.2.255', option('broadcast_address'))),
  routers: optional(list('Option 3: every default gateway.', ['192.0.2.254'], option('router'), { related: 'ip' })),
  dns_servers: optional(list('Option 6.', ['192.0.2.53'], option('dns_servers'), { related: 'ip' })),
  domain_name: optional(text('Option 15.', 'example.org', option('domain_name'))),
  domain_search: optional(list('Option 119: domains to search.', ['example.org'], option('domain_search'))),
  ntp_servers: optional(list('Option 42.', ['192.0.2.123'], option('ntp_servers'), { related: 'ip' })),
  time_servers: optional(list('Option 4: time servers of RFC 868.', ['192.0.2.37'], option('time_servers'), { related: 'ip' })),
  utc_offset_seconds: optional(int('Option 2: offset from UTC.', 3600, option('utc_time_offset_sec'))),
  interface_mtu: optional(int('Option 26.', 1500, option('interface_mtu'))),
  static_routes: optional(list('Option 33: host routes.', ['198.51.100.7 via 192.0.2.1'], option('static_routes'))),
  classless_routes: optional(
    list('Option 121, else 249: routes, the default route among them.', ['10.0.0.0/8 via 192.0.2.1'], option('classless_static_routes')),
  ),
  netbios_name_servers: optional(list('Option 44: WINS servers.', ['192.0.2.42'], option('netbios_name_servers'), { related: 'ip' })),
  sip_servers: optional(list('Option 120: names or addresses.', ['sip.example.org'], option('sip_servers'))),
  tftp_server_name: optional(text('Option 66: server to boot from.', 'boot.example', option('tftp_server_name'))),
  tftp_servers: optional(
    list('Option 150: TFTP servers, mostly for telephones.', ['192.0.2.69'], option('tftp_servers'), { related: 'ip' }),
  ),
  boot_file_option: optional(text('Option 67: what to boot.', 'pxelinux.0', option('boot_file_name'))),
  root_path: optional(text('Option 17: root disk of a diskless client.', '192.0.2.1:/srv/root', option('root_path'))),
  proxy_url: optional(text('Option 252: where the web proxy is configured.', 'http://192.0.2.1/wpad.dat', option('proxy_autodiscovery'))),
  captive_portal: optional(text('Option 114: URL of the captive portal.', 'https://portal.example/api', option('captive_portal'))),
  client_arch: optional(list('Option 93: architectures of a booting client.', ['x64 UEFI'], option('client_architecture'))),
  client_interface: optional(text('Option 94: network interface of a booting client.', 'UNDI 3.16', option('client_interface'))),
  client_uuid: optional(
    text('Option 97: UUID of the machine that boots.', '564d4a1c-36c3-c66f-6f1c-1c1f6d6f1c3a', option('client_machine_id')),
  ),
  rapid_commit: optional(bool('Option 80: two messages will do.', true, option('rapid_commit'))),
  auto_configure: optional(bool('Option 116: without a lease the client may take a link-local address.', false, option('auto_configure'))),
  circuit_id: optional(text('Option 82: port or circuit that the request came in by, text or hex.', 'eth0', option('circuit_id'))),
  remote_id: optional(text('Option 82: the remote end of that circuit, text or hex.', 'cpe-17', option('remote_id'))),
  relay_agent: optional(
    json('Option 82: all that the relay added.', { circuit_id: 'eth0', link_selection: '192.0.2.0' }, option('relay_agent_information')),
  ),
  vendor_specific: optional(text('Option 43, hex.', '0104deadbeef', option('vendor_specific'))),
  vendor_class_blocks: optional(
    json('Option 124: enterprise number and data in hex.', [{ id: 311, data: 'deadbeef' }], option('vendor_identifying_options')),
  ),
  vendor_blocks: optional(
    json('Option 125: enterprise number and data in hex.', [{ id: 3561, data: '010630' }], option('vendor_identifying_specific')),
  ),
  overload: optional(text('Option 52: fields that hold options instead: file, sname or both.', 'file', option('overload'))),
  authentication: optional(
    json(
      'Option 90: protocol, algorithm, replay detection; the proof itself is masked.',
      { protocol: 1, algorithm: 1, replay_detection: '0000000000000001', information: 'xxxxx' },
      option('authentication'),
    ),
  ),
  other_options: optional(
    json(
      'The other options: code, name and value (text, addresses, number or hex).',
      [{ code: 23, name: 'Default IP Time-to-live', value: 64 }],
      option('other'),
    ),
  ),
})
export type Dhcpv4Row = RowOf<typeof dhcpv4Fields>
