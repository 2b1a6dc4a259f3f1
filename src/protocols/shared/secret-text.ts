/**
 * Secrets inside free text, told by what stands before them: `password=...` in connection strings, "token": "..." in JSON,
 * user:password@ in addresses. Text without any comes back as it went in.
 */
import { isSecretName } from './secret-names.js'

/** Something that could hold a secret: most text does not, and is done with after this. */
const SUSPECT = /pass|pwd|secret|token|key|cred|sig|auth|sess|card|cvv|cvc|pin|pan|otp|:\/\/[^\s/@:]*:[^\s/]*@/i
/** scheme://user:password@host; the password may hold anything but white space and a slash. */
const USER_INFO = /([a-z][a-z0-9+.-]{0,31}:\/\/[^\s:/@'"]*:)([^\s/'"]+)(@)/gi
/**
 * name=value, name = 'value', "name": "value", \"name\":\"value\", name: Bearer value, "name": [values]; values end at a quote,
 * white space or a mark between fields. A name starts where a word does, so that each word is tried once; escapes in a
 * value are counted, because repeated groups fill the matcher's stack (a private key in JSON has a hundred).
 */
const NAMED =
  /(\\{0,3}["']|)(?<![\w.-])([\w.-]{1,256})(\\{0,3}["']|)(\s{0,4}(?:={1,3}|:=?|=>|!==?)\s{0,4})(\\{1,3}"[^"\\]*(?:\\{1,3}")?|"[^"\\]*(?:\\[\s\S][^"\\]*){0,9999}"?|'[^'\\]*(?:(?:\\[\s\S]|'')[^'\\]*){0,9999}'?|\[[^\][{]{0,4096}\]?|(?:(?:Basic|Bearer|Digest|Negotiate) {1,4})?[^\s,;&"'{}()[\]]+)/g
const OPENING = /^(?:\\{0,3}["']|\[)/
/** Documents inside values of documents (JSON in a string of JSON); each costs another look at its text. */
const MAX_DEPTH = 4

/** `text` with each secret in it replaced by `secret(it)`. Linear in its length. */
export function maskText(text: string, secret: (text: string) => string): string {
  return masked(text, secret, 0)
}

function masked(text: string, secret: (text: string) => string, depth: number): string {
  if (!SUSPECT.test(text)) return text
  const plain = text.replace(USER_INFO, (_, before: string, password: string, after: string) => before + secret(password) + after)
  let out = ''
  let copied = 0
  let from = 0
  let rereads = plain.length * MAX_REREADS
  for (;;) {
    NAMED.lastIndex = from
    const found = NAMED.exec(plain)
    if (!found) return copied === 0 ? plain : out + plain.slice(copied)
    const [all, quote, name, unquote, between, whole] = found as unknown as [string, string, string, string, string, string]
    const start = found.index + all.length - whole.length
    let value = whole
    if (rereads > 0) {
      value = whole.slice(0, lengthInMarkup(plain, start, whole))
      if (value.length < whole.length) rereads -= whole.length
    }
    from = start + value.length
    const shown = isSecretName(name)
      ? hidden(value, secret)
      : depth < MAX_DEPTH && /[=:]/.test(value)
        ? masked(value, secret, depth + 1)
        : value
    if (shown === value) continue
    out += plain.slice(copied, found.index) + quote + name + unquote + between + shown
    copied = from
  }
}

/**
 * What stands behind a value that ends early is read again; so often as a whole, then values take what the matcher gives them:
 * a thousand tags without white space between them would cost a thousand times their length.
 */
const MAX_REREADS = 16
/** How far to look back for the tag that a value stands in: longer ones are no tags. */
const MAX_TAG = 2048
const MAX_ATTRIBUTE = 72
/** </a>, <br>, <br/>, <a href=..., a comment; a lone < may stand in a password. */
const TAG = /<(?:\/[a-z][\w:-]{0,63}>|[a-z][\w:-]{0,63}(?:\/?>|\s{1,4}[\w:-]{1,64}=)|!--)/gi

/** Characters of a value without quotes up to where markup goes on: a tag begins, or the one it stands in ends. */
function lengthInMarkup(text: string, start: number, value: string): number {
  if (OPENING.test(value)) return value.length
  let length = value.length
  if (value.includes('<')) {
    TAG.lastIndex = start + 1
    const tag = TAG.exec(text.slice(0, start + length + MAX_ATTRIBUTE))
    if (tag && tag.index < start + length) length = tag.index - start
  }
  const closes = value.indexOf('>')
  // Elsewhere a password may hold the sign.
  if (closes > 0 && closes < length) {
    const before = text.slice(Math.max(0, start - MAX_TAG), start)
    if (before.lastIndexOf('<') > before.lastIndexOf('>')) length = closes
  }
  return length
}

function hidden(value: string, secret: (text: string) => string): string {
  const mark = OPENING.exec(value)?.[0] ?? ''
  const shut = mark === '[' ? ']' : mark
  const end = mark !== '' && value.length > mark.length && value.endsWith(shut) ? shut : ''
  const inner = value.slice(mark.length, value.length - end.length)
  if (inner === '') return value
  const shown = secret(inner)
  if (shown === inner) return value
  return `${mark === '[' ? '"' : mark}${shown}${end === ']' ? '"' : end}`
}
