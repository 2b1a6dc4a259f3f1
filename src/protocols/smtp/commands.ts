/** What a client's line says: verb and argument, envelope address, ESMTP parameters (RFC 5321 §4.1). */

/** Parameters kept of one MAIL or RCPT; the registered ones are about twenty. */
const MAX_PARAMETERS = 32
/** Characters kept of an address; RFC 5321 §4.5.3.1 allows 256. */
export const MAX_ADDRESS = 1024

/** Bytes of a line that are looked at to tell a command from text; no command but AUTH is longer. */
export const MAX_LOOK = 1024

const VERBS = new Set([
  ...['HELO', 'EHLO', 'LHLO', 'MAIL', 'RCPT', 'DATA', 'BDAT', 'BURL', 'RSET', 'QUIT', 'NOOP', 'HELP', 'VRFY', 'EXPN'],
  ...['AUTH', 'STARTTLS', 'ETRN', 'ATRN', 'TURN', 'SEND', 'SOML', 'SAML', 'XCLIENT', 'XFORWARD', 'X-EXPS'],
])

export const isVerb = (word: string): boolean => VERBS.has(word)

/** Verbs that say hello and begin a session anew. */
export const isHello = (verb: string): boolean => verb === 'EHLO' || verb === 'HELO' || verb === 'LHLO'
/** MAIL and its forgotten sisters of RFC 821 §3.4. */
export const isMail = (verb: string): boolean => verb === 'MAIL' || verb === 'SEND' || verb === 'SOML' || verb === 'SAML'

/** Splits at the first blank; the verb in upper case. */
export function splitLine(line: string): [verb: string, argument: string] {
  let at = 0
  while (at < line.length && line.charCodeAt(at) > 0x20) at++
  return [line.slice(0, at).toUpperCase(), line.slice(at).trim()]
}

/**
 * Could this line stand in a message? Only what is a whole, well-formed command says no: "Quit smoking" is text, "QUIT" is
 * not. Asked where the context is lost: behind a gap, at the start of a capture, before the server's 354 was seen.
 */
const COMMAND = new RegExp(
  [
    '^(?:(?:MAIL|SEND|SOML|SAML)[ \\t]+FROM[ \\t]*:',
    'RCPT[ \\t]+TO[ \\t]*:',
    '(?:EHLO|HELO|LHLO)(?:[ \\t]+\\S+)?[ \\t]*$',
    '(?:DATA|RSET|QUIT|STARTTLS|NOOP|HELP|TURN)[ \\t]*$',
    'BDAT[ \\t]+\\d+(?:[ \\t]+LAST)?[ \\t]*$',
    '(?:VRFY|EXPN|ETRN)[ \\t]+\\S+[ \\t]*$',
    '(?:AUTH|X-EXPS)[ \\t]+[A-Z0-9_-]{3,20}(?:[ \\t]+\\S+)?[ \\t]*$',
    '(?:XCLIENT|XFORWARD)[ \\t]+[A-Z]+=)',
  ].join('|'),
  'i',
)
export const looksLikeCommand = (line: string): boolean => COMMAND.test(line)

export interface Envelope {
  /** '' is the null sender. Undefined when there is no address at all. */
  readonly address: string | undefined
  /** Keys in upper case; a parameter without value is true. */
  readonly parameters: Record<string, string | true> | undefined
}

/** `FROM:<a@b> SIZE=10` or `TO: <a@b>`; brackets may be missing, a source route (`<@relay:a@b>`) is dropped. */
export function readEnvelope(argument: string): Envelope {
  const colon = argument.indexOf(':')
  if (colon < 0) return { address: undefined, parameters: undefined }
  let at = colon + 1
  while (argument.charCodeAt(at) === 0x20 || argument.charCodeAt(at) === 0x09) at++
  let address: string
  if (argument[at] === '<') {
    const close = bracketEnd(argument, at + 1)
    address = argument.slice(at + 1, close)
    at = close + 1
  } else {
    const from = at
    while (at < argument.length && argument.charCodeAt(at) > 0x20) at++
    if (at === from) return { address: undefined, parameters: undefined }
    address = argument.slice(from, at)
  }
  if (address.startsWith('@')) {
    const route = address.indexOf(':')
    if (route > 0) address = address.slice(route + 1)
  }
  return { address: address.trim().slice(0, MAX_ADDRESS), parameters: readParameters(argument.slice(at)) }
}

/** Where '>' closes the path; one inside a quoted local part (RFC 5321 §4.1.2) does not. */
function bracketEnd(text: string, from: number): number {
  let quoted = false
  for (let at = from; at < text.length; at++) {
    const char = text[at]
    if (char === '\\' && quoted) at++
    else if (char === '"') quoted = !quoted
    else if (char === '>' && !quoted) return at
  }
  const plain = text.indexOf('>', from)
  return plain < 0 ? text.length : plain
}

function readParameters(text: string): Record<string, string | true> | undefined {
  let out: Record<string, string | true> | undefined
  let count = 0
  for (const word of text.split(/[ \t]+/)) {
    if (word === '' || word === '>') continue
    if (++count > MAX_PARAMETERS) break
    const equals = word.indexOf('=')
    const key = (equals < 0 ? word : word.slice(0, equals)).toUpperCase()
    out ??= Object.create(null) as Record<string, string | true>
    out[key] = equals < 0 ? true : xtext(key, word.slice(equals + 1))
  }
  return out && { ...out }
}

/** RFC 3461 §4: +2B stands for a byte, in the values that are defined so. */
const xtext = (key: string, value: string): string =>
  key === 'ENVID' || key === 'ORCPT' || key === 'AUTH'
    ? value.replaceAll(/\+([0-9A-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
    : value

/** RFC 3030 §2: `BDAT size [LAST]`. */
export function readChunk(argument: string): { size: number; last: boolean } | undefined {
  // Fifteen digits stay exact in a number.
  const found = /^(\d{1,15})(?:[ \t]+(LAST))?$/i.exec(argument)
  return found ? { size: Number(found[1]), last: found[2] !== undefined } : undefined
}

/** Text of a line: UTF-8 where it is valid (RFC 6531), else byte by byte. */
export function lineText(buf: Buffer, from: number, to: number): string {
  for (let at = from; at < to; at++) {
    if ((buf[at] ?? 0) < 0x80) continue
    const text = buf.toString('utf8', from, to)
    return text.includes('\ufffd') ? buf.toString('latin1', from, to) : text
  }
  return buf.toString('latin1', from, to)
}

/** `end` without the line end before it. */
export function trimEnd(buf: Buffer, from: number, end: number): number {
  let at = end
  while (at > from && (buf[at - 1] === 0x0a || buf[at - 1] === 0x0d)) at--
  return at
}
