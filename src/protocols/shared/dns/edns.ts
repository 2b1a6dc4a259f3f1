/** EDNS (RFC 6891): the OPT pseudo record of the additional section. */
import { ipv4Text, ipv6Text } from '../../../model/address.js'
import { hexOf, printable } from './data-text.js'
import type { NameTable } from './domain-name.js'
import { algorithmName, BADVERS, extendedErrorName, rcodeName } from './names.js'
import type { Wire } from './wire.js'

/** As the document shows it under `dns.opt`. */
export interface EdnsOptions {
  do: boolean
  version: string
  udp_size: number
  ext_rcode: string
  [option: string]: unknown
}

export class Edns {
  constructor(
    readonly udpSize: number,
    /** Upper eight bits of the twelve-bit response code. */
    readonly upperRcode: number,
    readonly version: number,
    readonly dnssecOk: boolean,
    readonly options: Readonly<Record<string, unknown>> | undefined,
  ) {}

  document(rcode: number): EdnsOptions {
    return {
      do: this.dnssecOk,
      version: String(this.version),
      udp_size: this.udpSize,
      ext_rcode: this.upperRcode === 0 ? 'NOERROR' : rcode === BADVERS ? 'BADVERS' : rcodeName(rcode),
      ...this.options,
    }
  }
}

/** Options kept of one OPT record: a handful exist, and 64 KiB hold sixteen thousand empty ones. */
const MAX_OPTIONS = 64

/** The record's fixed part has been read; its options stand between `w.pos` and `w.end`. */
export function readEdns(w: Wire, names: NameTable, udpSize: number, ttl: number): Edns {
  let options: Record<string, unknown> | undefined
  const end = w.end
  for (let count = 0; w.pos < end; count++) {
    const code = w.u16()
    const length = w.u16()
    const from = w.pos
    if (w.short || from + length > end) {
      w.short = true
      break
    }
    if (count < MAX_OPTIONS) {
      let one: Record<string, unknown> = {}
      w.end = from + length
      readOption(w, names, code, one)
      w.end = end
      // An option of the wrong form is kept as bytes; its length still leads to the next one.
      if (w.short || w.fault !== '') {
        w.short = false
        w.fault = ''
        one = local(code, w.buf.toString('hex', from, from + length))
      }
      options = options === undefined ? one : merge(options, one)
    }
    w.pos = from + length
  }
  return new Edns(udpSize, ttl >>> 24, (ttl >>> 16) & 0xff, (ttl & 0x8000) !== 0, options)
}

function readOption(w: Wire, names: NameTable, code: number, into: Record<string, unknown>): void {
  const length = w.end - w.pos
  switch (code) {
    // LLQ (RFC 8764 §3.2).
    case 1: {
      const version = w.u16()
      const opcode = w.u16()
      const error = w.u16()
      const id = w.u64()
      into.llq = `${version} ${opcode} ${error} ${id} ${w.u32()}`
      return
    }
    // UL: the lease of a dynamic update (RFC 9664).
    case 2:
      into.ul = w.u32()
      if (length === 8) into.key_ul = w.u32()
      return
    // NSID (RFC 5001).
    case 3: {
      const from = w.pos
      into.nsid = hexOf(w, length)
      into.nsid_text = printable(w.buf, from, w.end)
      return
    }
    // DAU DHU N3U (RFC 6975).
    case 5:
      into.dau = numbers(w, length, algorithmName)
      return
    case 6:
      into.dhu = numbers(w, length, (n) => ['', 'SHA1', 'SHA256', 'GOST94', 'SHA384'][n] || String(n))
      return
    case 7:
      into.n3u = numbers(w, length, (n) => (n === 1 ? 'SHA1' : String(n)))
      return
    case 8:
      into.subnet = clientSubnet(w)
      return
    // EXPIRE (RFC 7314): empty in a query.
    case 9:
      into.expire = length === 0 ? 0 : w.u32()
      return
    // COOKIE (RFC 7873 §4): 8 bytes of the client, then 8 to 32 of the server.
    case 10:
      into.cookie = hexOf(w, length)
      return
    // TCP keepalive (RFC 7828): units of 100 ms, absent in a query.
    case 11:
      into.keepalive_ms = length === 0 ? 0 : w.u16() * 100
      return
    // Padding (RFC 7830): only its length says anything, unless it is not zeros.
    case 12: {
      into.padding = length
      if (w.bytes(length).some((byte) => byte !== 0)) into.padding_data = w.buf.toString('hex', w.end - length, w.end)
      return
    }
    // CHAIN (RFC 7901 §4).
    case 13:
      into.chain = length === 0 ? '.' : (names.read(w)?.text ?? '')
      return
    // KEY-TAG (RFC 8145 §4.1).
    case 14: {
      const tags: number[] = []
      while (w.end - w.pos >= 2) tags.push(w.u16())
      into.key_tags = tags
      return
    }
    // Extended DNS Errors (RFC 8914 §2): a message may hold several.
    case 15: {
      const info = w.u16()
      const from = w.pos
      if (w.short) return
      const text = printable(w.buf, from, w.end)
      into.ede = [{ code: info, name: extendedErrorName(info), ...(text === '' ? {} : { text }) }]
      return
    }
    default:
      Object.assign(into, local(code, hexOf(w, length)))
  }
}

/** Options without a form of their own. */
const local = (code: number, hex: string): Record<string, unknown> => ({ local: [`${code}:0x${hex}`] })

/** Options that may stand several times are lists. */
function merge(all: Record<string, unknown>, one: Readonly<Record<string, unknown>>): Record<string, unknown> {
  for (const [name, value] of Object.entries(one)) {
    const before = all[name]
    if (Array.isArray(before) && Array.isArray(value)) before.push(...value)
    else all[name] = value
  }
  return all
}

function numbers(w: Wire, length: number, name: (n: number) => string): string {
  const all: string[] = []
  for (let i = 0; i < length; i++) all.push(name(w.u8()))
  return all.join(' ')
}

/** RFC 7871 §6: family, source and scope prefix length, and only as many address octets as the prefix covers. */
function clientSubnet(w: Wire): string {
  const family = w.u16()
  const source = w.u8()
  const scope = w.u8()
  const given = w.end - w.pos
  const size = family === 1 ? 4 : family === 2 ? 16 : 0
  if (given > size) {
    w.short = true
    return ''
  }
  const address = Buffer.alloc(size)
  w.bytes(given).copy(address)
  const text = family === 1 ? ipv4Text(address, 0) : family === 2 ? ipv6Text(address, 0) : `family ${family}`
  return `${text}/${source}/${scope}`
}
