/**
 * Record data by type: the fields of each, under the names that Packetbeat gives them, and `data` as one readable value.
 * Names inside the data may be compressed, whatever the type: some servers do it, and reading costs nothing.
 */
import { ipv4Text, ipv6Text } from '../../../model/address.js'
import {
  base32hex,
  base64To,
  characterString,
  characterStrings,
  hexOf,
  hexTo,
  printable,
  signatureTime,
  typeBitmap,
  u48,
} from './data-text.js'
import type { NameTable } from './domain-name.js'
import { locationText } from './location.js'
import { algorithmName, digestName, rcodeName, typeName } from './names.js'
import { readServiceBinding } from './service-binding.js'
import type { Wire } from './wire.js'

export interface DnsRecord {
  name: string
  type: string
  class: string
  ttl: number
  data?: string | readonly string[]
  [detail: string]: unknown
}

type Reader = (w: Wire, names: NameTable, r: DnsRecord) => void

const nameText = (w: Wire, names: NameTable): string => names.read(w)?.text ?? ''

/** Type number -> reader of the data between `w.pos` and `w.end`. */
const readers: (Reader | undefined)[] = new Array(263).fill(undefined)
const define = (types: readonly number[], reader: Reader): void => {
  for (const type of types) readers[type] = reader
}

// A and AAAA (RFC 1035 §3.4.1, RFC 3596 §2.2).
define([1], (w, _names, r) => {
  const at = w.pos
  w.skip(4)
  if (!w.short) r.data = ipv4Text(w.buf, at)
})
define([28], (w, _names, r) => {
  const at = w.pos
  w.skip(16)
  if (!w.short) r.data = ipv6Text(w.buf, at)
})

// One name: NS MD MF CNAME MB MG MR PTR DNAME NSAP-PTR.
define([2, 3, 4, 5, 7, 8, 9, 12, 23, 39], (w, names, r) => {
  r.data = nameText(w, names)
})

// A preference and a name: MX AFSDB RT KX LP.
define([15, 18, 21, 36, 107], (w, names, r) => {
  r.preference = w.u16()
  r.data = nameText(w, names)
})

// SOA (RFC 1035 §3.3.13).
define([6], (w, names, r) => {
  r.data = nameText(w, names)
  r.rname = nameText(w, names)
  r.serial = w.u32()
  r.refresh = w.u32()
  r.retry = w.u32()
  r.expire = w.u32()
  r.minimum = w.u32()
})

// Two names: MINFO RP TALINK.
define([14, 17, 58], (w, names, r) => {
  const first = nameText(w, names)
  r.data = `${first} ${nameText(w, names)}`
})

// HINFO (RFC 1035 §3.3.2; RFC 8482 answers ANY with it).
define([13], (w, _names, r) => {
  r.cpu = characterString(w)
  r.os = characterString(w)
  r.data = `${r.cpu} ${r.os}`
})

// TXT SPF NINFO AVC RESINFO WALLET: the strings joined by a blank; one by one as well when there are several.
define([16, 56, 99, 258, 261, 262], (w, _names, r) => {
  const strings = characterStrings(w)
  r.data = strings.length === 1 ? strings[0]! : strings.join(' ')
  if (strings.length > 1) r.strings = strings
})

// X25 ISDN GPOS.
define([19, 20, 27], (w, _names, r) => {
  r.data = characterStrings(w).join(' ')
})

define([29], (w, _names, r) => {
  r.data = locationText(w)
})

// SRV (RFC 2782).
define([33], (w, names, r) => {
  r.priority = w.u16()
  r.weight = w.u16()
  r.port = w.u16()
  r.data = nameText(w, names)
})

// NAPTR (RFC 3403 §4.1).
define([35], (w, names, r) => {
  r.order = w.u16()
  r.preference = w.u16()
  r.flags = characterString(w)
  r.service = characterString(w)
  r.regexp = characterString(w)
  r.replacement = nameText(w, names)
  r.data = `${r.order} ${r.preference} "${r.flags}" "${r.service}" "${r.regexp}" ${r.replacement}`
})

// CERT (RFC 4398 §2).
define([37], (w, _names, r) => {
  r.cert_type = w.u16()
  r.key_tag = w.u16()
  r.algorithm = algorithmName(w.u8())
  r.data = base64To(w, w.end)
})

// DS CDS DLV TA (RFC 4034 §5.1).
const delegationSigner: Reader = (w, _names, r) => {
  r.key_tag = w.u16()
  r.algorithm = algorithmName(w.u8())
  r.digest_type = digestName(w.u8())
  r.data = hexTo(w, w.end).toUpperCase()
}
define([43, 59], delegationSigner)

// SSHFP (RFC 4255 §3.1).
define([44], (w, _names, r) => {
  const algorithm = w.u8()
  const kind = w.u8()
  r.algorithm = ['', 'RSA', 'DSA', 'ECDSA', 'ED25519', '', 'ED448'][algorithm] || String(algorithm)
  r.fingerprint_type = ['', 'SHA1', 'SHA256'][kind] || String(kind)
  r.data = hexTo(w, w.end)
})

