/** The header fields of a message as a map, for the few rows and options that ask for them. */
import { contentLength } from './framing.js'
import { FieldScan, type Head, MAX_FIELDS } from './head.js'
import { type Masking, REDACTED } from './masking.js'
import type { HttpOptions } from './options.js'

export type HeaderValue = string | number | Record<string, string>
export type HeaderMap = Record<string, HeaderValue>

const wanted = new WeakMap<object, ReadonlySet<string>>()
/** `send_headers`, lower-case, made once per set of options. */
function wantedHeaders(options: HttpOptions): ReadonlySet<string> {
  let names = wanted.get(options)
  if (!names) {
    names = new Set(options.send_headers.map((name) => name.toLowerCase()))
    wanted.set(options, names)
  }
  return names
}

const addTo = (map: Record<string, HeaderValue>, name: string, value: string): void => {
  const before = map[name]
  map[name] = typeof before === 'string' ? `${before}, ${value}` : value
}

/** content-length (the counted one where none is declared) and content-type always, the rest as the options say. */
export function headerMap(head: Head, bodyBytes: number | undefined, options: HttpOptions, masking: Masking): HeaderMap {
  const declared = head.get('content-length')
  const length = declared === undefined ? bodyBytes : contentLength(declared)
  const lengthText = length === undefined ? undefined : masking.isRedacted('content-length') ? REDACTED : length < 0 ? declared! : length
  const names = wantedHeaders(options)
  if (!options.send_all_headers && names.size === 0) {
    const map: HeaderMap = {}
    if (lengthText !== undefined) map['content-length'] = lengthText
    const type = head.get('content-type')
    if (type !== undefined) map['content-type'] = masking.header('content-type', type)
    return map
  }
  const map = collect(head.scan(), options, names, masking)
  if (lengthText !== undefined) map['content-length'] = lengthText
  return map
}

/** The same for a block of trailers; undefined when none is kept. */
export function trailerMap(text: string, options: HttpOptions, masking: Masking): HeaderMap | undefined {
  if (text === '') return undefined
  const names = wantedHeaders(options)
  if (!options.send_all_headers && names.size === 0) return undefined
  const map = collect(new FieldScan(text, 0), options, names, masking)
  return Object.keys(map).length > 0 ? map : undefined
}

function collect(scan: FieldScan, options: HttpOptions, names: ReadonlySet<string>, masking: Masking): HeaderMap {
  // No prototype: a header may be called __proto__.
  const map: HeaderMap = Object.create(null)
  for (let count = 0; count < MAX_FIELDS && scan.step(); count++) {
    const name = scan.name
    if (name === 'content-length') continue
    if (!options.send_all_headers && name !== 'content-type' && !names.has(name)) continue
    const value = masking.header(name, scan.value)
    if (options.split_cookie && (name === 'cookie' || name === 'set-cookie') && value !== REDACTED) {
      const before = map[name]
      map[name] = splitCookies(value, typeof before === 'object' ? before : Object.create(null))
    } else addTo(map, name, value)
  }
  return map
}

/** "a=1; Path=/; HttpOnly" -> { a: '1', path: '/', httponly: '' } */
function splitCookies(value: string, into: Record<string, string>): Record<string, string> {
  for (const pair of value.split(';', MAX_FIELDS)) {
    const equals = pair.indexOf('=')
    const name = (equals < 0 ? pair : pair.slice(0, equals)).trim().toLowerCase()
    if (name !== '')
      into[name] =
        equals < 0
          ? ''
          : pair
              .slice(equals + 1)
              .trim()
              .replace(/^"(.*)"$/, '$1')
  }
  return into
}

/** The head as text for `request` and `response`, masked field by field. */
export function headText(head: Head, startLine: string, options: HttpOptions, masking: Masking): string {
  const { text } = head
  const lf = text.indexOf('\n')
  const lineEnd = lf < 0 ? '' : lf > 0 && text.charCodeAt(lf - 1) === 0x0d ? '\r\n' : '\n'
  let out = startLine + lineEnd
  let copied = head.fieldsFrom
  const scan = head.scan()
  while (scan.step()) {
    const name = scan.name
    const value = scan.value
    const masked = masking.header(name, value)
    if (masked === value && !(options.redact_authorization && isAuthorization(name))) continue
    const from = scan.nameFrom
    out += text.slice(copied, from)
    // As many stars as there were characters, the blank after the colon included.
    out += options.redact_authorization && isAuthorization(name) ? scan.label + '*'.repeat(scan.rawLength) : `${scan.label} ${masked}`
    copied = from + scan.label.length + scan.rawLength
  }
  return out + text.slice(copied)
}

const isAuthorization = (name: string): boolean => name === 'authorization' || name === 'proxy-authorization'
