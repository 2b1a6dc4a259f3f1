/**
 * Secrets inside free text, told by what stands before them: `password=...` in connection strings, "token": "..." in JSON,
 * user:password@ in addresses. Text without any comes back as it went in.
 */
import { isSecretName } from './secret-names.js'

/** Something that could hold a secret: most text does not, and is done with after this. */
const SUSPECT = /pass|pwd|secret|token|key|cred|sig|auth|sess|card|cvv|cvc|pin|pan|otp|:\/\/[^\s/@]*:[^\s/]*@/i
/** scheme://user:password@host; the password may hold anything but white space and a slash. */
const USER_INFO = /([a-z][a-z0-9+.-]{0,31}:\/\/[^\s:/@'"]*:)([^\s/'"]+)(@)/gi
/** name=value, name = 'value', "name": "value", name: value; values end at a quote, white space or a mark between fields. */
const NAMED = /(["']?)([A-Za-z_][\w.-]{0,63})\1(\s{0,4}[=:]\s{0,4})("(?:[^"\\]|\\.)*"?|'(?:[^'\\]|\\.|'')*'?|[^\s,;&"'{}()[\]]+)/g

/** `text` with each secret in it replaced by `secret(it)`. Linear in its length. */
export function maskText(text: string, secret: (text: string) => string): string {
  if (!SUSPECT.test(text)) return text
  return text
    .replace(USER_INFO, (_, before: string, password: string, after: string) => before + secret(password) + after)
    .replace(NAMED, (all, quote: string, name: string, between: string, value: string) => {
      if (!isSecretName(name)) return all
      const mark = value[0] === '"' || value[0] === "'" ? value[0] : ''
      const end = mark !== '' && value.length > 1 && value.endsWith(mark) ? mark : ''
      const inner = value.slice(mark.length, value.length - end.length)
      return inner === '' ? all : `${quote}${name}${quote}${between}${mark}${secret(inner)}${end}`
    })
}
