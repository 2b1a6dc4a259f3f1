/** What a message says on its own, as columns. Texts that may hold credentials pass `secret`. */
import { architectureName, hardwareTypeName } from '../shared/dhcp/hardware.js'
import { maskedHex, type Secret } from '../shared/dhcp/values.js'
import { maskText } from '../shared/secret-text.js'
import type { Dhcpv4Row } from './fields.js'
import type { DhcpMessage } from './message.js'
import { messageTypeName, optionName } from './names.js'
import { otherOptions } from './other-options.js'
import * as v from './values.js'

const NO_STEPS: readonly string[] = []

/** Codes that have a column of their own, or say how the rest is to be read. */
const COLUMNS: ReadonlySet<number> = new Set([
  ...[1, 2, 3, 4, 6, 12, 15, 17, 26, 28, 33, 42, 43, 44, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 66, 67, 77, 80, 81, 82, 90],
  ...[93, 94, 97, 114, 116, 119, 120, 121, 124, 125, 150, 249, 252],
])
const OVERLOADS: readonly (string | undefined)[] = [undefined, 'file', 'sname', 'both']

/** A row without what only the exchange knows. */
export function ownColumns(m: DhcpMessage, secret: Secret): Dhcpv4Row {
  const { values } = m.options
  const read = <T>(code: number, as: (bytes: Buffer) => T | undefined): T | undefined => {
    const bytes = values.get(code)
    return bytes === undefined ? undefined : as(bytes)
  }
  const text = (bytes: Buffer): string | undefined => {
    const plain = v.plainText(bytes)
    return plain === undefined ? undefined : maskText(plain, secret)
  }
  const hex = (bytes: Buffer): string => maskedHex(bytes, secret)
  const name = read(81, v.fqdn)
  const blocks = (bytes: Buffer): unknown => v.vendorBlocks(bytes)?.map(({ id, data }) => ({ id, data: hex(data) }))
  const relay = read(82, (bytes) => relayAgent(bytes, secret))
  return {
    exchange: NO_STEPS,
    exchange_id: '',
    message_type: m.type === 0 ? undefined : messageTypeName(m.type),
    op_code: m.reply ? 'bootreply' : 'bootrequest',
    hardware_type: hardwareTypeName(m.hardwareType),
    client_mac: v.hardwareAddress(m.chaddr),
    hops: m.hops,
    transaction_id: `0x${m.xid.toString(16).padStart(8, '0')}`,
    seconds: m.seconds,
    flags: m.broadcast ? 'broadcast' : 'unicast',
    ciaddr: m.ciaddr,
    assigned_ip: m.yiaddr,
    next_server_ip: m.siaddr,
    relay_ip: m.giaddr,
    server_name: text(m.sname),
    boot_file: text(m.file),
    requested_ip: read(50, v.address),
    server_identifier: read(54, v.address),
    lease_seconds: read(51, v.number32),
    renewal_seconds: read(58, v.number32),
    rebinding_seconds: read(59, v.number32),
    message: read(56, text),
    hostname: read(12, text),
    fqdn: name?.name === undefined ? undefined : maskText(name.name, secret),
    fqdn_flags: name?.flags,
    client_id: read(61, (bytes) => maskOf(v.clientId(bytes), secret)),
    class_identifier: read(60, text),
    user_class: read(77, (bytes) => v.userClasses(bytes)?.map((one) => maskText(one, secret))),
    parameter_request_list: read(55, (bytes) => [...bytes].map(optionName)),
    parameter_codes: read(55, (bytes) => bytes.join(',')),
    option_codes: [...values.keys()],
    max_message_size: read(57, v.number16),
    subnet_mask: read(1, v.address),
    broadcast_address: read(28, v.address),
    routers: read(3, v.addresses),
    dns_servers: read(6, v.addresses),
    domain_name: read(15, text),
    domain_search: read(119, v.domainNames),
    ntp_servers: read(42, v.addresses),
    time_servers: read(4, v.addresses),
    utc_offset_seconds: read(2, v.signed32),
    interface_mtu: read(26, v.number16),
    static_routes: read(33, v.staticRoutes),
    classless_routes: read(121, v.classlessRoutes) ?? read(249, v.classlessRoutes),
    netbios_name_servers: read(44, v.addresses),
    sip_servers: read(120, v.sipServers),
    tftp_server_name: read(66, text),
    tftp_servers: read(150, v.addresses),
    boot_file_option: read(67, text),
    root_path: read(17, text),
    proxy_url: read(252, text),
    captive_portal: read(114, text),
    client_arch: read(93, (bytes) => v.numbers16(bytes).map(architectureName)),
    client_interface: read(94, networkInterface),
    client_uuid: read(97, v.machineId),
    rapid_commit: values.has(80) ? true : undefined,
    auto_configure: read(116, (bytes) => (bytes.length > 0 ? bytes[0] === 1 : undefined)),
    circuit_id: relay?.circuit_id,
    remote_id: relay?.remote_id,
    relay_agent: relay,
    vendor_specific: read(43, hex),
    vendor_class_blocks: read(124, blocks),
    vendor_blocks: read(125, blocks),
    overload: OVERLOADS[values.get(52)?.[0] ?? 0],
    authentication: read(90, (bytes) => authentication(bytes, secret)),
    other_options: otherOptions(values, COLUMNS, text, hex),
  }
}

const maskOf = (text: string | undefined, secret: Secret): string | undefined => (text === undefined ? undefined : maskText(text, secret))

/** Option 94 (RFC 4578 §2.2): type 1 is UNDI, then major and minor. */
const networkInterface = (bytes: Buffer): string | undefined =>
  bytes.length < 3 ? undefined : bytes[0] === 1 ? `UNDI ${bytes[1]}.${bytes[2]}` : `type ${bytes[0]} ${bytes[1]}.${bytes[2]}`

/** RFC 3118 §2. Protocol 0 is a password in plain; the others are proofs over a shared key, which can be searched for offline. */
function authentication(bytes: Buffer, secret: Secret): unknown {
  if (bytes.length < 11) return undefined
  const information = bytes.subarray(11)
  return {
    protocol: bytes[0],
    algorithm: bytes[1],
    replay_method: bytes[2],
    replay_detection: bytes.toString('hex', 3, 11),
    ...(information.length > 0 && { information: secret(v.textOrHex(information)) }),
  }
}

interface RelayAgent {
  circuit_id?: string
  remote_id?: string
  [name: string]: unknown
}

/** Option 82 (RFC 3046 and the sub-options after it). */
function relayAgent(bytes: Buffer, secret: Secret): RelayAgent | undefined {
  const found: RelayAgent = {}
  for (const [code, value] of v.subOptions(bytes)) {
    const name = RELAY[code]
    if (code === 5 || code === 11 || code === 150 || code === 152) found[name ?? `suboption_${code}`] = v.address(value) ?? v.hexText(value)
    else if (code === 8) found.authentication = secret(v.hexText(value))
    else if (code === 7) found.radius_attributes = secret(v.hexText(value))
    else found[name ?? `suboption_${code}`] = maskText(v.textOrHex(value), secret)
  }
  return Object.keys(found).length > 0 ? found : undefined
}
const RELAY: Readonly<Record<number, string>> = {
  1: 'circuit_id',
  2: 'remote_id',
  4: 'docsis_device_class',
  5: 'link_selection',
  6: 'subscriber_id',
  9: 'vendor_specific',
  10: 'flags',
  11: 'server_identifier_override',
  12: 'relay_agent_identifier',
  150: 'link_selection',
  151: 'virtual_subnet',
  152: 'server_identifier_override',
}
