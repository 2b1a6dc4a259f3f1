/** Options without a column of their own: read by kind, hex where the kind is unknown. */
import { hexText, type Secret } from '../shared/dhcp/values.js'
import { maskText } from '../shared/secret-text.js'
import { readAddress, readPrefix, readStatus } from './bindings.js'
import { readDuid } from './duid.js'
import { Option, optionName } from './names.js'
import { first, MAX_OPTIONS, type Options, readOptions } from './options.js'
import * as v from './values.js'

const ADDRESSES = new Set([27, 28, 34, 40, 48, 52, 86, 88, 90, 143])
const ONE_ADDRESS = new Set([80])
const NAMES = new Set([29, 30, 33, 51, 57, 58, 65, 141, 145])
const TEXTS = new Set([76, 77, 106, 110, 130, 136])
const NUMBERS = new Set([46, 100, 101, 102])
const SHORTS = new Set([135])
const DUIDS = new Set([53])
/** RADIUS attributes, failover's copy of a client's reconfigure key. */
const SECRETS = new Set([81, 129])
const CODES = new Set([43])

export interface OtherOption {
  readonly code: number
  readonly name: string
  readonly value: unknown
}

/** An option may stand several times; each is told. */
export function otherOptions(options: Options, except: ReadonlySet<number>, secret: Secret): OtherOption[] | undefined {
  let list: OtherOption[] | undefined
  for (const { code, bytes } of options.list) {
    if (except.has(code)) continue
    list ??= []
    list.push({ code, name: optionName(code), value: readValue(code, bytes, secret) ?? v.hexOf(bytes, secret) })
  }
  return list
}

function readValue(code: number, bytes: Buffer, secret: Secret): unknown {
  if (SECRETS.has(code)) return bytes.length > 0 ? secret(hexText(bytes.subarray(0, v.MAX_HEX))) : undefined
  if (ADDRESSES.has(code)) return v.addresses(bytes)
  if (ONE_ADDRESS.has(code)) return v.address(bytes)
  if (NAMES.has(code)) return v.domainNames(bytes)?.map((name) => maskText(name, secret))
  if (TEXTS.has(code)) return v.textual(bytes, secret)
  if (NUMBERS.has(code)) return v.number32(bytes)
  if (SHORTS.has(code)) return v.number16(bytes)
  if (DUIDS.has(code)) return readDuid(bytes)
  if (CODES.has(code)) return v.numbers16(bytes).map(optionName)
  if (code === Option.DHCPV4_MSG) return v.carried(bytes)
  if (code === Option.LQ_QUERY && bytes.length >= 17)
    return {
      query: QUERIES[bytes[0]!] ?? `unknown (${bytes[0]})`,
      link: v.address(bytes.subarray(1)),
      ...told(readOptions(bytes, 17), secret),
    }
  if (code === Option.CLIENT_DATA) return told(readOptions(bytes, 0), secret)
  return undefined
}

/** RFC 5007 §4.1.2.1, RFC 5460 §5.4.1. */
const QUERIES: readonly (string | undefined)[] = [undefined, 'by address', 'by client id', 'by relay id', 'by link address', 'by remote id']

/** What a lease query asks about, and what its answer tells of a client (RFC 5007 §4.1.2). */
function told(options: Options, secret: Secret): Record<string, unknown> {
  const client = first(options, Option.CLIENTID)
  const addresses = options.list.filter(({ code, bytes }) => code === Option.IAADDR && bytes.length >= 24)
  const prefixes = options.list.filter(({ code, bytes }) => code === Option.IAPREFIX && bytes.length >= 25)
  const since = first(options, Option.CLT_TIME)
  const status = readStatus(options, secret)
  return {
    ...(client && { client_id: readDuid(client) }),
    ...(addresses.length > 0 && { addresses: addresses.map(({ bytes }) => readAddress(bytes, [], secret)) }),
    ...(prefixes.length > 0 && { prefixes: prefixes.map(({ bytes }) => readPrefix(bytes, [], secret)) }),
    ...(since && { seconds_since_contact: v.number32(since) }),
    ...(status && { status: status.name }),
    ...(options.many && { more_than: MAX_OPTIONS }),
  }
}
