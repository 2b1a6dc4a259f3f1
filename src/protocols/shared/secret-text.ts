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
  return text
    .replace(USER_INFO, (_, before: string, password: string, after: string) => before + secret(password) + after)
    .replace(NAMED, (all, quote: string, name: string, unquote: string, between: string, value: string) => {
      if (!isSecretName(name)) {
        if (depth >= MAX_DEPTH || !/[=:]/.test(value)) return all
        return `${quote}${name}${unquote}${between}${masked(value, secret, depth + 1)}`
      }
      const mark = OPENING.exec(value)?.[0] ?? ''
      const shut = mark === '[' ? ']' : mark
      const end = mark !== '' && value.length > mark.length && value.endsWith(shut) ? shut : ''
      const inner = value.slice(mark.length, value.length - end.length)
      if (inner === '') return all
      const hidden = secret(inner)
      if (hidden === inner) return all
      return `${quote}${name}${unquote}${between}${mark === '[' ? '"' : mark}${hidden}${end === ']' ? '"' : end}`
    })
}
