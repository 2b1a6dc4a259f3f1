/** Which parameters, cookies, fields and headers carry secrets, told by their names. */
import { Memo } from './memo.js'

/** Whole names, compared without case and without the marks between words. */
const EXACT = new Set(
  (
    'pass pwd pw pin otp totp mfa auth authorization session sid sess jwt sig bearer assertion samlresponse cvv cvc cvv2 cvc2 csc ' +
    'pan card cardnumber cardno ccnumber ccnum creditcard creditcardnumber securitycode ssn iban csrfmiddlewaretoken'
  ).split(' '),
)
/** Parts that make a name secret wherever they stand. */
const WITHIN = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'apikey',
  'sessionid',
  'sessid',
  'credential',
  'privatekey',
  'kennwort',
  'motdepasse',
]
/** Ends that do: user_pass, txtPwd, access_token, X-Amz-Signature; not max_tokens. */
const AT_END = ['pass', 'pwd', 'token', 'signature', 'authkey', 'accesskey', 'subscriptionkey', 'functionskey']

/** "user[Pass_word]" -> "password": the innermost part, lower-case, letters and digits only. */
function plain(name: string): string {
  const open = name.lastIndexOf('[')
  let inner = name
  if (open >= 0 && name.endsWith(']') && open < name.length - 2) inner = name.slice(open + 1, -1)
  const lower = inner.toLowerCase()
  let word = ''
  let from = 0
  for (let i = 0; i < lower.length; i++) {
    const c = lower.charCodeAt(i)
    if ((c >= 0x61 && c <= 0x7a) || (c >= 0x30 && c <= 0x39)) continue
    word += lower.slice(from, i)
    from = i + 1
  }
  return from === 0 ? lower : word + lower.slice(from)
}

/** Longest name that is looked at: longer ones are no names. */
const MAX_NAME = 256

const decisions = new Memo(decide)
export const isSecretName = (name: string): boolean => name.length > 0 && name.length <= MAX_NAME && decisions.of(name) === true

function decide(name: string): boolean {
  const word = plain(name)
  if (word === '') return false
  return EXACT.has(word) || WITHIN.some((part) => word.includes(part)) || AT_END.some((end) => word.endsWith(end))
}

/**
 * A payment card number by itself: the issuer's prefix and length, and Luhn's check digit. ISO/IEC 7812-1.
 * Spaces and dashes between digits are allowed.
 */
export function isCardNumber(value: string): boolean {
  if (value.length < 13 || value.length > 23) return false
  let digits = ''
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i)
    if (c >= 0x30 && c <= 0x39) digits += value[i]
    else if (c !== 0x20 && c !== 0x2d && c !== 0x2b) return false
  }
  if (!/^(?:4\d{12}(?:\d{3}){0,2}|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3(?:0[0-5]|[68]\d)\d{11}|6\d{15,18})$/.test(digits)) return false
  let sum = 0
  for (let i = digits.length - 1, twice = false; i >= 0; i--, twice = !twice) {
    const digit = digits.charCodeAt(i) - 0x30
    sum += twice ? (digit > 4 ? digit * 2 - 9 : digit * 2) : digit
  }
  return sum % 10 === 0
}
