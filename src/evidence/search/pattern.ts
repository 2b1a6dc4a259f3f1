/** What is looked for in payload, over bytes: a run of bytes, text, or a regular expression that is matched in linear time. */
import { RE2JS, RE2JSException } from 're2js'
import { UserError } from '../../model/user-error.js'

export interface Pattern {
  /** Bytes behind a place that must be there before a match that begins at it is believed: it may go on. */
  readonly overlap: number
  /** Bytes gathered before they are looked at; 0 = as they come. */
  readonly gather: number
  /** First match in `bytes` that begins at `from` or behind it, in place. */
  find(bytes: Buffer, from: number): { readonly start: number; readonly end: number } | undefined
}

/** Longest text or run of bytes; what is looked for is typed or a hash. */
const MAX_LITERAL = 1024
/** Longest expression, and most instructions that it may compile to: time is the payload's bytes times these. */
const MAX_EXPRESSION = 1024
const MAX_PROGRAM = 2000
/** Longest match of an expression that is sure to be found whole wherever it lies; documented. */
export const MAX_MATCH = 4096
/**
 * Bytes of a side that are matched at once. More would save little of what a call costs. An expression that reads to the end before each of
 * its short matches (x[^y]*y|x) takes the square of this at worst, and less lets that pass.
 */
const GATHER = 16 * 1024
/** Bytes shown behind a match. */
export const SHOWN_AROUND = 32

export interface PatternOptions {
  readonly text: string
  readonly kind: 'text' | 'hex' | 'regex'
  readonly ignoreCase: boolean
}

/** Throws UserError for what is no pattern. */
export function patternOf({ text, kind, ignoreCase }: PatternOptions): Pattern {
  if (kind === 'regex') return new Expression(text, ignoreCase)
  if (kind === 'hex' && ignoreCase) throw new UserError('--ignore-case says nothing about bytes given with --hex')
  const bytes = kind === 'hex' ? hexBytes(text) : Buffer.from(text, 'utf8')
  if (bytes.length === 0) throw new UserError('the pattern is empty')
  if (bytes.length > MAX_LITERAL) throw new UserError(`the pattern has ${bytes.length} bytes; ${MAX_LITERAL} are the most`)
  return ignoreCase ? new FoldedText(bytes) : new Bytes(bytes)
}

function hexBytes(text: string): Buffer {
  const digits = text.replace(/[\s:]/g, '').replace(/^0x/i, '')
  if (/^(?:[0-9a-f]{2})+$/i.test(digits)) return Buffer.from(digits, 'hex')
  throw new UserError(`--hex ${text}: not bytes in hex`, ["two digits a byte: --hex 'de ad be ef', or deadbeef"])
}

class Bytes implements Pattern {
  readonly gather = 0
  readonly overlap: number

  constructor(private readonly bytes: Buffer) {
    this.overlap = bytes.length - 1 + SHOWN_AROUND
  }

  find(bytes: Buffer, from: number) {
    const start = bytes.indexOf(this.bytes, from)
    return start < 0 ? undefined : { start, end: start + this.bytes.length }
  }
}

/** Letters of ASCII in either case; other characters as they are. */
class FoldedText implements Pattern {
  readonly gather = GATHER
  readonly overlap: number
  private readonly needle: Buffer
  private folded: { readonly of: Buffer; readonly bytes: Buffer } | undefined

  constructor(text: Buffer) {
    this.needle = folded(text)
    this.overlap = text.length - 1 + SHOWN_AROUND
  }

  find(bytes: Buffer, from: number) {
    // The same bytes are asked about until nothing more is found in them.
    if (this.folded?.of !== bytes) this.folded = { of: bytes, bytes: folded(bytes) }
    const start = this.folded.bytes.indexOf(this.needle, from)
    return start < 0 ? undefined : { start, end: start + this.needle.length }
  }
}

