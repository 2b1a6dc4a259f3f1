/** From a word of a list, and what the list calls it, to what is looked for; or to the reason why it is not. */
import { addressForm, networkForm } from './addresses.js'
import { domainForm, emailForm, hashForm, isPublicSuffix, refanged, urlForm } from './forms.js'
import type { Atom } from './indicators.js'

export type Classified = { readonly atom: Atom } | { readonly reason: string }
type Kind = Atom['is']

/** What lists call the types: plain words, ECS and STIX, MISP attributes, OTX, Zeek's Intel framework. Compared without signs. */
const TYPE_WORDS: Readonly<Record<Kind, string>> = {
  address:
    'ip ips ipv4 ipv6 ipaddr ipaddress address addr ipsrc ipdst ipv4addr ipv6addr cidr cidrs subnet network net netblock iprange inteladdr intelsubnet',
  domain: 'domain domains hostname host fqdn domainname dns inteldomain',
  url: 'url urls uri link intelurl',
  email: 'email mail emailaddr emailaddress emailsrc emaildst emailreplyto intelemail',
  hash:
    'hash filehash md5 sha1 sha256 filehashmd5 filehashsha1 filehashsha256 filemd5 filesha1 filesha256 intelfilehash intelcerthash md5hash sha1hash ' +
    'sha256hash ja3 ja3s ja4 ja3fingerprintmd5 ja3hash ja4fingerprint jarm x509fingerprintmd5 x509fingerprintsha1 x509fingerprintsha256',
}
const KIND_OF: ReadonlyMap<string, Kind> = new Map(
  Object.entries(TYPE_WORDS).flatMap(([kind, words]) => words.split(' ').map((word) => [word, kind as Kind] as const)),
)

/** The kind that a list's word for a type means; undefined for those that no packet shows (file names, registry keys, mutexes). */
export const kindOfWord = (word: string): Kind | undefined => KIND_OF.get(word.toLowerCase().replace(/[^a-z0-9]/g, ''))

/** Longer words of a list are none of these; a URL is the longest of them. */
const MAX_WORD = 8192

const nothing = (reason: string): Classified => ({ reason })

/** @param kind what the list says it is; by its looks when it says nothing. */
export function classify(given: string, kind?: Kind): Classified {
  if (given.length > MAX_WORD) return nothing(`longer than ${MAX_WORD} characters`)
  const text = refanged(given.trim())
  switch (kind ?? looksLike(text)) {
    case 'address':
      return address(text)
    case 'domain':
      return domain(text)
    case 'url':
      return url(text)
    case 'email': {
      const form = emailForm(text)
      return form === undefined ? nothing('not a mail address') : { atom: { is: 'email', form } }
    }
    case 'hash': {
      const form = hashForm(text)
      return form === undefined ? nothing('not an MD5, SHA-1, SHA-256, JA3 or JA4') : { atom: { is: 'hash', form } }
    }
    default:
      return nothing('neither an address, a domain, a URL, a hash nor a mail address')
  }
}

function looksLike(text: string): Kind | undefined {
  if (text.includes('://')) return 'url'
  if (text.includes('@')) return 'email'
  if (hashForm(text) !== undefined) return 'hash'
  if (networkForm(text) || /^[\d.]+[/:]\d+$/.test(text)) return 'address'
  const slash = text.search(/[/?]/)
  if (slash > 0) return domainForm(text.slice(0, slash).replace(/:\d+$/, '')) || addressForm(text.slice(0, slash)) ? 'url' : undefined
  return text.includes('.') && !/[\s/:]/.test(text) ? 'domain' : undefined
}

function address(text: string): Classified {
  const form = networkForm(text)
  if (!form) return nothing(/^[\d.]+:\d+$/.test(text) ? 'an address with a port; give the address alone' : 'not an address or network')
  if (form.prefix === 0) return nothing('a network of all addresses')
  return { atom: { is: 'address', form } }
}

function domain(text: string): Classified {
  // Hosts are listed under the name of domains too.
  if (addressForm(text)) return address(text)
  const form = domainForm(text.replace(/^\*?\./, ''))
  if (form === undefined) return nothing('not a domain')
  if (isPublicSuffix(form)) return nothing('a public suffix: it would match the names of everybody')
  return { atom: { is: 'domain', form } }
}

function url(text: string): Classified {
  const form = urlForm(text)
  return form === undefined ? nothing('not a URL') : { atom: { is: 'url', scheme: form.scheme, key: form.key } }
}
