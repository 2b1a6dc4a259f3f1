/**
 * Secrets known by what stands before them: the name of a field, table entry or JSON member, and the password of a
 * connection string. For protocols whose values are named by applications, not by the protocol.
 */

/** Whole names, compared without case and without the marks between words. */
const EXACT = new Set(
  'pass pwd pw pin otp totp auth authorization bearer jwt cvv cvc csc pan cardnumber creditcard ssn iban cookie setcookie'.split(' '),
)
/** Parts that make a name secret wherever they stand. */
const WITHIN = ['password', 'passwd', 'passphrase', 'passcode', 'secret', 'apikey', 'sessionid', 'credential', 'privatekey']
/** Ends that do: user_pass, access_token; not max_tokens. */
const AT_END = ['pass', 'pwd', 'token', 'signature', 'authkey', 'accesskey']
/** Longer names are none. */
const MAX_NAME = 256
/** Names whose answer is remembered; applications use a handful, hostile input any number. */
const MAX_KNOWN = 1024

/** Documents inside values of documents; each costs another look at its text. */
const MAX_DEPTH = 4

const known = new Map<string, boolean>()

/** Does a value of this name have to be masked? */
export function isSecretWord(name: string): boolean {
  if (name.length === 0 || name.length > MAX_NAME) return false
  const before = known.get(name)
  if (before !== undefined) return before
  const word = name.toLowerCase().replace(/[^a-z0-9]/g, '')
  const secret = EXACT.has(word) || WITHIN.some((part) => word.includes(part)) || AT_END.some((end) => word.endsWith(end))
  if (known.size >= MAX_KNOWN) known.clear()
  known.set(` ${name}`.slice(1), secret)
  return secret
}

/** scheme://user:password@host. The parts are short and exclude their own ends, so that no text makes the search long. */
const URL_PASSWORD = /([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@?#"'<>]{0,128}:)([^\s/@"'<>]{1,512})(?=@)/gi
/** password=..., "pwd": "...", \"token\":\"...\" in a connection string, a form, JSON, JSON within JSON, or a log line. */
const NAMED_VALUE =
  /(\\{0,3}["']|)([A-Za-z][\w.-]{1,63})\1(\s{0,4}[=:]\s{0,4})(\\{1,3}"[^"\\]{0,4096}(?:\\{1,3}")?|"(?:[^"\\]|\\.){0,4096}"?|'[^']{0,4096}'?|\[[^\][{]{0,4096}\]?|(?:(?:Basic|Bearer|Digest|Negotiate) {1,4})?[^\s"'&;,}\])]{1,4096})/g
const OPENING = /^(?:\\{0,3}["']|\[)/

/** `text` without the passwords in its URLs, and without the values of names that are secret ("password": "x", token=x). */
export function maskWords(text: string, secret: (text: string) => string, depth = 0): string {
  let out = text
  if (out.includes('://') && out.includes('@'))
    out = out.replace(URL_PASSWORD, (_, head: string, password: string) => head + secret(password))
  if (!out.includes('=') && !out.includes(':')) return out
  return out.replace(NAMED_VALUE, (all, quote: string, name: string, mark: string, value: string) => {
    if (!isSecretWord(name)) {
      // The value may be a document of its own: JSON in a string, a query in a URL.
      if (depth >= MAX_DEPTH || !/[=:]/.test(value)) return all
      return `${quote}${name}${quote}${mark}${maskWords(value, secret, depth + 1)}`
    }
    const open = OPENING.exec(value)?.[0] ?? ''
    const shut = open === '[' ? ']' : open
    const end = open !== '' && value.length > open.length && value.endsWith(shut) ? shut : ''
    const inner = value.slice(open.length, value.length - end.length)
    if (inner === '') return all
    return `${quote}${name}${quote}${mark}${open === '[' ? '"' : open}${secret(inner)}${end === ']' ? '"' : end}`
  })
}
