/** The columns of a DHCPv6 message. Names as in dhcpv4 where both have the same thing. */
import { bool, defineFields, int, json, list, optional, type RowOf, text } from '../../schema/fields.js'
import { endpointFields } from '../shared/dhcp/endpoints.js'

const option = (name: string): string => `dhcpv6.option.${name}`
const ips = { related: 'ip' } as const
const hosts = { related: 'hosts' } as const
const CLIENT = '000100012c9f3a4d08002725f00a'
const SERVER = '00010001234567890200002000aa'

export const dhcpv6Fields = defineFields({
  ...endpointFields({ client: 'fe80::a00:27ff:fe3d:254e', server: '2001:db8::1', clientPort: 546, serverPort: 547 }),

  // The exchange.
  message_type: text(
    'What client or server said, inside whatever relays: solicit, advertise, request, confirm, renew, rebind, reply, release, decline, reconfigure, information-request...',
    'reply',
  ),
  result: optional(
    text(
      'What came of it: offered, bound, renewed, confirmed, refused, informed, declined, released, answered (lease queries and the like), unanswered; of a request, what its answer says.',
      'bound',
    ),
  ),
  exchange: list('Types of the messages of this exchange up to this one; the same several times in a row stands once.', [
    'solicit',
    'advertise',
    'request',
    'reply',
  ]),
  exchange_id: text(
    'Joins the messages of one exchange, whatever flows they travelled in: flow id of its first message, ordinal in it.',
    '2c26b46b68ffc68f-1',
  ),
  exchange_ns: optional(
    int(
      "From the exchange's first message to this one, nanoseconds: of a reply that binds, how long it took to get the lease.",
      1_020_000_000,
    ),
  ),
  answer: optional(text('Type of the message that answered this request.', 'advertise')),
  attempt: optional(int('How many times this request was sent by now, within its exchange.', 2)),
  offering_servers: optional(list('DUIDs of the servers that offered so far in this exchange.', [SERVER])),
  chosen_server: optional(text('DUID of the server that the client chose, or that gave the lease.', SERVER)),
  client_name: optional(
    text('Name of the client in this exchange, the first that was told (option 39).', 'desk.example', undefined, hosts),
  ),
  transaction_id: text(
    'Chosen by the client, hexadecimal; of DHCPv4 over DHCPv6 that of the message inside, of a reconfigure 0.',
    '0x00a1b2',
  ),

  // Who.
  client_duid: optional(text('Option 1: the identifier of the client, hex.', CLIENT, option('client_duid'))),
  client_duid_type: optional(text('Form of the identifier: LLT, EN, LL, UUID.', 'LLT', option('client_duid_type'))),
  client_mac: optional(
    text('Hardware address of the client: as its relay saw it (option 79), else what its identifier holds.', '08-00-27-25-F0-0A'),
  ),
  client_id: optional(
    json(
      'Option 1 taken apart: hardware type and address, when it was made, vendor, UUID.',
      { hex: CLIENT, type: 'LLT', hardware_type: 'Ethernet', mac: '08-00-27-25-F0-0A', time: '2023-09-21T17:30:53Z' },
      option('client_id'),
    ),
  ),
  server_duid: optional(text('Option 2: the identifier of the server that answers or is chosen, hex.', SERVER, option('server_duid'))),
  server_duid_type: optional(text('Form of the identifier: LLT, EN, LL, UUID.', 'LLT', option('server_duid_type'))),
  server_mac: optional(text("Hardware address in the server's identifier.", '02-00-00-20-00-AA')),
  server_id: optional(
    json('Option 2 taken apart.', { hex: SERVER, type: 'LLT', hardware_type: 'Ethernet', mac: '02-00-00-20-00-AA' }, option('server_id')),
  ),

  // Leases.
  assigned_ips: optional(list('Addresses that the server offers, gives or prolongs (IA_NA, IA_TA).', ['2001:db8::5'], undefined, ips)),
  assigned_prefixes: optional(list('Prefixes that the server offers, delegates or prolongs (IA_PD).', ['2001:db8:1200::/56'])),
  requested_ips: optional(list('Addresses that the client wants, keeps, declines or gives back.', ['2001:db8::5'], undefined, ips)),
  requested_prefixes: optional(list('Prefixes that the client wants, keeps or gives back.', ['2001:db8:1200::/56'])),
  lease_seconds: optional(int('Valid lifetime of the first address or prefix; 4294967295 is for ever.', 7200)),
  preferred_seconds: optional(int('Preferred lifetime of the first address or prefix.', 3600)),
  renewal_seconds: optional(int('T1 of the first association: when to ask its server to prolong; 0 leaves it to the client.', 1800)),
  rebinding_seconds: optional(int('T2 of the first association: when to ask any server to prolong; 0 leaves it to the client.', 2880)),
  ia: optional(
    json(
      'Options 3, 4, 25: the identity associations with their addresses, prefixes, lifetimes in seconds and status.',
      [{ type: 'IA_NA', iaid: '0x0025f00a', t1: 1800, t2: 2880, addresses: [{ address: '2001:db8::5', preferred: 3600, valid: 7200 }] }],
      option('ia'),
    ),
  ),
  status_code: optional(
    text(
      'Option 13: the first that is not Success, of the message or of anything in its associations.',
      'NoAddrsAvail',
      option('status_code'),
    ),
  ),
  status_message: optional(text('What the sender says to that status.', 'no addresses available', option('status_message'))),

  // Other options.
  fqdn: optional(text('Option 39: fully qualified name of the client.', 'desk.example', option('fqdn'), hosts)),
  fqdn_flags: optional(list('Flags of option 39: S, O, N.', ['S'], option('fqdn_flags'))),
  rapid_commit: optional(bool('Option 14: two messages will do.', true, option('rapid_commit'))),
  preference: optional(int('Option 7: 255 makes the client take this server at once.', 255, option('preference'))),
  elapsed_ms: optional(
    int('Option 8: how long the client has tried, milliseconds; 655350 is that or longer.', 1020, option('elapsed_time_ms')),
  ),
  unicast_ip: optional(text('Option 12: where the client may send to the server directly.', '2001:db8::1', option('server_unicast'), ips)),
  option_request_list: optional(
    list('Option 6: the options that the client asks for, by name.', ['DNS_SERVERS', 'DOMAIN_LIST'], option('option_request_list')),
  ),
  option_request_codes: optional(
    text('Option 6 in numbers, in order: tells operating systems apart.', '17,23,24,32', 'dhcpv6.fingerprint'),
  ),
  option_codes: list('Codes of all options of the message in the order they came.', [1, 6, 8, 3]),
  user_class: optional(list('Option 15: user classes.', ['iPXE'], option('user_class'))),
  class_identifier: optional(text('Option 16: what kind of device asks, the first that it says.', 'MSFT 5.0', option('class_identifier'))),
  vendor_classes: optional(
    json('Option 16: enterprise number and classes, text or hex.', [{ id: 311, data: ['MSFT 5.0'] }], option('vendor_class')),
  ),
  vendor_options: optional(
    json(
      'Option 17: enterprise number, and codes with values, text or hex.',
      [{ id: 4491, data: [{ code: 2, value: 'ECM' }] }],
      option('vendor_options'),
    ),
  ),
  reconfigure_message: optional(
    text('Option 19: what the client is to send, renew, rebind or information-request.', 'renew', option('reconfigure_message')),
  ),
  reconfigure_accept: optional(bool('Option 20: the client takes reconfigure messages.', true, option('reconfigure_accept'))),
  dns_servers: optional(list('Option 23.', ['2001:db8::53'], option('dns_servers'), ips)),
  domain_search: optional(list('Option 24: domains to search.', ['example.org'], option('domain_search'))),
  sntp_servers: optional(list('Option 31.', ['2001:db8::123'], option('sntp_servers'), ips)),
  ntp_servers: optional(list('Option 56: addresses, multicast groups and names.', ['2001:db8::123'], option('ntp_servers'))),
  sip_servers: optional(list('Options 21 and 22: names, then addresses.', ['sip.example.org'], option('sip_servers'))),
  information_refresh_seconds: optional(
    int('Option 32: when to ask again for what is no lease.', 86_400, option('information_refresh_time_sec')),
  ),
  solicit_max_seconds: optional(int('Option 82: longest pause between two solicits.', 3600, option('sol_max_rt_sec'))),
  information_max_seconds: optional(int('Option 83: longest pause between two information-requests.', 3600, option('inf_max_rt_sec'))),
  posix_timezone: optional(
    text('Option 41: time zone as POSIX writes it.', 'EST5EDT4,M3.2.0/02:00,M11.1.0/02:00', option('posix_timezone')),
  ),
  timezone: optional(text('Option 42: time zone by name.', 'Europe/Zurich', option('timezone'))),
  boot_file_url: optional(text('Option 59: what to boot.', 'tftp://[2001:db8::69]/boot.efi', option('boot_file_url'))),
  boot_file_parameters: optional(list('Option 60: what to tell it.', ['root=/dev/nfs'], option('boot_file_parameters'))),
  client_arch: optional(list('Option 61: architectures of a booting client.', ['x64 UEFI'], option('client_architecture'))),
  client_interface: optional(text('Option 62: network interface of a booting client.', 'UNDI 3.16', option('client_interface'))),
  aftr_name: optional(text('Option 64: far end of the tunnel for IPv4 (DS-Lite).', 'aftr.example.org', option('aftr_name'))),
  captive_portal: optional(text('Option 103: URL of the captive portal.', 'https://portal.example/api', option('captive_portal'))),
  mud_url: optional(
    text('Option 112: where the maker describes what the device does.', 'https://maker.example/lamp.json', option('mud_url')),
  ),
  authentication: optional(
    json(
      'Option 11: protocol, algorithm, replay detection; the key or proof itself is masked.',
      { protocol: 3, algorithm: 1, replay_method: 0, replay_detection: '0000000000000001', kind: 'reconfigure key', information: 'xxxxx' },
      option('authentication'),
    ),
  ),
  other_options: optional(
    json(
      'The other options: code, name as IANA has it, and value (text, addresses, number or hex).',
      [{ code: 86, name: 'V6_PCP_SERVER', value: ['2001:db8::7'] }],
      option('other'),
    ),
  ),

  // Relays.
  relayed_as: optional(text('relay-forward or relay-reply, when a relay passed the message on.', 'relay-forward')),
  relay_count: int('Relays that the message is wrapped in.', 0),
  link_address: optional(
    text('Of the relay next to the client: an address on the network of the client, if it gives one.', '2001:db8:30::1', undefined, ips),
  ),
  peer_address: optional(
    text('Of the relay next to the client: who it took the message from, the client.', 'fe80::a00:27ff:fe3d:254e', undefined, ips),
  ),
  interface_id: optional(text('Option 18 of the relay nearest to the client that has it, text or hex.', 'eth0', option('interface_id'))),
  remote_id: optional(text('Option 37 of the relay nearest to the client that has it, text or hex.', 'cpe-17', option('remote_id'))),
  subscriber_id: optional(
    text('Option 38 of the relay nearest to the client that has it, text or hex.', 'line-4', option('subscriber_id')),
  ),
  relays: optional(
    json('What each relay added, from the last one that the message passed to the one next to the client.', [
      { hops: 0, link_address: '2001:db8:30::1', peer_address: 'fe80::a00:27ff:fe3d:254e', interface_id: 'eth0' },
    ]),
  ),
})
export type Dhcpv6Row = RowOf<typeof dhcpv6Fields>
