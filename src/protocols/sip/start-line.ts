/** Request and status lines: RFC 3261 §7.1, §7.2. */

/** Longest first line: servers refuse at 4 to 8 KiB. */
export const MAX_LINE = 8192

export interface RequestLine {
  readonly method: string
  readonly uri: string
  readonly version: string
}
export interface StatusLine {
  readonly code: number
  readonly reason: string
  readonly version: string
}

const TOKEN = "[A-Za-z0-9.!%*_+`'~-]{1,32}"
/** White space inside the URI is against the grammar and yet seen (RFC 4475 §3.1.2.5): only the ends are relied on. */
const REQUEST = new RegExp(`^(${TOKEN})[ \\t]{1,16}(\\S(?:.*\\S)?)[ \\t]{1,16}SIP/(\\d{1,3}\\.\\d{1,3})[ \\t]*$`, 'is')
const STATUS = /^SIP\/(\d{1,3}\.\d{1,3})[ \t]{1,16}([1-6]\d\d)(?:[ \t]+(.*))?$/is
/** What a stranger's line must look like to be taken for a request: a URI with a scheme, or the `*` of a sloppy scanner. */
const SURE_REQUEST = new RegExp(`^${TOKEN} (?:<?[A-Za-z][A-Za-z0-9+.-]{0,31}:[^\\s]|\\*).* SIP/2\\.0[ \\t]*\\r?$`, 'i')
const SURE_STATUS = /^SIP\/2\.0 [1-6]\d\d(?: |\r?$)/i

export function readRequestLine(line: string): RequestLine | undefined {
  const found = line.length > MAX_LINE ? null : REQUEST.exec(line)
  return found ? { method: found[1]!, uri: found[2]!, version: found[3]! } : undefined
}

export function readStatusLine(line: string): StatusLine | undefined {
  const found = line.length > MAX_LINE ? null : STATUS.exec(line)
  return found ? { version: found[1]!, code: Number(found[2]), reason: (found[3] ?? '').trim() } : undefined
}

export type LineKind = 'request' | 'response' | 'no'

/** A whole line, without its LF: does a message start here? Strict: for bytes nobody vouches for. */
export function kindOfLine(line: string): LineKind {
  if (SURE_STATUS.test(line)) return readStatusLine(line.trimEnd()) ? 'response' : 'no'
  return line.length <= MAX_LINE && SURE_REQUEST.test(line) && readRequestLine(line.trimEnd()) ? 'request' : 'no'
}

/** Methods are capitals, and what follows is a URI of a telephone or of somebody's address; `*` is a sloppy scanner's. */
const BEGUN = /^[A-Z]{1,32}(?: (?:\*.*|<?(?:s|si|sip|sips|t|te|tel|u|ur|urn|i|im|p|pr|pre|pres|(?:sips?|tel|urn|im|pres):.*))?)?$/i

/** A line whose end is not there yet: what it may become. */
export function kindOfStart(text: string): LineKind {
  const start = text.endsWith('\r') ? text.slice(0, -1) : text
  if (start.length > MAX_LINE) return 'no'
  const head = start.slice(0, 8).toUpperCase()
  if ('SIP/2.0 '.startsWith(head)) return 'response'
  if (head === 'SIP/2.0 ') return /^SIP\/2\.0 (?:[1-6]\d{0,2}(?: .*)?)?$/i.test(start) ? 'response' : 'no'
  return BEGUN.test(start) ? 'request' : 'no'
}
