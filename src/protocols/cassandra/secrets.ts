/** Which parts of requests and answers are secret: values bound where a password stands, and what quotes them. */
import { isCardNumber, isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'

export type Secret = (text: string) => string

/** Columns that hold hashes of passwords: system_auth.roles. */
const isSecretColumnName = (name: string): boolean => isSecretName(name) || name.toLowerCase() === 'salted_hash'
export const isSecretColumn = isSecretColumnName

/** Quotes, comments and markers of CQL; markers inside the first two are none. */
const MARKERS = /'(?:[^']|'')*'|\$\$[\s\S]*?\$\$|"(?:[^"]|"")*"|\/\*[\s\S]*?\*\/|(?:--|\/\/)[^\n]*|\?|:(\w+|"(?:[^"]|"")*")/g
/** Statements longer than that with named markers are masked whole. */
const MAX_STATEMENT = 65536

/** Which of the named values stand where a secret does: by their own name, or by that of the column. */
export function secretNames(sql: string, ordinals: readonly number[]): ReadonlySet<string> | 'all' {
  if (ordinals.length === 0) return NONE
  if (sql.length > MAX_STATEMENT) return 'all'
  const names = new Set<string>()
  let ordinal = 0
  for (const match of sql.matchAll(MARKERS)) {
    if (match[0] !== '?' && match[1] === undefined) continue
    if (match[1] !== undefined && ordinals.includes(ordinal)) names.add(match[1].replaceAll('"', '').toLowerCase())
    ordinal++
  }
  return names
}
const NONE: ReadonlySet<string> = new Set()

/** A bound value or a cell that is text: card numbers, and passwords in connection strings, are masked. */
export function washValue(value: unknown, secret: Secret, depth = 0): unknown {
  if (typeof value === 'string') return isCardNumber(value) ? secret(value) : maskText(value, secret)
  if (typeof value !== 'object' || value === null || depth > MAX_DEPTH) return value
  if (Array.isArray(value)) return value.map((item) => washValue(item, secret, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [
      key,
      depth < MAX_DEPTH && isSecretName(key) && item !== null ? secretValue(item, secret) : washValue(item, secret, depth + 1),
    ]),
  )
}
/** Values nest as deep as types do. */
const MAX_DEPTH = 16

/** A value that is secret as a whole. */
export const secretValue = (value: unknown, secret: Secret): string =>
  secret(typeof value === 'string' ? value : typeof value === 'object' ? describe(value) : String(value))

function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'text' in value) return String(value.text)
  return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)) ?? ''
}

/** Secrets of one request that are remembered, to find them again in what the server says. */
const MAX_SECRETS = 64
/** Shorter ones would be found everywhere. */
const MIN_LENGTH = 3

/** What a request must not let out: looked for in errors and warnings, which quote statements and values. */
export class SecretWords {
  private readonly words: string[] = []

  add(word: string): void {
    if (word.length >= MIN_LENGTH && this.words.length < MAX_SECRETS && !this.words.includes(word)) this.words.push(word)
  }

  /** The parts of a statement that its masked text does not show. */
  addMasked(original: string, masked: string, mask: string): void {
    if (original === masked || mask === '') return
    const pieces = masked.split(mask)
    let at = 0
    for (let i = 0; i < pieces.length; i++) {
      const piece = pieces[i]!
      const found = i === pieces.length - 1 && piece === '' ? original.length : original.indexOf(piece, at)
      if (found < 0) return
      if (i > 0) this.add(original.slice(at, found))
      at = found + piece.length
    }
  }

  wash(text: string, secret: Secret): string {
    let out = text
    for (const word of this.words) if (out.includes(word)) out = out.split(word).join(secret(word))
    return maskText(out, secret)
  }
}
