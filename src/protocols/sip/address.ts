/** URIs and what header fields wrap around them: RFC 3261 §19.1, §20.10, §25.1; tel URIs RFC 3966. */
import { splitAt } from './headers.js'

/** Longest value that is taken apart: longer ones are no addresses. */
const MAX_ADDRESS = 4096

export interface Uri {
  /** As written, password included: mask before it enters a row. */
  readonly original: string
  readonly scheme: string | undefined
  readonly user: string | undefined
  readonly host: string | undefined
  readonly port: number | undefined
  readonly transport: string | undefined
}

export interface Address {
  readonly display: string | undefined
  readonly uri: Uri
  /** Parameters of the header field, names in lower case. */
  readonly params: ReadonlyMap<string, string>
}

export function readUri(text: string): Uri {
  const original = text.trim()
  const colon = original.indexOf(':')
  const scheme = colon > 0 && colon < 32 ? original.slice(0, colon).toLowerCase() : undefined
  if (scheme === undefined || original.length > MAX_ADDRESS || !/^[a-z][a-z0-9+.-]*$/.test(scheme)) return bare(original)
  let rest = original.slice(colon + 1)
  if (scheme === 'tel') {
    const end = endOfPlace(rest)
    return {
      original,
      scheme,
      user: (end < 0 ? rest : rest.slice(0, end)) || undefined,
      host: undefined,
      port: undefined,
      transport: undefined,
    }
  }
  if (scheme !== 'sip' && scheme !== 'sips' && !rest.includes('@')) return { ...bare(original), scheme }
  let user: string | undefined
  // A user part may hold ';' and '?', a host never an '@'.
  const at = rest.lastIndexOf('@')
  if (at >= 0) {
    const whole = rest.slice(0, at)
    const password = whole.indexOf(':')
    user = (password < 0 ? whole : whole.slice(0, password)) || undefined
    rest = rest.slice(at + 1)
  }
  const end = endOfPlace(rest)
  const hostport = end < 0 ? rest : rest.slice(0, end)
  const transport = end < 0 ? undefined : /;transport=([^;?\s]{1,16})/i.exec(rest.slice(end))?.[1]?.toLowerCase()
  const found = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?/.exec(hostport)!
  const host = found[1]!.startsWith('[') ? found[1]!.slice(1, -1) : found[1]!
  const port = found[2] === undefined ? undefined : Number(found[2])
  return { original, scheme, user, host: host || undefined, port: port !== undefined && port <= 0xffff ? port : undefined, transport }
}
/** Where parameters or headers of a URI begin; -1 for none. */
function endOfPlace(text: string): number {
  const params = text.indexOf(';')
  const headers = text.indexOf('?')
  return params < 0 ? headers : headers < 0 ? params : Math.min(params, headers)
}
const bare = (original: string): Uri => ({
  original,
  scheme: undefined,
  user: undefined,
  host: undefined,
  port: undefined,
  transport: undefined,
})

/** `"Display" <uri>;param=value`, or the URI alone, whose parameters are then the field's own. */
export function readAddress(value: string): Address | undefined {
  if (value === '' || value.length > MAX_ADDRESS) return undefined
  const open = openingBracket(value)
  if (open < 0) {
    const [uri = '', ...params] = splitAt(value, ';')
    return { display: undefined, uri: readUri(uri), params: readParams(params) }
  }
  const close = value.indexOf('>', open)
  const end = close < 0 ? value.length : close
  const display = unquote(value.slice(0, open).trim())
  const [, ...params] = splitAt(value.slice(end + 1), ';')
  return { display: display || undefined, uri: readUri(value.slice(open + 1, end)), params: readParams(params) }
}

function openingBracket(value: string): number {
  let quoted = false
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i)
    if (quoted && c === 0x5c) i++
    else if (c === 0x22) quoted = !quoted
    else if (c === 0x3c && !quoted) return i
  }
  return -1
}

/** Text without its quotes and their escapes. */
export function unquote(text: string): string {
  if (text.length < 2 || !text.startsWith('"')) return text
  return text.slice(1, text.endsWith('"') ? -1 : undefined).replace(/\\(.)/g, '$1')
}

export function readParams(parts: readonly string[]): ReadonlyMap<string, string> {
  const params = new Map<string, string>()
  for (const part of parts) {
    if (part === '') continue
    const equals = part.indexOf('=')
    const name = (equals < 0 ? part : part.slice(0, equals)).trim().toLowerCase()
    if (!params.has(name)) params.set(name, equals < 0 ? '' : unquote(part.slice(equals + 1).trim()))
  }
  return params
}

/** Parameters behind the first ';' of a value. */
export function paramsOf(value: string): ReadonlyMap<string, string> {
  const [, ...params] = splitAt(value, ';')
  return readParams(params)
}

/** Seconds in an `expires` parameter or header: delta-seconds, capped where RFC 3261 §20.19 caps them. */
export function readSeconds(text: string | undefined): number | undefined {
  if (text === undefined || !/^\d{1,10}$/.test(text.trim())) return undefined
  return Math.min(Number(text), 0xffffffff)
}
