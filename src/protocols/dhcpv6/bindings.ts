/** Identity associations (RFC 8415 §21.4 to §21.6, §21.21, §21.22): what is asked for, given, prolonged and given back. */
import { ipv6Text } from '../../model/address.js'
import type { Secret } from '../shared/dhcp/values.js'
import { maskText } from '../shared/secret-text.js'
import { Option, statusName } from './names.js'
import { first, type Options, readOptions } from './options.js'
import { MAX_ITEMS, plainText } from './values.js'

export interface Status {
  readonly code: number
  readonly name: string
  readonly message?: string
}

export interface Binding {
  readonly address?: string
  /** With its length: 2001:db8:1200::/56. */
  readonly prefix?: string
  /** Seconds; 4294967295 is for ever, 0 takes back. */
  readonly preferred: number
  readonly valid: number
  readonly status?: string
  readonly message?: string
}

export interface Association {
  readonly type: 'IA_NA' | 'IA_TA' | 'IA_PD'
  /** Chosen by the client, hexadecimal. */
  readonly iaid: string
  readonly t1?: number
  readonly t2?: number
  readonly addresses?: readonly Binding[]
  readonly prefixes?: readonly Binding[]
  readonly status?: string
  readonly message?: string
}

export interface Bindings {
  readonly associations: readonly Association[]
  /** In the order they came: of the message itself, then of associations and what is in them. */
  readonly statuses: readonly Status[]
}

const MAX_PREFIX_LENGTH = 128

export function readStatus(options: Options, secret: Secret): Status | undefined {
  const bytes = first(options, Option.STATUS_CODE)
  if (bytes === undefined || bytes.length < 2) return undefined
  const code = bytes.readUInt16BE(0)
  const message = plainText(bytes.subarray(2))
  return { code, name: statusName(code), ...(message !== undefined && { message: maskText(message, secret) }) }
}

export function readBindings(options: Options, secret: Secret): Bindings {
  const associations: Association[] = []
  const statuses: Status[] = []
  const own = readStatus(options, secret)
  if (own !== undefined) statuses.push(own)
  for (const { code, bytes } of options.list) {
    const type = TYPES[code]
    const head = type === 'IA_TA' ? 4 : 12
    if (type === undefined || bytes.length < head) continue
    const inside = readOptions(bytes, head)
    const status = readStatus(inside, secret)
    if (status !== undefined) statuses.push(status)
    const addresses: Binding[] = []
    const prefixes: Binding[] = []
    for (const one of inside.list) {
      if (addresses.length + prefixes.length >= MAX_ITEMS) break
      if (one.code === Option.IAADDR && one.bytes.length >= 24) addresses.push(readAddress(one.bytes, statuses, secret))
      else if (one.code === Option.IAPREFIX && one.bytes.length >= 25) prefixes.push(readPrefix(one.bytes, statuses, secret))
    }
    associations.push({
      type,
      iaid: `0x${bytes.toString('hex', 0, 4)}`,
      ...(head === 12 && { t1: bytes.readUInt32BE(4), t2: bytes.readUInt32BE(8) }),
      ...(addresses.length > 0 && { addresses }),
      ...(prefixes.length > 0 && { prefixes }),
      ...shown(status),
    })
  }
  return { associations, statuses }
}
const TYPES: Readonly<Record<number, Association['type']>> = {
  [Option.IA_NA]: 'IA_NA',
  [Option.IA_TA]: 'IA_TA',
  [Option.IA_PD]: 'IA_PD',
}

export function readAddress(bytes: Buffer, statuses: Status[], secret: Secret): Binding {
  const times = { preferred: bytes.readUInt32BE(16), valid: bytes.readUInt32BE(20) }
  return { address: ipv6Text(bytes, 0), ...times, ...statusIn(bytes, 24, statuses, secret) }
}

export function readPrefix(bytes: Buffer, statuses: Status[], secret: Secret): Binding {
  const times = { preferred: bytes.readUInt32BE(0), valid: bytes.readUInt32BE(4) }
  const length = Math.min(bytes[8]!, MAX_PREFIX_LENGTH)
  return { prefix: `${ipv6Text(bytes, 9)}/${length}`, ...times, ...statusIn(bytes, 25, statuses, secret) }
}

function statusIn(bytes: Buffer, from: number, statuses: Status[], secret: Secret): Pick<Binding, 'status' | 'message'> {
  if (bytes.length === from) return {}
  const status = readStatus(readOptions(bytes, from), secret)
  if (status !== undefined) statuses.push(status)
  return shown(status)
}

const shown = (status: Status | undefined): { status?: string; message?: string } =>
  status === undefined ? {} : { status: status.name, ...(status.message !== undefined && { message: status.message }) }

/** Addresses and prefixes in the order they came. */
export const bindingsOf = (associations: readonly Association[]): Binding[] =>
  associations.flatMap(({ addresses = [], prefixes = [] }) => [...addresses, ...prefixes])