function folded(bytes: Buffer): Buffer {
  const out = Buffer.from(bytes)
  for (let i = 0; i < out.length; i++) {
    const byte = out[i]!
    if (byte >= 0x41 && byte <= 0x5a) out[i] = byte | 0x20
  }
  return out
}

class Expression implements Pattern {
  readonly gather = GATHER
  readonly overlap = MAX_MATCH
  private readonly compiled: RE2JS
  private at: { readonly of: Buffer; readonly matcher: ReturnType<RE2JS['matcher']> } | undefined

  constructor(text: string, ignoreCase: boolean) {
    if (text.length > MAX_EXPRESSION) throw new UserError(`the expression has ${text.length} characters; ${MAX_EXPRESSION} are the most`)
    const flags = RE2JS.MULTILINE | RE2JS.DISABLE_UNICODE_GROUPS | (ignoreCase ? RE2JS.CASE_INSENSITIVE : 0)
    try {
      this.compiled = RE2JS.compile(overBytes(text), flags)
    } catch (error) {
      if (!(error instanceof RE2JSException)) throw error
      throw new UserError(`not a regular expression: ${error.message}`, [
        'the syntax is that of RE2, without back references and looks around',
        'without --regex the pattern is taken as text',
      ])
    }
    const size = this.compiled.programSize()
    if (size > MAX_PROGRAM) throw new UserError(`the expression is too large: ${size} steps, ${MAX_PROGRAM} are the most`, ['repeat less'])
    if (this.compiled.matcher('').find())
      throw new UserError('the expression matches the empty text, which is everywhere', ['+ in place of *'])
  }

  find(bytes: Buffer, from: number) {
    // A byte is a character of the same number: what the engine counts are bytes.
    if (this.at?.of !== bytes) this.at = { of: bytes, matcher: this.compiled.matcher(bytes.toString('latin1')) }
    const { matcher } = this.at
    for (let at = from; at <= bytes.length && matcher.find(at); at = matcher.end() + 1)
      // An empty match within (\b, ^) is none.
      if (matcher.end() > matcher.start()) return { start: matcher.start(), end: matcher.end() }
    return undefined
  }
}

/**
 * The expression for bytes: a character beyond ASCII stands for its bytes in UTF-8. Letters have a case in ASCII alone. Throws UserError
 * for such a character within brackets, where one byte is meant.
 */
function overBytes(text: string): string {
  let out = ''
  let inClass = false
  let quoted = false
  const chars = [...text]
  for (let i = 0; i < chars.length; i++) {
    const char = chars[i]!
    const next = chars[i + 1] ?? ''
    if (char > '\x7f') {
      if (inClass || quoted)
        throw new UserError(`${char} is several bytes, and one is meant within ${inClass ? '[]' : '\\Q\\E'}`, [
          'write (?:ä|ö) in place of [äö]',
        ])
      out += `(?-i:${hexEscapes(Buffer.from(char, 'utf8'))})`
    } else if (quoted) {
      if (char === '\\' && next === 'E') quoted = false
      out += char
    } else if (char === '\\') {
      const byte = /^\\x([89a-f][0-9a-f])/i.exec(chars.slice(i, i + 4).join(''))
      if (byte && !inClass) {
        out += `(?-i:\\x${byte[1]})`
        i += 3
        continue
      }
      if (next === 'Q') quoted = true
      if (next > '\x7f')
        out += '' // the character itself follows
      else {
        out += char + next
        i++
      }
    } else {
      if (char === '[' && !inClass) {
        inClass = true
        out += char
        // A bracket that comes first is one of those meant.
        if (chars[i + 1] === '^') out += chars[++i]
        if (chars[i + 1] === ']') {
          out += '\\]'
          i++
        }
        continue
      }
      if (char === '[' && inClass && next === ':') {
        const end = chars.indexOf(']', i)
        if (end > 0) {
          out += chars.slice(i, end + 1).join('')
          i = end
          continue
        }
      }
      if (char === ']') inClass = false
      out += char
    }
  }
  return out
}

const hexEscapes = (bytes: Buffer): string => [...bytes].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
