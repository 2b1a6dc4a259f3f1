/** Names of codes: message types, options and status codes, as IANA's registry "DHCPv6 Parameters" has them. */

/** RFC 8415 §7.3 and the documents after it; those of bulk and active lease queries travel over TCP alone. */
export const MessageType = {
  SOLICIT: 1,
  ADVERTISE: 2,
  REQUEST: 3,
  CONFIRM: 4,
  RENEW: 5,
  REBIND: 6,
  REPLY: 7,
  RELEASE: 8,
  DECLINE: 9,
  RECONFIGURE: 10,
  INFORMATION_REQUEST: 11,
  RELAY_FORW: 12,
  RELAY_REPL: 13,
  LEASEQUERY: 14,
  LEASEQUERY_REPLY: 15,
  RECONFIGURE_REQUEST: 18,
  RECONFIGURE_REPLY: 19,
  DHCPV4_QUERY: 20,
  DHCPV4_RESPONSE: 21,
  ADDR_REG_INFORM: 36,
  ADDR_REG_REPLY: 37,
} as const
const T = MessageType

const messageTypes: readonly string[] = [
  ...['', 'solicit', 'advertise', 'request', 'confirm', 'renew', 'rebind', 'reply', 'release', 'decline', 'reconfigure'],
  ...['information-request', 'relay-forward', 'relay-reply', 'leasequery', 'leasequery-reply', 'leasequery-done', 'leasequery-data'],
  ...['reconfigure-request', 'reconfigure-reply', 'dhcpv4-query', 'dhcpv4-response', 'activeleasequery', 'starttls', 'bndupd', 'bndreply'],
  ...['poolreq', 'poolresp', 'updreq', 'updreqall', 'upddone', 'connect', 'connectreply', 'disconnect', 'state', 'contact'],
  ...['addr-reg-inform', 'addr-reg-reply'],
]
export const messageTypeName = (type: number): string => messageTypes[type] || `unknown (${type})`

/** Types that go towards the client, and those that go towards the server, over UDP. */
const downwards: ReadonlySet<number> = new Set([
  ...[T.ADVERTISE, T.REPLY, T.RECONFIGURE, T.RELAY_REPL, T.LEASEQUERY_REPLY, T.RECONFIGURE_REPLY, T.DHCPV4_RESPONSE, T.ADDR_REG_REPLY],
])
const upwards: ReadonlySet<number> = new Set([
  ...[T.SOLICIT, T.REQUEST, T.CONFIRM, T.RENEW, T.REBIND, T.RELEASE, T.DECLINE, T.INFORMATION_REQUEST, T.RELAY_FORW, T.LEASEQUERY],
  ...[T.RECONFIGURE_REQUEST, T.DHCPV4_QUERY, T.ADDR_REG_INFORM],
])
export const fromServer = (type: number): boolean => downwards.has(type)
export const isKnownType = (type: number): boolean => downwards.has(type) || upwards.has(type)
export const isRelayed = (type: number): boolean => type === T.RELAY_FORW || type === T.RELAY_REPL

/** The options that the code asks for by name. */
export const Option = {
  CLIENTID: 1,
  SERVERID: 2,
  IA_NA: 3,
  IA_TA: 4,
  IAADDR: 5,
  ORO: 6,
  ELAPSED_TIME: 8,
  RELAY_MSG: 9,
  AUTH: 11,
  STATUS_CODE: 13,
  RAPID_COMMIT: 14,
  VENDOR_CLASS: 16,
  VENDOR_OPTS: 17,
  INTERFACE_ID: 18,
  RECONF_MSG: 19,
  IA_PD: 25,
  IAPREFIX: 26,
  REMOTE_ID: 37,
  SUBSCRIBER_ID: 38,
  CLIENT_FQDN: 39,
  LQ_QUERY: 44,
  CLIENT_DATA: 45,
  CLT_TIME: 46,
  CLIENT_LINKLAYER_ADDR: 79,
  DHCPV4_MSG: 87,
} as const

