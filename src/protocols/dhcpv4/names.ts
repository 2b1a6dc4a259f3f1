/** Names of codes: options as Packetbeat writes them in parameter_request_list, message types. */

/** RFC 2131 §2: values of `op`. */
export const BOOTREQUEST = 1
export const BOOTREPLY = 2

/** Option 53 (RFC 2132 §9.6, RFC 3203, 4388, 6926, 7724); 0 stands for BOOTP, which has none. */
export const MessageType = {
  BOOTP: 0,
  DISCOVER: 1,
  OFFER: 2,
  REQUEST: 3,
  DECLINE: 4,
  ACK: 5,
  NAK: 6,
  RELEASE: 7,
  INFORM: 8,
  LEASEQUERY: 10,
  LEASEUNASSIGNED: 11,
  LEASEUNKNOWN: 12,
  LEASEACTIVE: 13,
} as const

const messageTypes = [
  '',
  'discover',
  'offer',
  'request',
  'decline',
  'ack',
  'nak',
  'release',
  'inform',
  'forcerenew',
  'leasequery',
  'leaseunassigned',
  'leaseunknown',
  'leaseactive',
  'bulkleasequery',
  'leasequerydone',
  'activeleasequery',
  'leasequerystatus',
  'tls',
]
export const messageTypeName = (type: number): string => messageTypes[type] || `unknown (${type})`

/** Options by code, from 0; '' where none is assigned. */
const optionNames: readonly string[] = [
  ...['Pad', 'Subnet Mask', 'Time Offset', 'Router', 'Time Server', 'Name Server', 'Domain Name Server', 'Log Server', 'Quote Server'],
  ...['LPR Server', 'Impress Server', 'Resource Location Server', 'Host Name', 'Boot File Size', 'Merit Dump File', 'Domain Name'],
  ...['Swap Server', 'Root Path', 'Extensions Path', 'IP Forwarding enable/disable', 'Non-local Source Routing enable/disable'],
  ...['Policy Filter', 'Maximum Datagram Reassembly Size', 'Default IP Time-to-live', 'Path MTU Aging Timeout', 'Path MTU Plateau Table'],
  ...['Interface MTU', 'All Subnets Are Local', 'Broadcast Address', 'Perform Mask Discovery', 'Mask Supplier', 'Perform Router Discovery'],
  ...['Router Solicitation Address', 'Static Routing Table', 'Trailer Encapsulation', 'ARP Cache Timeout', 'Ethernet Encapsulation'],
  ...['Default TCP TTL', 'TCP Keepalive Interval', 'TCP Keepalive Garbage', 'Network Information Service Domain'],
  ...['Network Information Servers', 'NTP Servers', 'Vendor Specific Information', 'NetBIOS over TCP/IP Name Server'],
  ...['NetBIOS over TCP/IP Datagram Distribution Server', 'NetBIOS over TCP/IP Node Type', 'NetBIOS over TCP/IP Scope'],
  ...['X Window System Font Server', 'X Window System Display Manager', 'Requested IP Address', 'IP Addresses Lease Time'],
  ...['Option Overload', 'DHCP Message Type', 'Server Identifier', 'Parameter Request List', 'Message', 'Maximum DHCP Message Size'],
  ...['Renew Time Value', 'Rebinding Time Value', 'Class Identifier', 'Client identifier', 'NetWare/IP Domain Name'],
  ...['NetWare/IP Information', 'Network Information Service+ Domain', 'Network Information Service+ Servers', 'TFTP Server Name'],
  ...['Bootfile Name', 'Mobile IP Home Agent', 'SMTP Server', 'POP Server', 'NNTP Server', 'Default WWW Server', 'Default Finger Server'],
  ...['Default IRC Server', 'StreetTalk Server', 'StreetTalk Directory Assistance Server', 'User Class Information'],
  ...['SLP Directory Agent', 'SLP Service Scope', 'Rapid Commit', 'FQDN', 'Relay Agent Information', 'Internet Storage Name Service'],
  ...['', 'NDS Servers', 'NDS Tree Name', 'NDS Context', 'BCMCS Controller Domain Name List', 'BCMCS Controller IPv4 Address List'],
  ...['Authentication', 'Client Last Transaction Time', 'Associated IP', 'Client System Architecture Type'],
  ...['Client Network Interface Identifier', 'LDAP', '', 'Client Machine Identifier', "OpenGroup's User Authentication"],
  ...['GEOCONF_CIVIC', 'IEEE 1003.1 TZ String', 'Reference to the TZ Database', '', '', '', '', '', '', 'IPv6-Only Preferred'],
  ...['DHCPv4 over DHCPv6 Softwire Source Address', '', '', 'NetInfo Parent Server Address', 'NetInfo Parent Server Tag', 'URL', ''],
  ...['Auto-Configure', 'Name Service Search', 'Subnet Selection', 'DNS Domain Search List', 'SIP Servers', 'Classless Static Route'],
  ...['CCC, CableLabs Client Configuration', 'GeoConf', 'Vendor-Identifying Vendor Class', 'Vendor-Identifying Vendor-Specific'],
  ...['', '', 'TFTP Server IP Address', 'Call Server IP Address', 'Discrimination String', 'RemoteStatistics Server IP Address'],
  ...['802.1P VLAN ID', '802.1Q L2 Priority', 'Diffserv Code Point', 'HTTP Proxy for phone-specific applications'],
  ...['PANA Authentication Agent', 'LoST Server', 'CAPWAP Access Controller Addresses', 'OPTION-IPv4_Address-MoS'],
  ...['OPTION-IPv4_FQDN-MoS', 'SIP UA Configuration Service Domains', 'OPTION-IPv4_Address-ANDSF', 'OPTION-IPv6_Address-ANDSF'],
  ...['Geospatial Location with Uncertainty', 'Forcerenew Nonce Capable', 'Information for selecting RDNSS', 'DOTS Reference Identifier'],
  ...['DOTS Address', '', 'TFTP Server Address', 'Status Code', 'Base Time', 'Start Time of State', 'Query Start Time', 'Query End Time'],
  ...['DHCP State', 'Data Source', 'PCP Server', 'Port Parameters', '', 'Manufacturer Usage Description URL', 'Encrypted DNS Server'],
]
const farOptionNames: Readonly<Record<number, string>> = {
  175: 'Etherboot',
  176: 'IP Telephone',
  177: 'Etherboot / PacketCable and CableHome',
  208: 'PXELinux Magic String',
  209: 'PXELinux Config File',
  210: 'PXELinux Path Prefix',
  211: 'PXELinux Reboot Time',
  212: 'OPTION_6RD',
  213: 'OPTION_V4_ACCESS_DOMAIN',
  220: 'Subnet Allocation',
  221: 'Virtual Subnet Selection',
  // Private use, but the same everywhere: Microsoft's routes, web proxy auto-discovery.
  249: 'Classless Static Route (Microsoft)',
  252: 'Web Proxy Auto-Discovery',
  255: 'End',
}
export const optionName = (code: number): string => optionNames[code] || farOptionNames[code] || `unknown (${code})`
