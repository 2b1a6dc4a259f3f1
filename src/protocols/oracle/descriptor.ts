/**
 * Connect descriptors: nested lists of (KEY=VALUE), where a value is text or a list again. Oracle Net's own syntax, as in tnsnames.ora.
 * Secrets in them are told by the key.
 */
import { isSecretName } from '../shared/secret-names.js'

/** Characters of a descriptor that are read: the protocol allows 32767. */
export const MAX_DESCRIPTOR = 32_767
/** Lists inside lists; a real descriptor has six at most. */
const MAX_DEPTH = 16
/** Pairs of one descriptor; one with fifty addresses has about three hundred. */
const MAX_PAIRS = 2000

export interface Pair {
  /** Upper-case, with those above it: "DESCRIPTION.CONNECT_DATA.CID.USER". */
  readonly path: string
  readonly key: string
  readonly value: string
}

export interface Descriptor {
  readonly pairs: readonly Pair[]
  /** The text with its secrets masked. */
  readonly text: string
}

/** Read leniently: what has no end ends with the text. */
export function readDescriptor(source: string, secret: (text: string) => string): Descriptor {
  const input = source.length > MAX_DESCRIPTOR ? source.slice(0, MAX_DESCRIPTOR) : source
  const pairs: Pair[] = []
  const path: string[] = []
  let text = ''
  let copied = 0
  let at = 0
  while (at < input.length) {
    const c = input[at]!
    if (c === ')') {
      path.pop()
      at++
    } else if (c === '(') {
      const equals = keyEnd(input, at + 1)
      if (equals < 0) {
        at++
        continue
      }
      const key = input
        .slice(at + 1, equals)
        .trim()
        .toUpperCase()
      path.push(path.length < MAX_DEPTH ? key : '')
      at = skipSpace(input, equals + 1)
      if (input[at] === '(') continue
      const end = valueEnd(input, at)
      const raw = input.slice(at, end)
      const value = raw.trim().replace(/^"(.*)"$/s, '$1')
      const hidden = value !== '' && isSecretKey(key)
      if (hidden) {
        text += input.slice(copied, at) + secret(value)
        copied = end
      }
      if (pairs.length < MAX_PAIRS) pairs.push({ path: path.join('.'), key, value: hidden ? secret(value) : value })
      at = end
    } else at++
  }
  return { pairs, text: text + input.slice(copied) }
}

/** Keys that carry passwords or tokens; names of files and authentication services are none. */
const isSecretKey = (key: string): boolean => isSecretName(key) && key !== 'AUTHENTICATION_SERVICE'

function keyEnd(input: string, from: number): number {
  for (let i = from; i < input.length && i - from <= 64; i++) {
    const c = input[i]
    if (c === '=') return i > from ? i : -1
    if (c === '(' || c === ')') return -1
  }
  return -1
}

function skipSpace(input: string, from: number): number {
  let at = from
  while (at < input.length && input.charCodeAt(at) <= 0x20) at++
  return at
}

/** Values may be quoted; parentheses inside quotes belong to them. */
function valueEnd(input: string, from: number): number {
  if (input[from] === '"') {
    const close = input.indexOf('"', from + 1)
    if (close > 0) return close + 1
  }
  for (let i = from; i < input.length; i++) if (input[i] === ')' || input[i] === '(') return i
  return input.length
}

/** The first value whose path ends so. */
export const find = (d: Descriptor, end: string): string | undefined =>
  d.pairs.find(({ path, value }) => value !== '' && (path === end || path.endsWith(`.${end}`)))?.value
export const findNumber = (d: Descriptor, end: string): number | undefined => {
  const value = find(d, end)
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined
}
