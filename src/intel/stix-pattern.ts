/**
 * STIX 2.1 patterns (section 9), as far as a row of a case can answer them: comparisons of addresses, names, URLs, hashes and mail addresses
 * with `=`, `IN` and `ISSUBSET`, joined by AND and OR inside of one observation, and observations joined by OR.
 *
 * What goes beyond that is named instead of being guessed: a pattern that is understood by half would accuse the wrong rows.
 */
import { classify } from './classify.js'
import type { Atom } from './indicators.js'

export interface Comparison {
  readonly atom: Atom
  /** The constant as written. */
  readonly text: string
  /** The kind of object it is about: `file`. */
  readonly object: string
}

/** Alternatives, of each of which all comparisons must hold. */
export type Pattern = readonly (readonly Comparison[])[]
export type ParsedPattern = { readonly alternatives: Pattern } | { readonly reason: string }

/** Characters of a pattern; the longest of public feeds list some hundred hashes. */
const MAX_PATTERN = 64 * 1024
/** Parentheses inside of each other. */
const MAX_DEPTH = 16
/** Alternatives after AND was multiplied out: (a OR b) AND (c OR d) are four. */
const MAX_ALTERNATIVES = 4096
/** Conditions of one alternative. */
const MAX_TOGETHER = 16

type Kind = Atom['is']
const PATHS: Readonly<Record<string, Kind>> = {
  'ipv4-addr:value': 'address',
  'ipv6-addr:value': 'address',
  'network-traffic:src_ref.value': 'address',
  'network-traffic:dst_ref.value': 'address',
  'domain-name:value': 'domain',
  'url:value': 'url',
  'email-addr:value': 'email',
  'email-message:from_ref.value': 'email',
  'email-message:sender_ref.value': 'email',
}
const HASH_PATH = /^(?:file|artifact|x509-certificate):hashes\.'?(?:md5|sha-?1|sha-?256)'?$/i

class Refusal extends Error {}

const TOKEN = /\s*(?:('(?:[^'\\]|\\.)*')|([[\]()=,]|!=|<=?|>=?)|([A-Za-z][\w-]*:(?:'[^']*'|[\w.*[\]-])+)|([A-Za-z]+)|([^\s]))/y

export function parsePattern(text: string): ParsedPattern {
  if (text.length > MAX_PATTERN) return { reason: `the pattern is longer than ${MAX_PATTERN} characters` }
  try {
    return { alternatives: new Parser(tokensOf(text)).pattern() }
  } catch (error) {
    if (error instanceof Refusal) return { reason: error.message }
    throw error
  }
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  const whole = text.trimEnd()
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < whole.length) {
    const match = TOKEN.exec(whole)
    if (!match) break
    // Reading on would look for the end of an open quote again and again.
    if (match[5] === "'") throw new Refusal(`${match[5]} at character ${match.index + 1} is no part of a pattern`)
    tokens.push(match[0].trimStart())
  }
  return tokens
}

class Parser {
  private at = 0

  constructor(private readonly tokens: readonly string[]) {}

  pattern(): Pattern {
    const all = [...this.observation()]
    while (this.at < this.tokens.length) {
      const word = this.word()
      if (word !== 'OR') throw new Refusal(`${word === 'AND' ? 'AND between observations' : this.shown(word)} is not looked for`)
      this.at++
      all.push(...this.observation())
      if (all.length > MAX_ALTERNATIVES) throw new Refusal(`more than ${MAX_ALTERNATIVES} alternatives`)
    }
    return all
  }

  private observation(): Pattern {
    this.expect('[')
    const inside = this.either(0)
    this.expect(']')
    return inside
  }

  /** OR binds weaker than AND. */
  private either(depth: number): Pattern {
    const all = [...this.both(depth)]
    while (this.word() === 'OR') {
      this.at++
      all.push(...this.both(depth))
      if (all.length > MAX_ALTERNATIVES) throw new Refusal(`more than ${MAX_ALTERNATIVES} alternatives`)
    }
    return all
  }

  private both(depth: number): Pattern {
    let all = this.one(depth)
    while (this.word() === 'AND') {
      this.at++
      all = product(all, this.one(depth))
    }
    return all
  }

  private one(depth: number): Pattern {
    if (this.tokens[this.at] !== '(') return this.comparison()
    if (depth >= MAX_DEPTH) throw new Refusal(`more than ${MAX_DEPTH} parentheses inside of each other`)
    this.at++
    const inside = this.either(depth + 1)
    this.expect(')')
    return inside
  }

  private comparison(): Pattern {
    const path = this.tokens[this.at++] ?? ''
    const kind = PATHS[path.toLowerCase()] ?? (HASH_PATH.test(path) ? 'hash' : undefined)
    if (kind === undefined) throw new Refusal(`${this.shown(path)} is not looked for`)
    const operator = (this.tokens[this.at++] ?? '').toUpperCase()
    const object = path.slice(0, path.indexOf(':'))
    const take = (): readonly Comparison[] => {
      const text = this.constant()
      const found = classify(text, kind)
      if ('reason' in found) throw new Refusal(`${this.shown(text)}: ${found.reason}`)
      return [{ atom: found.atom, text, object }]
    }
    if (operator === '=' || (operator === 'ISSUBSET' && kind === 'address')) return [take()]
    if (operator !== 'IN') throw new Refusal(`the comparison ${this.shown(operator)} is not looked for`)
    this.expect('(')
    const all = [take()]
    while (this.tokens[this.at] === ',') {
      this.at++
      all.push(take())
    }
    this.expect(')')
    return all
  }

  private constant(): string {
    const token = this.tokens[this.at++] ?? ''
    if (!token.startsWith("'") || token.length < 2) throw new Refusal(`${this.shown(token)} is not a text`)
    return token.slice(1, -1).replace(/\\(.)/g, '$1')
  }

  private word(): string {
    return (this.tokens[this.at] ?? '').toUpperCase()
  }

  private expect(token: string): void {
    const found = this.tokens[this.at++]
    if (found !== token) throw new Refusal(`${this.shown(found ?? 'the end')} where ${token} should stand`)
  }

  private shown(token: string): string {
    return token.length > 60 ? `${token.slice(0, 60)}...` : token
  }
}

/** All of one side with all of the other. Hashes of one file are as good as each other: whoever has one has all. */
function product(left: Pattern, right: Pattern): Pattern {
  if (left.length * right.length > MAX_ALTERNATIVES) throw new Refusal(`more than ${MAX_ALTERNATIVES} alternatives`)
  if ([...left, ...right].every((one) => one.length === 1 && one[0]!.atom.is === 'hash' && one[0]!.object === left[0]?.[0]?.object))
    return [...left, ...right]
  return left.flatMap((a) =>
    right.map((b) => {
      if (a.length + b.length > MAX_TOGETHER) throw new Refusal(`more than ${MAX_TOGETHER} conditions at once`)
      return [...a, ...b]
    }),
  )
}
