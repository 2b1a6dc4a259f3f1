/** What a message says on its own, as columns. Texts that may hold credentials pass `secret`. */
import { architectureName } from '../shared/dhcp/hardware.js'
import { hardwareAddress, type Secret } from '../shared/dhcp/values.js'
import { maskText } from '../shared/secret-text.js'
import { bindingsOf, readBindings } from './bindings.js'
import { readDuid } from './duid.js'
import type { Dhcpv6Row } from './fields.js'
import { carriedXid, type Dhcpv6Message, type Relay } from './message.js'
import { fromServer, messageTypeName, Option, optionName } from './names.js'
import { all, first, type Options } from './options.js'
import { otherOptions } from './other-options.js'
import * as v from './values.js'

const NO_STEPS: readonly string[] = []

/** Codes that have a column of their own, or a place in one. */
const COLUMNS: ReadonlySet<number> = new Set([
  ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 19, 20, 21, 22, 23, 24, 25, 26, 31, 32, 39, 41, 42, 56, 59, 60, 61, 62, 64],
  ...[82, 83, 103, 112],
])
const RELAY_COLUMNS: ReadonlySet<number> = new Set([Option.RELAY_MSG, 18, 37, 38, 79])

/** A row without what only the exchange knows. */
export function ownColumns(m: Dhcpv6Message, secret: Secret): Dhcpv6Row {
  const { options } = m
  const read = <T>(code: number, as: (bytes: Buffer) => T | undefined): T | undefined => {
    const bytes = first(options, code)
    return bytes === undefined ? undefined : as(bytes)
  }
  const masked = (text: string): string => maskText(text, secret)
  const text = (bytes: Buffer): string | undefined => {
    const plain = v.plainText(bytes)
    return plain === undefined ? undefined : masked(plain)
  }
  const names = (bytes: Buffer): string[] | undefined => v.domainNames(bytes)?.map(masked)
  const client = read(Option.CLIENTID, readDuid)
  const server = read(Option.SERVERID, readDuid)
  const name = read(Option.CLIENT_FQDN, v.fqdn)
  const vendorClasses = vendorBlocks(options, Option.VENDOR_CLASS, (bytes) => v.parts(bytes, 4).map((one) => v.textual(one, secret)))
  const relays = m.relays.map((relay) => relayJson(relay, secret))
  const nearest = relays[relays.length - 1]
  return {
    exchange: NO_STEPS,
    exchange_id: '',
    message_type: messageTypeName(m.type),
    transaction_id: transactionId(m),
    ...lease(m, secret),
    client_duid: client?.hex,
    client_duid_type: client?.type,
    client_mac: nearest?.client_link_layer_address ?? client?.mac,
    client_id: client,
    server_duid: server?.hex,
    server_duid_type: server?.type,
    server_mac: server?.mac,
    server_id: server,
    fqdn: name?.name === undefined ? undefined : masked(name.name),
    fqdn_flags: name?.flags,
    rapid_commit: first(options, Option.RAPID_COMMIT) ? true : undefined,
    preference: read(7, v.number8),
    elapsed_ms: read(Option.ELAPSED_TIME, (bytes) => hundredths(v.number16(bytes))),
    unicast_ip: read(12, v.address),
    option_request_list: read(Option.ORO, (bytes) => v.numbers16(bytes).map(optionName)),
    option_request_codes: read(Option.ORO, (bytes) => v.numbers16(bytes).join(',')),
    option_codes: options.list.map(({ code }) => code),
    user_class: read(15, (bytes) => v.parts(bytes).map((one) => v.textual(one, secret))),
    class_identifier: vendorClasses?.[0]?.data[0],
    vendor_classes: vendorClasses,
    vendor_options: vendorBlocks(options, Option.VENDOR_OPTS, (bytes) => vendorOptions(bytes, secret)),
    reconfigure_message: read(Option.RECONF_MSG, (bytes) => (bytes.length > 0 ? messageTypeName(bytes[0]!) : undefined)),
    reconfigure_accept: first(options, 20) ? true : undefined,
    dns_servers: read(23, v.addresses),
    domain_search: read(24, names),
    sntp_servers: read(31, v.addresses),
    ntp_servers: ntpServers(options)?.map(masked),
    sip_servers: joined(read(21, names), read(22, v.addresses)),
    information_refresh_seconds: read(32, v.number32),
    solicit_max_seconds: read(82, v.number32),
    information_max_seconds: read(83, v.number32),
    posix_timezone: read(41, text),
    timezone: read(42, text),
    boot_file_url: read(59, text),
    boot_file_parameters: read(60, (bytes) => v.parts(bytes).map((one) => v.textual(one, secret))),
    client_arch: read(61, (bytes) => v.numbers16(bytes).map(architectureName)),
    client_interface: read(62, v.networkInterface),
    aftr_name: read(64, (bytes) => names(bytes)?.[0]),
    captive_portal: read(103, text),
    mud_url: read(112, text),
    authentication: read(Option.AUTH, (bytes) => v.authentication(bytes, secret)),
    relayed_as: m.relayedAs === undefined ? undefined : messageTypeName(m.relayedAs),
    relay_count: relays.length,
    link_address: nearest?.link_address === '::' ? undefined : nearest?.link_address,
    peer_address: nearest?.peer_address,
    interface_id: nearestOf(relays, 'interface_id'),
    remote_id: nearestOf(relays, 'remote_id'),
    subscriber_id: nearestOf(relays, 'subscriber_id'),
    relays: relays.length > 0 ? relays : undefined,
    other_options: otherOptions(options, COLUMNS, secret),
  }
}

