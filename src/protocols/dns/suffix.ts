/** The parts of a name that the Public Suffix List tells apart: example.co.uk, its suffix, and what stands before. */
import { createRequire } from 'node:module'
import type { DomainName } from '../shared/dns/domain-name.js'

export interface SuffixParts {
  /** Public suffix and one label, lower case. */
  readonly registered: string | undefined
  readonly subdomain: string | undefined
  readonly suffix: string | undefined
}

const NONE: SuffixParts = { registered: undefined, subdomain: undefined, suffix: undefined }
const options = { extractHostname: false, validateHostname: false, mixedInputs: false, detectIp: false, allowPrivateDomains: true } as const

type Tldts = typeof import('tldts')
let tldts: Tldts | undefined

/** Kept with the name itself, which the name table bounds. The list (9 ms to load) is read when the first name needs it. */
export function suffixParts(name: DomainName): SuffixParts {
  const kept = name.memo
  if (kept !== undefined) return kept as SuffixParts
  const parts = split(name)
  name.memo = parts
  return parts
}

function split(name: DomainName): SuffixParts {
  if (name.labels < 2) return NONE
  tldts ??= createRequire(import.meta.url)('tldts') as Tldts
  const { text } = name
  const found = tldts.parse(text.toLowerCase(), options)
  if (!found.domain || !found.publicSuffix) return NONE
  const before = text.length - found.domain.length - 1
  return { registered: found.domain, subdomain: before > 0 ? text.slice(0, before) : undefined, suffix: found.publicSuffix }
}
