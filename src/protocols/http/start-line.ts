/** Request and status lines: read, recognised from a few bytes, and found again in the middle of a stream. RFC 9112 §3, §4. */
import type { Side } from '../../model/side.js'
import { Memo } from '../shared/memo.js'
import { isMethodPrefix, knownMethod, LONGEST_METHOD, methodAtEnd } from './names.js'

/** Longest method that is believed; the longest registered one has 17 letters. */
const MAX_METHOD = 32

export interface RequestLine {
  readonly method: string
  /** As sent; '' when the line has none (seen from probes that leave it out). */
  readonly target: string
  /** '1.1'; '0.9' for a line without version; '' when it is cut ("HTTP/1."). */
  readonly version: string
}

export interface StatusLine {
  readonly version: string
  readonly code: number
  readonly phrase: string
}

const isSpace = (c: number): boolean => c === 0x20 || c === 0x09
const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39

/** RFC 9110 §5.6.2: the characters of a token. */
export function isToken(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    const letter = (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a)
    if (!letter && !isDigit(c) && !"!#$%&'*+-.^_`|~".includes(text[i]!)) return false
  }
  return text.length > 0
}

/** "1.1" from "HTTP/1.1"; '' from "HTTP/1."; undefined for any other text. */
function versionOf(text: string): string | undefined {
  if (!text.startsWith('HTTP/1.')) return undefined
  for (let i = 7; i < text.length; i++) if (!isDigit(text.charCodeAt(i))) return undefined
  return text.length > 9 ? undefined : text.length === 7 ? '' : text.slice(5)
}

export function readRequestLine(line: string): RequestLine | undefined {
  let end = 0
  while (end < line.length && end <= MAX_METHOD && !isSpace(line.charCodeAt(end))) end++
  if (end === 0 || end > MAX_METHOD || end === line.length) return undefined
  const word = line.slice(0, end)
  const known = knownMethod(word)
  if (!known && !isToken(word)) return undefined
  const method = known ?? word
  const rest = line.slice(end + 1).trim()
  const cut = Math.max(rest.lastIndexOf(' '), rest.lastIndexOf('\t'))
  const version = versionOf(rest.slice(cut + 1))
  if (version !== undefined) {
    const target = cut < 0 ? '' : rest.slice(0, cut).trim()
    return target === '' && !known ? undefined : { method, target, version }
  }
  // HTTP/0.9 had no version; only what nothing else would send is taken for it.
  if (!known || cut >= 0 || !(rest.startsWith('/') || rest.startsWith('http://'))) return undefined
  return { method, target: rest, version: '0.9' }
}

const statusLines = new Memo(takeStatusLine)
/** Servers say the same few lines again and again. */
export const readStatusLine = (line: string): StatusLine | undefined => statusLines.of(line)

function takeStatusLine(line: string): StatusLine | undefined {
  if (!line.startsWith('HTTP/1.')) return undefined
  let at = 7
  while (isDigit(line.charCodeAt(at))) at++
  const version = versionOf(line.slice(0, at))
  if (version === undefined) return undefined
  const space = at
  while (isSpace(line.charCodeAt(at))) at++
  if (at === space) return undefined
  const code = (line.charCodeAt(at) - 0x30) * 100 + (line.charCodeAt(at + 1) - 0x30) * 10 + line.charCodeAt(at + 2) - 0x30
  for (let i = at; i < at + 3; i++) if (!isDigit(line.charCodeAt(i))) return undefined
  if (code < 100 || (line.length > at + 3 && !isSpace(line.charCodeAt(at + 3)))) return undefined
  return { version, code, phrase: line.slice(at + 3).trim() }
}

const STATUS_PREFIX = 'HTTP/1.'

/** Do the first bytes of a message, as far as they are here, fit its side? 'yes' only for a whole line. */
export function startLikeness(side: Side, text: string): 'no' | 'maybe' | 'yes' {
  const lf = text.indexOf('\n')
  const line = lf < 0 ? text : text.slice(0, lf > 0 && text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf)
  if (side === 'server') {
    if (!line.startsWith(STATUS_PREFIX)) return lf < 0 && STATUS_PREFIX.startsWith(line) ? 'maybe' : 'no'
    if (lf >= 0) return readStatusLine(line) ? 'yes' : 'no'
    return /^HTTP\/1\.\d{0,2}(?:[ \t]+\d{0,3}(?:[ \t][\s\S]*)?)?\r?$/.test(line) ? 'maybe' : 'no'
  }
  if (lf >= 0) return readRequestLine(line) ? 'yes' : 'no'
  const space = line.search(/[ \t]/)
  const word = space < 0 ? line : line.slice(0, space)
  if (word.length > MAX_METHOD || (word !== '' && !isToken(word))) return 'no'
  return 'maybe'
}

/** For detection: as above, but a line without version, or with a method that only looks like a word, is not proof. */
export function probeLikeness(side: Side, text: string): 'no' | 'maybe' | 'weak' | 'yes' {
  const likeness = startLikeness(side, text)
  if (likeness === 'no' || side === 'server') return likeness
  const space = text.search(/[ \t\r\n]/)
  const method = space < 0 ? text : text.slice(0, space)
  if (likeness === 'yes') {
    const line = readRequestLine(text.slice(0, text.indexOf('\n')).trimEnd())
    if (!line) return 'no'
    return line.version === '0.9' || (line.target === '' && line.version !== '') ? 'weak' : 'yes'
  }
  if (space < 0) return isMethodPrefix(method) || /^[A-Z][A-Z_-]*$/.test(method) ? 'maybe' : 'no'
  if (!knownMethod(method) && !/^[A-Z][A-Z_-]*$/.test(method)) return 'no'
  // The target so far tells RTSP, SIP and ICAP apart before their version does.
  const target = text.slice(space + 1)
  if (/^(?:rtspu?|sips?|icap|tel):/i.test(target)) return 'no'
  return 'maybe'
}

/**
 * A start line that was cut off, made readable: method and target of a request as far as they go (which a row says), the
 * code of a response. '' when not even those are there.
 */
export function wholeWords(side: Side, text: string): string {
  if (side === 'server') return /^HTTP\/1\.\d [1-5]\d\d(?: |$)/.test(text) ? text : ''
  const [method = '', target = ''] = text.split(/[ \t]+/, 2)
  return knownMethod(method) && target !== '' ? `${method} ${target} HTTP/1.` : ''
}

/** Furthest that a request line may reach back from its version: longer targets are not found again after a loss. */
export const MAX_SOUGHT_LINE = 8192

/** Where in `line` (without its end) a message of `side` starts, -1 when none does; bytes before it belong to what was lost. */
export function findStart(side: Side, line: string): number {
  if (side === 'server') {
    for (let at = line.indexOf(STATUS_PREFIX); at >= 0; at = line.indexOf(STATUS_PREFIX, at + 1)) {
      if (/^HTTP\/1\.[01] [1-5]\d\d(?: |\r?$)/.test(line.slice(at, at + 14))) return at
    }
    return -1
  }
  const version = line.lastIndexOf(' HTTP/1.')
  if (version < 0 || !/^ HTTP\/1\.[01]\r?$/.test(line.slice(version, version + 12))) return -1
  const space = line.lastIndexOf(' ', version - 1)
  if (space <= 0) return -1
  const method = methodAtEnd(line.slice(Math.max(0, space - LONGEST_METHOD), space))
  return method === '' || version - space < 2 ? -1 : space - method.length
}