function transactionId(m: Dhcpv6Message): string {
  const carried = carriedXid(m)
  return carried === undefined ? `0x${m.xid.toString(16).padStart(6, '0')}` : `0x${carried.toString(16).padStart(8, '0')}`
}

type Lease = Pick<
  Dhcpv6Row,
  | 'ia'
  | 'assigned_ips'
  | 'assigned_prefixes'
  | 'requested_ips'
  | 'requested_prefixes'
  | 'lease_seconds'
  | 'preferred_seconds'
  | 'renewal_seconds'
  | 'rebinding_seconds'
  | 'status_code'
  | 'status_message'
>

function lease(m: Dhcpv6Message, secret: Secret): Lease {
  const { associations, statuses } = readBindings(m.options, secret)
  const bindings = bindingsOf(associations)
  const given = fromServer(m.type)
  // A valid lifetime of 0 takes back.
  const live = given ? bindings.filter(({ valid }) => valid > 0) : bindings
  const ips = live.flatMap(({ address }) => (address === undefined ? [] : [address]))
  const prefixes = live.flatMap(({ prefix }) => (prefix === undefined ? [] : [prefix]))
  const timed = associations.find(({ t1 }) => t1 !== undefined)
  const status = statuses.find(({ code }) => code !== 0) ?? statuses[0]
  const some = (list: string[]): string[] | undefined => (list.length > 0 ? list : undefined)
  return {
    ia: associations.length > 0 ? associations : undefined,
    [given ? 'assigned_ips' : 'requested_ips']: some(ips),
    [given ? 'assigned_prefixes' : 'requested_prefixes']: some(prefixes),
    ...(given &&
      live[0] && {
        lease_seconds: live[0].valid,
        preferred_seconds: live[0].preferred,
        renewal_seconds: timed?.t1,
        rebinding_seconds: timed?.t2,
      }),
    status_code: status?.name,
    status_message: status?.message,
  }
}

const hundredths = (count: number | undefined): number | undefined => (count === undefined ? undefined : count * 10)

const joined = (a: string[] | undefined, b: string[] | undefined): string[] | undefined => (a && b ? [...a, ...b] : (a ?? b))

/** Some servers send the option once for each server. */
function ntpServers(options: Options): string[] | undefined {
  const list = all(options, 56).flatMap((bytes) => v.ntpServers(bytes) ?? [])
  return list.length > 0 ? list : undefined
}

function vendorBlocks<T>(options: Options, code: number, read: (bytes: Buffer) => T): { id: number; data: T }[] | undefined {
  const list = all(options, code)
    .filter((bytes) => bytes.length >= 4)
    .map((bytes) => ({ id: bytes.readUInt32BE(0), data: read(bytes) }))
  return list.length > 0 ? list : undefined
}

/** Option 17 (RFC 8415 §21.17): codes and values of the vendor's own, with two bytes each for code and length. */
function vendorOptions(bytes: Buffer, secret: Secret): { code: number; value: string }[] {
  const list: { code: number; value: string }[] = []
  let at = 4
  while (at + 4 <= bytes.length && list.length < v.MAX_ITEMS) {
    const stop = at + 4 + bytes.readUInt16BE(at + 2)
    if (stop > bytes.length) break
    list.push({ code: bytes.readUInt16BE(at), value: v.textual(bytes.subarray(at + 4, stop), secret) })
    at = stop
  }
  return list
}

interface RelayJson {
  readonly hops: number
  readonly link_address: string
  readonly peer_address: string
  readonly interface_id?: string
  readonly remote_id?: string
  readonly remote_id_enterprise?: number
  readonly subscriber_id?: string
  readonly client_link_layer_address?: string
  readonly other_options?: unknown
}

/** What a relay added (RFC 8415 §9, RFC 4580, RFC 4649, RFC 6939). */
function relayJson({ hops, link, peer, options }: Relay, secret: Secret): RelayJson {
  const at = (code: number, least = 1): Buffer | undefined => {
    const bytes = first(options, code)
    return bytes !== undefined && bytes.length >= least ? bytes : undefined
  }
  const port = at(Option.INTERFACE_ID)
  const remote = at(Option.REMOTE_ID, 4)
  const subscriber = at(Option.SUBSCRIBER_ID)
  const hardware = at(Option.CLIENT_LINKLAYER_ADDR, 3)
  const other = otherOptions(options, RELAY_COLUMNS, secret)
  return {
    hops,
    link_address: link,
    peer_address: peer,
    ...(port && { interface_id: v.textual(port, secret) }),
    ...(remote && { remote_id: v.textual(remote.subarray(4), secret), remote_id_enterprise: remote.readUInt32BE(0) }),
    ...(subscriber && { subscriber_id: v.textual(subscriber, secret) }),
    ...(hardware && { client_link_layer_address: hardwareAddress(hardware.subarray(2, 2 + MAX_HARDWARE_ADDRESS))! }),
    ...(other && { other_options: other }),
  }
}
/** InfiniBand's 20 bytes are the longest in use. */
const MAX_HARDWARE_ADDRESS = 20

type Told = 'interface_id' | 'remote_id' | 'subscriber_id'
const nearestOf = (relays: readonly RelayJson[], key: Told): string | undefined =>
  relays.reduce<string | undefined>((found, relay) => relay[key] ?? found, undefined)
