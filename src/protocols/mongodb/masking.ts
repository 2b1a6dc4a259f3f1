/** Which values are secrets, by their field, by the command they stand in, and inside texts. One object per message. */
import { isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import { i32le, T, valueSize, zero } from './bson.js'

/** How secret what stands here is. */
export const Secrecy = {
  none: 0,
  /** A step of a login: payloads, keys and nonces are secret. */
  login: 1,
  /** The value of a secret field. */
  value: 2,
  /** What a secret field is compared with: literals are secret, paths of fields are not. */
  compared: 3,
} as const
export type Secrecy = (typeof Secrecy)[keyof typeof Secrecy]

/** Commands that log somebody in, or copy a database from where somebody has to log in. */
const LOGIN_COMMANDS = new Set([
  'saslStart',
  'saslContinue',
  'authenticate',
  'getnonce',
  'copydb',
  'copydbgetnonce',
  'copydbsaslstart',
  'speculativeAuthenticate',
])
const LOGIN_FIELDS = new Set(['payload', 'key', 'nonce', 'snonce', 'nonce2', 'saslPayload'])
/** Secret wherever they stand: verifiers of SCRAM, keys by which cluster members trust each other. */
const ALWAYS = new Set(['storedKey', 'serverKey', 'salt', 'nonce', 'keyMaterial', 'keyFile', 'digested_password'])

/** Texts remembered, so that an error which quotes one is masked too; servers quote little. */
const MAX_REMEMBERED = 32
/** Shorter ones stand in every other text by chance. */
const MIN_REMEMBERED = 4
const MAX_REMEMBERED_LENGTH = 512
/** Elements of an array that are looked at for a secret field's path. */
const MAX_COMPARED = 8

/** this.password == 'x', obj["pwd"] === x; and db.auth('user', 'password'). */
const COMPARED = /([\w$]{1,64})(["'\])]{0,3}\s{0,4}[!=]==?\s{0,4})(?:(["'])((?:[^\\]|\\.)*?)\3|([^\s"')\]}&|;,]+))/g
/** Texts in which neither of the two can stand are done with after this. */
const SCRIPT = /==|auth\s{0,4}\(/
/** db.auth('user', 'password'). */
const AUTH_CALL = /(\bauth\s{0,4}\(\s{0,4}(?:"[^"]{0,256}"|'[^']{0,256}')\s{0,4},\s{0,4})(["'])((?:[^\\]|\\.)*?)\2/g
/** The start of an address whose end is missing: scheme://user:pass */
const OPEN_ADDRESS = /(:\/\/[^\s/@:]{0,256}:)([^\s/@]+)$/

/** Field names repeat: their decisions are kept, up to as many as a schema has. */
const MAX_DECISIONS = 4096
const decisions = new Map<string, boolean>()
function secretName(name: string): boolean {
  let known = decisions.get(name)
  if (known === undefined) {
    const dot = name.lastIndexOf('.')
    known = ALWAYS.has(name) || isSecretName(name) || (dot >= 0 && secretName(name.slice(dot + 1)))
    if (decisions.size >= MAX_DECISIONS) decisions.clear()
    decisions.set(name, known)
  }
  return known
}

export const isLoginCommand = (name: string): boolean => LOGIN_COMMANDS.has(name) || /^(?:sasl|copydb|authenticate|getnonce)/i.test(name)

export class Masking {
  readonly secrets: string[] = []
  /** Long texts of this message lack their ends. */
  openEnds = false

  /** @param known secrets of the request, when this masks its answer */
  constructor(
    private readonly secret: (text: string) => string,
    private readonly known: readonly string[] = [],
  ) {}

  /** How secret the value of this field is, standing in something that is `within`. */
  of(name: string, type: number, within: Secrecy): Secrecy {
    if (within === Secrecy.value || within === Secrecy.compared) return within
    if (within === Secrecy.login && LOGIN_FIELDS.has(name)) return Secrecy.value
    if (secretName(name)) return Secrecy.value
    // Documents of admin.system.keys; in indexes and groups `key` is a document or the name of a field.
    if (name === 'key' && type === T.binary) return Secrecy.value
    if (within === Secrecy.login || LOGIN_COMMANDS.has(name)) return Secrecy.login
    return Secrecy.none
  }

  hide(text: string): string {
    if (text === '') return text
    if (text.length >= MIN_REMEMBERED && text.length <= MAX_REMEMBERED_LENGTH && this.secrets.length < MAX_REMEMBERED)
      this.secrets.push(text)
    return this.secret(text)
  }

  /** The same, showing everything: for a value whose whole text then goes through the mask. */
  revealing(): Masking {
    return new Masking((text) => text)
  }

  text(text: string): string {
    let out = text
    for (const one of this.known) if (out.includes(one)) out = out.replaceAll(one, this.secret(one))
    return maskText(out, (secret) => this.hide(secret))
  }

  /** The same for code, where values are compared with == and handed to functions. */
  script(text: string): string {
    if (!SCRIPT.test(text)) return this.text(text)
    const called = text.replace(AUTH_CALL, (_, call: string, quote: string, value: string) => `${call}${quote}${this.hide(value)}${quote}`)
    let out = ''
    let from = 0
    for (const match of called.matchAll(COMPARED)) {
      const [all, name, mark, quote = '', quoted, bare] = match
      const value = quoted ?? bare ?? ''
      if (value === '' || !secretName(name!)) continue
      out += `${this.text(called.slice(from, match.index))}${name}${mark}${quote}${this.hide(value)}${quote}`
      from = match.index + all.length
    }
    return out + this.text(called.slice(from))
  }

  tail(text: string): string {
    return text.replace(OPEN_ADDRESS, (_, before: string, password: string) => before + this.hide(password))
  }

  /** Whether one of the texts of the array at `pos` is the path of a secret field: "$user.password". */
  comparesSecret(buf: Buffer, at: number, end: number): boolean {
    let pos = at
    for (let i = 0; i < MAX_COMPARED && pos < end; i++) {
      const type = buf[pos]!
      if (type === 0) return false
      const nameEnd = zero(buf, pos + 1, end)
      const size = nameEnd < 0 ? -1 : valueSize(type, buf, nameEnd + 1, end)
      if (size < 0) return false
      const from = nameEnd + 1
      // Four bytes of length, the dollar.
      if (type === T.string && size > 6 && size < 256 && from + size <= end && buf[from + 4] === 0x24) {
        if (secretName(buf.toString('utf8', from + 5, from + 3 + i32le(buf, from)))) return true
      }
      pos = from + size
    }
    return false
  }
}
