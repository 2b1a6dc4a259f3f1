/**
 * Masks what must not be written. Two kinds: secrets known by their names, which --show-secrets lifts, and what the options
 * hide, which nothing lifts. Text without either comes back as it went in, order and spelling kept.
 */
import { isCardNumber, isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'

/** In place of a value that `hide_keywords` names. */
const HIDDEN = 'xxxxx'
/** In place of a header that `redact_headers` names. */
export const REDACTED = 'REDACTED'

export interface MaskOptions {
  readonly hide_keywords: readonly string[]
  readonly redact_headers: readonly string[]
  readonly redact_authorization: boolean
}

/** Pairs divided by ';' that are looked at inside one parameter; each costs a look at the rest of it. */
const MAX_DIVISIONS = 32

/** The options' word lists, lower-case: made once per set of options, not per connection. */
class WordLists {
  readonly hide: ReadonlySet<string>
  readonly redact: ReadonlySet<string>
  constructor(options: MaskOptions) {
    this.hide = new Set(options.hide_keywords.map((word) => word.toLowerCase()))
    this.redact = new Set(options.redact_headers.map((word) => word.toLowerCase()))
  }
}
const lists = new WeakMap<object, WordLists>()
function listsOf(options: MaskOptions): WordLists {
  let own = lists.get(options)
  if (!own) {
    own = new WordLists(options)
    lists.set(options, own)
  }
  return own
}

/** Percent-decoding that takes any text; '+' is a space. */
export function unescaped(text: string): string {
  if (!text.includes('%') && !text.includes('+')) return text
  const spaced = text.replaceAll('+', ' ')
  try {
    return decodeURIComponent(spaced)
  } catch {
    return spaced.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  }
}

export class Masking {
  private readonly hide: ReadonlySet<string>
  private readonly redact: ReadonlySet<string>

  constructor(
    private readonly options: MaskOptions,
    private readonly secret: (text: string) => string,
  ) {
    const own = listsOf(options)
    this.hide = own.hide
    this.redact = own.redact
  }

  isRedacted(header: string): boolean {
    return this.redact.size > 0 && this.redact.has(header)
  }

  /** What to write for the value of the parameter, cookie or field `name`. */
  value(name: string, value: string): string {
    if (this.hide.size > 0 && this.hide.has(name.toLowerCase())) return HIDDEN
    if (value !== '' && (isSecretName(name) || isCardNumber(value))) return this.secret(value)
    return value
  }

  /** Text of no known form: passwords in addresses, and what stands behind a secret's name (documents, connection strings). */
  text(text: string): string {
    return maskText(text, this.secret)
  }

  /** Parameters in the form of a query string: "a=1&password=xxxxx". */
  parameters(text: string): string {
    if (!text.includes('=')) return text
    let out = ''
    let copied = 0
    for (let from = 0; from < text.length; ) {
      const and = text.indexOf('&', from)
      const to = and < 0 ? text.length : and
      const pair = text.slice(from, to)
      const masked = this.parameter(pair)
      if (masked !== pair) {
        out += text.slice(copied, from) + masked
        copied = to
      }
      from = to + 1
    }
    return copied === 0 ? text : out + text.slice(copied)
  }

  /** One pair. A ';' may be part of its value or divide it from a next pair: it is taken for whatever hides more. */
  private parameter(pair: string): string {
    let divisions = 0
    for (let from = 0; from < pair.length; ) {
      const equals = pair.indexOf('=', from)
      if (equals < 0) break
      const value = pair.slice(equals + 1)
      const plain = unescaped(value)
      const masked = this.value(unescaped(pair.slice(from, equals)), plain)
      if (masked !== plain) return `${pair.slice(0, equals + 1)}${masked}`
      const semicolon = pair.indexOf(';', equals)
      if (semicolon < 0 || ++divisions > MAX_DIVISIONS) break
      from = semicolon + 1
    }
    return this.insideValue(pair)
  }

  /** A value that is a document or a connection string. */
  private insideValue(pair: string): string {
    const from = pair.indexOf('=') + 1
    const plain = unescaped(pair.slice(from))
    if (from === 0 || !(plain.includes(':') || plain.includes('='))) return pair
    const masked = this.text(plain)
    return masked === plain ? pair : `${pair.slice(0, from)}${encodeURIComponent(masked)}`
  }

  /** A request target, Location or Referer: user information, path parameters, query and fragment. */
  url(text: string): string {
    if (text.includes('#') || text.includes('@') || text.includes(';')) return this.anyUrl(text)
    const query = text.indexOf('?')
    if (query < 0) return text
    const parameters = text.slice(query + 1)
    const masked = this.parameters(parameters)
    return masked === parameters ? text : text.slice(0, query + 1) + masked
  }

  private anyUrl(text: string): string {
    let rest = text
    let tail = ''
    const fragment = rest.indexOf('#')
    if (fragment >= 0) {
      tail = rest.slice(fragment + 1)
      tail = `#${tail.includes('=') ? this.parameters(tail) : tail}`
      rest = rest.slice(0, fragment)
    }
    const query = rest.indexOf('?')
    if (query >= 0) {
      tail = `?${this.parameters(rest.slice(query + 1))}${tail}`
      rest = rest.slice(0, query)
    }
    if (rest.includes('@')) rest = this.userInfo(rest)
    // Path parameters: /shop;jsessionid=4711
    if (rest.includes(';'))
      rest = rest.replace(/;([^;=/]+)=([^;/]*)/g, (all, name: string, value: string) => {
        const masked = this.value(name, value)
        return masked === value ? all : `;${name}=${masked}`
      })
    return rest + tail
  }

  private userInfo(text: string): string {
    const scheme = text.indexOf('://')
    if (scheme < 0 && text.startsWith('/')) return text
    const start = scheme < 0 ? 0 : scheme + 3
    const slash = text.indexOf('/', start)
    const at = text.lastIndexOf('@', slash < 0 ? text.length : slash)
    const colon = text.indexOf(':', start)
    if (at < start || colon < 0 || colon > at) return text
    return `${text.slice(0, colon + 1)}${this.secret(text.slice(colon + 1, at))}${text.slice(at)}`
  }

  /** "a=1; b=2" */
  cookies(text: string): string {
    return text
      .split(';')
      .map((pair) => {
        const equals = pair.indexOf('=')
        return equals < 0 ? pair : `${pair.slice(0, equals + 1)}${this.cookie(pair.slice(0, equals).trim(), pair.slice(equals + 1))}`
      })
      .join(';')
  }

  /** One Set-Cookie value: the cookie, then its attributes. */
  setCookie(text: string): string {
    const semicolon = text.indexOf(';')
    const first = semicolon < 0 ? text : text.slice(0, semicolon)
    return this.cookies(first) + (semicolon < 0 ? '' : text.slice(semicolon))
  }

  /** Any cookie may be the session's, so all of them count as secrets. */
  private cookie(name: string, value: string): string {
    return this.hide.size > 0 && this.hide.has(name.toLowerCase()) ? HIDDEN : value === '' ? '' : this.secret(value)
  }

  /** The value of a header as it may be written. */
  header(name: string, value: string): string {
    if (this.isRedacted(name)) return REDACTED
    switch (name) {
      case 'authorization':
      case 'proxy-authorization':
        return this.options.redact_authorization ? '*' : this.credentials(value)
      case 'cookie':
      case 'cookie2':
        return this.cookies(value)
      case 'set-cookie':
      case 'set-cookie2':
        return this.setCookie(value)
      case 'referer':
      case 'location':
      case 'content-location':
      case 'refresh':
      case 'link':
      case 'origin':
        return this.url(value)
      case 'authentication-info':
      case 'proxy-authentication-info':
        // Digest: the server's proof, made from the password as the client's is. RFC 7616 §3.5
        return value.replace(/(\brspauth\s{0,4}=\s{0,4}"?)([^",\s]+)/gi, (_, before: string, proof: string) => before + this.secret(proof))
      default:
        return this.hidesHeader(name) ? HIDDEN : isSecretName(name) ? this.secret(value) : this.text(value)
    }
  }

  /** "Basic xxxxx": the scheme stays. */
  private credentials(value: string): string {
    const space = value.search(/[ \t]/)
    if (space < 0) return this.secret(value)
    return `${value.slice(0, space + 1)}${this.secret(value.slice(space + 1))}`
  }

  private hidesHeader(name: string): boolean {
    return this.hide.size > 0 && this.hide.has(name)
  }
}
