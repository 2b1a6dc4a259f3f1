/** What a request must not let out through its answer: errors may quote the statement. */
import { isCardNumber, isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'

export type Secret = (text: string) => string

/** Words of one statement that are remembered, and the shortest of them: shorter ones would be found everywhere. */
const MAX_WORDS = 64
const MIN_WORD = 3

/** Words of a statement that its masked text does not show. */
export function hiddenWords(original: string, masked: string): string[] {
  if (original === masked) return []
  const words: string[] = []
  for (const [word] of original.matchAll(/[^\s"'()=,;]+/g)) {
    if (word.length < MIN_WORD || masked.includes(word) || words.includes(word)) continue
    words.push(word)
    if (words.length >= MAX_WORDS) break
  }
  return words
}

export function wash(text: string, words: readonly string[], secret: Secret): string {
  let out = text
  for (const word of words) if (out.includes(word)) out = out.split(word).join(secret(word))
  return maskText(out, secret)
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : (JSON.stringify(value) ?? ''))
/** A value by the name of its column, or by what it is. */
export function showValue(value: unknown, hidden: boolean, secret: Secret): unknown {
  if (value === undefined || value === null) return null
  if (hidden) return secret(textOf(value))
  if (typeof value !== 'string') return value
  return isCardNumber(value) ? secret(value) : maskText(value, secret)
}
export const isSecretColumn = isSecretName