/** Options by code, from 0; '' where none is assigned. */
const optionNames: readonly string[] = [
  ...['', 'CLIENTID', 'SERVERID', 'IA_NA', 'IA_TA', 'IAADDR', 'ORO', 'PREFERENCE', 'ELAPSED_TIME', 'RELAY_MSG', '', 'AUTH', 'UNICAST'],
  ...['STATUS_CODE', 'RAPID_COMMIT', 'USER_CLASS', 'VENDOR_CLASS', 'VENDOR_OPTS', 'INTERFACE_ID', 'RECONF_MSG', 'RECONF_ACCEPT'],
  ...['SIP_SERVER_D', 'SIP_SERVER_A', 'DNS_SERVERS', 'DOMAIN_LIST', 'IA_PD', 'IAPREFIX', 'NIS_SERVERS', 'NISP_SERVERS', 'NIS_DOMAIN_NAME'],
  ...['NISP_DOMAIN_NAME', 'SNTP_SERVERS', 'INFORMATION_REFRESH_TIME', 'BCMCS_SERVER_D', 'BCMCS_SERVER_A', '', 'GEOCONF_CIVIC'],
  ...['REMOTE_ID', 'SUBSCRIBER_ID', 'CLIENT_FQDN', 'PANA_AGENT', 'NEW_POSIX_TIMEZONE', 'NEW_TZDB_TIMEZONE', 'ERO', 'LQ_QUERY'],
  ...['CLIENT_DATA', 'CLT_TIME', 'LQ_RELAY_DATA', 'LQ_CLIENT_LINK', 'MIP6_HNIDF', 'MIP6_VDINF', 'V6_LOST', 'CAPWAP_AC_V6', 'RELAY_ID'],
  ...['IPv6_Address-MoS', 'IPv6_FQDN-MoS', 'NTP_SERVER', 'V6_ACCESS_DOMAIN', 'SIP_UA_CS_LIST', 'BOOTFILE_URL', 'BOOTFILE_PARAM'],
  ...['CLIENT_ARCH_TYPE', 'NII', 'GEOLOCATION', 'AFTR_NAME', 'ERP_LOCAL_DOMAIN_NAME', 'RSOO', 'PD_EXCLUDE', 'VSS', 'MIP6_IDINF'],
  ...['MIP6_UDINF', 'MIP6_HNP', 'MIP6_HAA', 'MIP6_HAF', 'RDNSS_SELECTION', 'KRB_PRINCIPAL_NAME', 'KRB_REALM_NAME'],
  ...['KRB_DEFAULT_REALM_NAME', 'KRB_KDC', 'CLIENT_LINKLAYER_ADDR', 'LINK_ADDRESS', 'RADIUS', 'SOL_MAX_RT', 'INF_MAX_RT', 'ADDRSEL'],
  ...['ADDRSEL_TABLE', 'V6_PCP_SERVER', 'DHCPV4_MSG', 'DHCP4_O_DHCP6_SERVER', 'S46_RULE', 'S46_BR', 'S46_DMR', 'S46_V4V6BIND'],
  ...['S46_PORTPARAMS', 'S46_CONT_MAPE', 'S46_CONT_MAPT', 'S46_CONT_LW', '4RD', '4RD_MAP_RULE', '4RD_NON_MAP_RULE', 'LQ_BASE_TIME'],
  ...['LQ_START_TIME', 'LQ_END_TIME', 'CAPTIVE_PORTAL', 'MPL_PARAMETERS', 'ANI_ATT', 'ANI_NETWORK_NAME', 'ANI_AP_NAME', 'ANI_AP_BSSID'],
  ...['ANI_OPERATOR_ID', 'ANI_OPERATOR_REALM', 'S46_PRIORITY', 'MUD_URL_V6', 'V6_PREFIX64', 'F_BINDING_STATUS', 'F_CONNECT_FLAGS'],
  ...['F_DNS_REMOVAL_INFO', 'F_DNS_HOST_NAME', 'F_DNS_ZONE_NAME', 'F_DNS_FLAGS', 'F_EXPIRATION_TIME', 'F_MAX_UNACKED_BNDUPD', 'F_MCLT'],
  ...['F_PARTNER_LIFETIME', 'F_PARTNER_LIFETIME_SENT', 'F_PARTNER_DOWN_TIME', 'F_PARTNER_RAW_CLT_TIME', 'F_PROTOCOL_VERSION'],
  ...['F_KEEPALIVE_TIME', 'F_RECONFIGURE_DATA', 'F_RELATIONSHIP_NAME', 'F_SERVER_FLAGS', 'F_SERVER_STATE', 'F_START_TIME_OF_STATE'],
  ...['F_STATE_EXPIRATION_TIME', 'RELAY_PORT', 'V6_SZTP_REDIRECT', 'S46_BIND_IPV6_PREFIX', 'IA_LL', 'LLADDR', 'SLAP_QUAD'],
  ...['V6_DOTS_RI', 'V6_DOTS_ADDRESS', 'IPv6_Address-ANDSF', 'V6_DNR', 'REGISTERED_DOMAIN', 'FORWARD_DIST_MANAGER'],
  ...['REVERSE_DIST_MANAGER', 'ADDR_REG_ENABLE'],
]
/** Code above which nothing was assigned when this was written, with room for what comes: what is above is hardly an option. */
export const MAX_PLAUSIBLE_OPTION = 255
export const optionName = (code: number): string => optionNames[code] || `unknown (${code})`

const statusCodes: readonly string[] = [
  ...['Success', 'UnspecFail', 'NoAddrsAvail', 'NoBinding', 'NotOnLink', 'UseMulticast', 'NoPrefixAvail', 'UnknownQueryType'],
  ...['MalformedQuery', 'NotConfigured', 'NotAllowed', 'QueryTerminated', 'DataMissing', 'CatchUpComplete', 'NotSupported'],
  ...['TLSConnectionRefused', 'AddressInUse', 'ConfigurationConflict', 'MissingBindingInformation', 'OutdatedBindingInformation'],
  ...['ServerShuttingDown', 'DNSUpdateNotSupported', 'ExcessiveTimeSkew'],
]
export const statusName = (code: number): string => statusCodes[code] ?? `unknown (${code})`
