/**
 * Fingerprints of hellos. JA3 and JA3S: MD5 over the numbers of a hello in their order. JA4: what is offered in readable form, and
 * SHA-256 over ciphers and extensions sorted, so that clients which shuffle them stay recognisable. GREASE counts in none.
 */
import { createHash } from 'node:crypto'
import { DTLS10, DTLS12, DTLS13, Extension, isGrease, SSL2, SSL3, TLS12, TLS13 } from './code-names.js'
import type { ClientHello, ServerHello } from './hello.js'

const md5 = (text: string): string => createHash('md5').update(text, 'latin1').digest('hex')
const plain = (codes: readonly number[] | undefined): number[] => (codes ?? []).filter((code) => !isGrease(code))
const dashed = (codes: readonly number[] | undefined): string => plain(codes).join('-')

export interface Fingerprint {
  readonly text: string
  readonly hash: string
}

/** `version,ciphers,extensions,groups,point formats`, decimal. */
export function ja3(hello: ClientHello): Fingerprint {
  const formats = (hello.pointFormats ?? []).join('-')
  const text = `${hello.version},${dashed(hello.ciphers)},${dashed(hello.extensions)},${dashed(hello.groups)},${formats}`
  return { text, hash: md5(text) }
}

/** `version,cipher,extensions`, decimal. */
export function ja3s(hello: ServerHello): Fingerprint {
  const text = `${hello.version},${hello.cipher},${dashed(hello.extensions)}`
  return { text, hash: md5(text) }
}

const JA4_VERSIONS: Readonly<Record<number, string>> = {
  [TLS13]: '13',
  [TLS12]: '12',
  770: '11',
  769: '10',
  [SSL3]: 's3',
  [SSL2]: 's2',
  [DTLS10]: 'd1',
  [DTLS12]: 'd2',
  [DTLS13]: 'd3',
}

const hex4 = (code: number): string => code.toString(16).padStart(4, '0')
const count = (codes: readonly unknown[]): string => String(Math.min(99, codes.length)).padStart(2, '0')
/** Twelve digits of SHA-256, zeros for nothing. */
const short = (text: string): string => (text === '' ? '000000000000' : createHash('sha256').update(text).digest('hex').slice(0, 12))

/** @param kind t = TLS over TCP, d = DTLS */
export function ja4(hello: ClientHello, kind: 't' | 'd'): Fingerprint {
  const ciphers = plain(hello.ciphers)
  const extensions = plain(hello.extensions)
  const offered = plain(hello.supportedVersions)
  // DTLS counts its versions downwards.
  const version = offered.length === 0 ? hello.version : kind === 'd' ? Math.min(...offered) : Math.max(...offered)
  const name = hello.extensions.includes(Extension.ServerName) ? 'd' : 'i'
  const a = `${kind}${JA4_VERSIONS[version] ?? '00'}${name}${count(ciphers)}${count(extensions)}${ends(hello.alpn?.[0])}`
  const suites = ciphers.map(hex4).sort().join(',')
  const others = extensions
    .filter((type) => type !== Extension.ServerName && type !== Extension.Alpn)
    .map(hex4)
    .sort()
    .join(',')
  const signatures = plain(hello.signatures).map(hex4).join(',')
  const tail = signatures === '' ? others : `${others}_${signatures}`
  return { text: `${a}_${suites}_${tail}`, hash: `${a}_${short(suites)}_${short(tail)}` }
}

/** First and last character of the first ALPN name; the outer hex digits when one of them is no letter or digit. */
function ends(name: string | undefined): string {
  if (!name) return '00'
  const both = name[0]! + name[name.length - 1]!
  if (/^[0-9A-Za-z]{2}$/.test(both)) return both
  const bytes = Buffer.from(name, 'latin1').toString('hex')
  return bytes[0]! + bytes[bytes.length - 1]!
}