// SIG and RRSIG (RFC 2535 §4.1, RFC 4034 §3.1).
define([24, 46], (w, names, r) => {
  r.type_covered = typeName(w.u16())
  r.algorithm = algorithmName(w.u8())
  r.labels = w.u8()
  r.original_ttl = w.u32()
  r.expiration = signatureTime(w.u32())
  r.inception = signatureTime(w.u32())
  r.key_tag = w.u16()
  r.signer_name = nameText(w, names)
  r.data = base64To(w, w.end)
})

// KEY DNSKEY CDNSKEY (RFC 4034 §2.1).
define([25, 48, 60], (w, _names, r) => {
  r.flags = w.u16()
  r.protocol = w.u8()
  r.algorithm = algorithmName(w.u8())
  r.data = base64To(w, w.end)
})

// NSEC (RFC 4034 §4.1).
define([47], (w, names, r) => {
  r.data = nameText(w, names)
  r.type_bits = typeBitmap(w)
})

// NSEC3 (RFC 5155 §3.2).
define([50], (w, _names, r) => {
  nsec3Head(w, r)
  r.data = base32hex(w.bytes(w.u8()))
  r.type_bits = typeBitmap(w)
})

// NSEC3PARAM (RFC 5155 §4.2).
define([51], (w, _names, r) => {
  nsec3Head(w, r)
  r.data = `${r.hash} ${r.flags} ${r.iterations} ${r.salt || '-'}`
})

function nsec3Head(w: Wire, r: DnsRecord): void {
  r.hash = w.u8()
  r.flags = w.u8()
  r.iterations = w.u16()
  r.salt = hexOf(w, w.u8())
}

// TLSA SMIMEA (RFC 6698 §2.1).
define([52, 53], (w, _names, r) => {
  r.usage = w.u8()
  r.selector = w.u8()
  r.matching_type = w.u8()
  r.certificate = hexTo(w, w.end)
  r.data = `${r.usage} ${r.selector} ${r.matching_type} ${r.certificate}`
})

// DHCID OPENPGPKEY: opaque, base64.
define([49, 61], (w, _names, r) => {
  r.data = base64To(w, w.end)
})

// CSYNC (RFC 7477 §2.1).
define([62], (w, _names, r) => {
  r.serial = w.u32()
  r.flags = w.u16()
  r.type_bits = typeBitmap(w)
  r.data = `${r.serial} ${r.flags} ${r.type_bits}`
})

// ZONEMD (RFC 8976 §2.2).
define([63], (w, _names, r) => {
  r.serial = w.u32()
  r.scheme = w.u8()
  r.hash = w.u8()
  r.data = hexTo(w, w.end)
})

define([64, 65], readServiceBinding)

// EUI48 EUI64 (RFC 7043).
define([108, 109], (w, _names, r) => {
  r.data = (hexTo(w, w.end).match(/../g) ?? []).join('-')
})

// TKEY (RFC 2930 §2).
define([249], (w, names, r) => {
  r.algorithm = nameText(w, names)
  r.inception = signatureTime(w.u32())
  r.expiration = signatureTime(w.u32())
  r.mode = w.u16()
  r.error = rcodeName(w.u16())
  r.data = hexOf(w, w.u16())
  const other = hexOf(w, w.u16())
  if (other !== '') r.other = other
})

// TSIG (RFC 8945 §4.2).
define([250], (w, names, r) => {
  r.algorithm = nameText(w, names)
  // 48 bits reach beyond what a date holds: kept as seconds.
  r.time_signed = u48(w)
  r.fudge = w.u16()
  r.data = hexOf(w, w.u16())
  r.original_id = w.u16()
  r.error = rcodeName(w.u16())
  const other = hexOf(w, w.u16())
  if (other !== '') r.other = other
})

// URI (RFC 7553 §4.5).
define([256], (w, _names, r) => {
  r.priority = w.u16()
  r.weight = w.u16()
  r.data = textTo(w)
})

// CAA (RFC 8659 §4.1).
define([257], (w, _names, r) => {
  r.flags = w.u8()
  r.tag = characterString(w)
  r.value = textTo(w)
  r.data = `${r.flags} ${r.tag} "${r.value}"`
})

function textTo(w: Wire): string {
  const from = w.pos
  w.skip(Math.max(0, w.end - from))
  return w.short ? '' : printable(w.buf, from, w.end)
}

/**
 * Reads the data between `w.pos` and `w.end` into `record`. False when it does not have the form of its type: what was
 * read before the fault stays, and the bytes are there in hex, as `data` or, when that could be read, as `raw`.
 */
export function readData(w: Wire, names: NameTable, type: number, record: DnsRecord): boolean {
  const from = w.pos
  const reader = type < readers.length ? readers[type] : type === 32768 || type === 32769 ? delegationSigner : undefined
  if (reader === undefined) {
    record.data = w.buf.toString('hex', from, w.end)
    return true
  }
  reader(w, names, record)
  if (!w.short && w.fault === '' && w.pos === w.end) return true
  const raw = w.buf.toString('hex', from, w.end)
  if (record.data === undefined || record.data === '') record.data = raw
  else record.raw = raw
  return false
}
