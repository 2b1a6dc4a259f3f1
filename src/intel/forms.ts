/**
 * One form for each thing that can be written in several ways, so that a list and a capture are compared by equality.
 *
 * The same functions look at both sides. Each answers with undefined for what is no such thing.
 */
import { domainToASCII } from 'node:url'
import { getPublicSuffix } from 'tldts'

/** RFC 1035 §2.3.4: 255 octets on the wire, which are 253 characters. */
const MAX_DOMAIN = 253
/** RFC 5321 §4.5.3.1: 64 octets, the sign, 255 octets. */
const MAX_EMAIL = 320
/** Longest address that is looked at; longer ones in lists are data URLs and accidents. */
const MAX_URL = 8192
/** Names with more labels are no public suffix. */
const MAX_SUFFIX_LABELS = 3

const HASH = /^(?:[0-9a-f]{32}|[0-9a-f]{40}|[0-9a-f]{64})$/
/** FoxIO's JA4: transport, version, SNI, counts, ALPN; hash of ciphers; hash of extensions. */
const JA4 = /^[tqd](?:\d\d|[sd]\d|00)[di]\d{4}[0-9a-z]{2}_[0-9a-f]{12}_[0-9a-f]{12}$/
/** Underscores stand in names of services; a top level of digits alone is an address that went wrong. */
const DOMAIN = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)+(?!\d+$)[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/
const ASCII = /^[\x00-\x7f]*$/

/** Lower case, A-labels (RFC 5890), without the dot of the root. At least two labels: a single one is found everywhere. */
export function domainForm(text: string): string | undefined {
  if (text.length > MAX_DOMAIN * 4) return undefined
  let name = text.toLowerCase()
  if (!ASCII.test(name)) name = domainToASCII(name)
  if (name.endsWith('.')) name = name.slice(0, -1)
  return name.length <= MAX_DOMAIN && DOMAIN.test(name) ? name : undefined
}

/** `co.uk` or `com`: below it stand the names of everybody. */
export function isPublicSuffix(domain: string): boolean {
  return domain.split('.', MAX_SUFFIX_LABELS + 1).length <= MAX_SUFFIX_LABELS && getPublicSuffix(domain) === domain
}

/** Hexadecimal MD5, SHA-1 or SHA-256 (JA3 is an MD5), or JA4, in lower case. */
export function hashForm(text: string): string | undefined {
  if (text.length < 32 || text.length > 95) return undefined
  const plain = text.toLowerCase()
  if (HASH.test(plain) || JA4.test(plain)) return plain
  // Fingerprints of certificates are often written with colons.
  const joined = plain.replaceAll(':', '')
  return HASH.test(joined) ? joined : undefined
}

/** Lower case throughout. RFC 5321 §2.4 lets the part before the sign depend on case; no server of note does. `@evil.com` keeps its sign. */
export function emailForm(text: string): string | undefined {
  if (text.length > MAX_EMAIL) return undefined
  const at = text.lastIndexOf('@')
  if (at < 0) return undefined
  const domain = domainForm(text.slice(at + 1))
  const local = text.slice(0, at).toLowerCase()
  return domain === undefined || /[\s<>@",;]/.test(local) ? undefined : `${local}@${domain}`
}

const isOutside = (char: string): boolean => /[\s<>"',;:]/.test(char)

/** The address in `Name <a@b>` or `a@b`: what stands around the last sign. */
export function emailWithin(text: string): string | undefined {
  const at = text.lastIndexOf('@')
  if (at < 0) return undefined
  let from = at
  let to = at + 1
  while (from > 0 && at - from < MAX_EMAIL && !isOutside(text[from - 1]!)) from--
  while (to < text.length && to - at < MAX_EMAIL && !isOutside(text[to]!)) to++
  return text.slice(from, to)
}

export interface UrlForm {
  /** `http:`, or empty where the list gives none. */
  readonly scheme: string
  readonly host: string
  /** Host, port unless it is the scheme's own, path and query; no user, no fragment: they never reach a server. */
  readonly key: string
}

/** As the URL Standard writes it. Without a scheme, `evil.com/x` is an address of any. */
export function urlForm(text: string): UrlForm | undefined {
  if (text.length > MAX_URL) return undefined
  const schemed = /^[a-z][a-z0-9+.-]*:\/\//i.test(text)
  let url: URL
  try {
    url = new URL(schemed ? text : `http://${text}`)
  } catch {
    return undefined
  }
  if (url.hostname === '') return undefined
  const host = url.hostname.endsWith('.') ? url.hostname.slice(0, -1) : url.hostname
  return { scheme: schemed ? url.protocol : '', host, key: `${host}${url.port === '' ? '' : `:${url.port}`}${url.pathname}${url.search}` }
}

/** Host of `host`, `host:port` or `[v6]:port`. */
export function hostWithin(text: string): string {
  if (text.startsWith('[')) return text.slice(1, Math.max(1, text.indexOf(']')))
  const colon = text.indexOf(':')
  return colon >= 0 && colon === text.lastIndexOf(':') ? text.slice(0, colon) : text
}

/** Undoes what keeps people from clicking: hxxp://evil[.]com, 1.2.3[.]4, someone[at]evil(dot)com. */
export function refanged(text: string): string {
  if (!/[[({]|xx/i.test(text)) return text
  return text
    .replace(/^(h)(?:xx|\*\*|tt)(ps?)\s*(?=:|\[)/i, '$1tt$2')
    .replace(/^(f)xp(s?)(?=:|\[)/i, '$1tp$2')
    .replace(/\[:\/\/\]|\[:\]\/\//g, '://')
    .replace(/\s?[[({]\s?(?:\.|dot)\s?[\])}]\s?/gi, '.')
    .replace(/\s?[[({]\s?(?:@|at)\s?[\])}]\s?/gi, '@')
    .replace(/\[:\]/g, ':')
    .replace(/\[\/\]/g, '/')
}
