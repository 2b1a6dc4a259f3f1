/** The interfaces that can be captured: listed as libpcap lists them, and found by number or name. */

import { nearest } from '../config/nearest.js'
import { ipText } from '../model/address.js'
import { UserError } from '../model/user-error.js'
import { type Libpcap, libpcap, type Pointer } from './libpcap.js'

export interface InterfaceAddress {
  readonly address: string
  /** Leading bits of the netmask; undefined where none is told. */
  readonly prefix: number | undefined
}

export interface InterfaceInfo {
  /** From 1, in libpcap's order; `live` takes it instead of the name. */
  readonly number: number
  readonly name: string
  readonly description: string | undefined
  readonly addresses: readonly InterfaceAddress[]
  readonly up: boolean
  readonly running: boolean
  readonly loopback: boolean
  readonly wireless: boolean
  /** Has a carrier, is associated; undefined where that has no meaning or is not known. */
  readonly connected: boolean | undefined
}

/** As libpcap names it; undefined where the interface may not be opened or is not one to open for a look. */
export interface LinkTypeWords {
  readonly name: string
  readonly description: string
}

/** More than any machine has, containers included; a list that does not end is none. */
const MAX_INTERFACES = 65_536
const MAX_ADDRESSES = 4096

/** pcap_findalldevs(3PCAP), PCAP_IF_... */
const Flag = { loopback: 0x01, up: 0x02, running: 0x04, wireless: 0x08, connection: 0x30, connected: 0x10, disconnected: 0x20 } as const

/** Address families: AF_INET is 2 everywhere, AF_INET6 is what each system made it. */
const AF_INET = 2
const AF_INET6: Readonly<Partial<Record<NodeJS.Platform, number>>> = { linux: 10, darwin: 30, freebsd: 28, openbsd: 24 }
/** Where the address begins in sockaddr_in and sockaddr_in6, and bytes of the larger. */
const IPV4_AT = 4
const IPV6_AT = 8
const SOCKADDR_HEAD = 2
const IPV4_BYTES = 4
const IPV6_BYTES = 16

/**
 * Pseudo-devices that opening changes something on: a netfilter queue takes packets away from the program that decides on them,
 * a netfilter log binds to a group, the buses make a connection.
 */
const NOT_FOR_A_LOOK = /^(nfqueue|nflog|dbus|usbmon|bluetooth)/

export function listInterfaces(pcap: Libpcap = libpcap()): InterfaceInfo[] {
  const found: InterfaceInfo[] = []
  pcap.eachDevice(MAX_INTERFACES, ({ name, description, addresses, flags }) => {
    const connection = flags & Flag.connection
    found.push({
      number: found.length + 1,
      name,
      description: description ?? undefined,
      addresses: addressesOf(pcap, addresses),
      up: (flags & Flag.up) !== 0,
      running: (flags & Flag.running) !== 0,
      loopback: (flags & Flag.loopback) !== 0,
      wireless: (flags & Flag.wireless) !== 0,
      connected: connection === Flag.connected ? true : connection === Flag.disconnected ? false : undefined,
    })
  })
  return found
}

/** What kind of frames an interface gives, learned by opening it for a moment without promiscuous mode. */
export function linkTypeOf(name: string, pcap: Libpcap = libpcap()): LinkTypeWords | undefined {
  if (NOT_FOR_A_LOOK.test(name)) return undefined
  const p = pcap.create(name)
  if (typeof p !== 'bigint') return undefined
  try {
    return pcap.activate(p) < 0 ? undefined : pcap.dataLinkWords(pcap.dataLink(p))
  } finally {
    pcap.close(p)
  }
}

/** The name of the interface that a user means by its name or by its number in the list. */
export function resolveInterface(wanted: string, list: readonly InterfaceInfo[] = listInterfaces()): string {
  // A name comes first: an interface may be called 7.
  if (list.some(({ name }) => name === wanted)) return wanted
  const byNumber = /^\d{1,6}$/.test(wanted) ? list.find(({ number }) => number === Number(wanted)) : undefined
  if (byNumber) return byNumber.name
  throw noSuchInterface(wanted, list)
}

export function noSuchInterface(wanted: string, list: readonly InterfaceInfo[]): UserError {
  const near = nearest(
    wanted,
    list.map(({ name }) => name),
  )
  const guess = near === undefined ? '' : `; did you mean "${near}"?`
  const names = list.map(({ name }) => name).slice(0, MAX_NAMED)
  const rest = list.length > names.length ? `, and ${list.length - names.length} more` : ''
  return new UserError(`there is no interface "${wanted}"${guess}`, [
    ...(names.length > 0 ? [`there are ${names.join(', ')}${rest}`] : []),
    'audit interfaces   lists them with their numbers',
  ])
}
/** Names in a message; the list itself is a command away. */
const MAX_NAMED = 12

function addressesOf(pcap: Libpcap, first: Pointer | null): InterfaceAddress[] {
  const found: InterfaceAddress[] = []
  pcap.eachAddress(first, MAX_ADDRESSES, ({ addr, netmask }) => {
    const address = addr === null ? undefined : ipOf(pcap, addr)
    if (address === undefined || addr === null) return
    const mask = netmask === null ? undefined : bytesAt(pcap, netmask, address.length === IPV4_BYTES ? IPV4_AT : IPV6_AT, address.length)
    found.push({
      address: ipText(address.length === IPV4_BYTES ? 4 : 6, address, 0),
      prefix: mask && prefixOf(mask),
    })
  })
  return found
}

/** The bytes of an IP address; other families (link-layer addresses among them) are left out. */
function ipOf(pcap: Libpcap, sockaddr: Pointer): Uint8Array | undefined {
  const head = bytesAt(pcap, sockaddr, 0, SOCKADDR_HEAD)
  // Linux has a family of two bytes, little-endian where Node runs; the BSDs a length and a family of one each.
  const family = process.platform === 'linux' ? head[0]! + 256 * head[1]! : head[1]!
  if (family === AF_INET) return bytesAt(pcap, sockaddr, IPV4_AT, IPV4_BYTES)
  if (family === AF_INET6[process.platform]) return bytesAt(pcap, sockaddr, IPV6_AT, IPV6_BYTES)
  return undefined
}

const bytesAt = (pcap: Libpcap, at: Pointer, offset: number, length: number): Uint8Array =>
  pcap.koffi.decode(at, offset, 'uint8_t', length) as Uint8Array

/** Leading one bits; undefined for a mask with holes. */
export function prefixOf(mask: Uint8Array): number | undefined {
  let bits = 0
  let at = 0
  while (at < mask.length && mask[at] === 0xff) {
    bits += 8
    at++
  }
  if (at === mask.length) return bits
  const ones = Math.clz32((~mask[at]! & 0xff) << 24)
  const rest = (0xff << (8 - ones)) & 0xff
  return mask[at] === rest && mask.subarray(at + 1).every((byte) => byte === 0) ? bits + ones : undefined
}
