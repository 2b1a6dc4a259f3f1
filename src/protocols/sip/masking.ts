/**
 * What must not be written: digest responses with the nonces they were made from, tokens, SRTP keys and ICE passwords in
 * session descriptions, passwords in URIs, key presses in INFO, and what names itself a secret.
 */
import { isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import type { SipMessage } from './message.js'
import { headerName } from './names.js'

export type Secret = (text: string) => string

const AUTH_FIELDS = new Set([
  'authorization',
  'proxy-authorization',
  'www-authenticate',
  'proxy-authenticate',
  'authentication-info',
  'proxy-authentication-info',
])
/** Parameters of credentials and challenges that give nothing away; every other one is masked. */
const OPEN_PARAMS = new Set([
  ...['username', 'username*', 'realm', 'uri', 'algorithm', 'qop', 'nc', 'stale', 'domain', 'charset', 'userhash'],
  ...['integrity-protected', 'authz_server', 'scope', 'error'],
])
const PARAM = /([A-Za-z][\w*-]{0,63})([ \t]{0,4}=[ \t]{0,4})("(?:[^"\\]|\\.)*"?|[^\s,;"]+)/g
/** A message without any of this holds nothing to mask. */
const SUSPECT = /auth|pass|pwd|secret|token|key|cred|sig|sess|card|cvv|cvc|pin|pan|otp|cookie|sips?:[^\s:@<>]{0,256}:[^\s@<>]{1,256}@/i
const URI_PASSWORD = /\b(sips?:[^\s:@<>"]{0,256}:)([^\s@<>"]{1,256})@/gi
const SDP_KEYS = /^(a=crypto:[ \t]*\S{1,16}[ \t]+\S{1,64}[ \t]+|k=[a-z0-9-]{1,16}:|a=ice-pwd:|a=key-mgmt:\S{1,32}[ \t]+)([^\r\n]+)/gim
/** RFC-less application/dtmf-relay (Signal=5) and application/dtmf (5): what callers key in are PINs and card numbers. */
const DTMF_TYPE = /^application\/(?:dtmf|dtmf-relay|vnd\.nortelnetworks\.digits)\b/i
const SIGNAL = /^((?:signal|d|p)[ \t]{0,4}=[ \t]{0,4})(\S+)/gim
const XML = /<([A-Za-z_][\w.-]{0,63}(?::[A-Za-z_][\w.-]{0,63})?)(\s[^<>]{0,512})?>([^<]{1,2048})<\//g

/** Where a value starts anew: at angle brackets, and behind `Note: ` before `name=`, which would be taken for its value. */
const SEAMS = /(?<=[<>])|(?=[<>])|(?<=:\s)(?=[A-Za-z_][\w.-]{0,63}\s?=)/

/** Free text or a URI as it may enter a row. */
export function maskValue(text: string, secret: Secret): string {
  const open = maskUri(text, secret)
  if (!/[=:]/.test(open)) return open
  if (!SUSPECT.test(open)) return open
  return open
    .split(SEAMS)
    .map((part) => maskText(part, secret))
    .join('')
}

export const maskUri = (text: string, secret: Secret): string =>
  text.includes('@') ? text.replace(URI_PASSWORD, (_, before: string, password: string) => `${before}${secret(password)}@`) : text

/** A message as it was sent, secrets masked. */
export function maskMessage(message: SipMessage, secret: Secret): string {
  const head = maskHead(message.head, secret)
  return message.body === '' ? head : head + maskBody(message.headers.first('content-type'), message.body, secret)
}

/** The header as it was sent, start line included. */
export function maskHead(head: string, secret: Secret): string {
  if (!SUSPECT.test(head)) return head
  let out = ''
  let at = 0
  while (at < head.length) {
    let lf = head.indexOf('\n', at)
    // Folded lines belong to the field above.
    while (lf >= 0 && (head[lf + 1] === ' ' || head[lf + 1] === '\t')) lf = head.indexOf('\n', lf + 1)
    const next = lf < 0 ? head.length : lf + 1
    out += maskField(head.slice(at, next), secret)
    at = next
  }
  return out
}

function maskField(field: string, secret: Secret): string {
  const colon = field.indexOf(':')
  const written = colon < 0 || colon > 64 ? '' : field.slice(0, colon).trim()
  // The first line has a colon too.
  const name = /\s/.test(written) ? '' : headerName(written)
  if (AUTH_FIELDS.has(name)) return field.slice(0, colon + 1) + maskCredentials(field.slice(colon + 1), secret)
  if (name === 'cookie' || name === 'set-cookie' || isSecretName(name)) {
    const value = field.slice(colon + 1)
    const inner = value.trim()
    return inner === '' ? field : field.slice(0, colon + 1) + value.replace(inner, () => secret(inner))
  }
  return name === '' ? maskValue(field, secret) : field.slice(0, colon + 1) + maskValue(field.slice(colon + 1), secret)
}

/** The value of an authorization or challenge field. */
export function maskCredentials(value: string, secret: Secret): string {
  const found = /^(\s*)([A-Za-z0-9][A-Za-z0-9._-]{0,31})(\s+)(\S[\s\S]*)$/.exec(value)
  // Authentication-Info has parameters and no scheme.
  const head = found && !/^\s*=/.test(found[4]!) ? found[1]! + found[2]! + found[3]! : ''
  const rest = value.slice(head.length)
  let shown = ''
  let last = 0
  let any = false
  for (const one of rest.matchAll(PARAM)) {
    const [all, name = '', equals = '', quoted = ''] = one
    any = true
    // Between the parameters stand commas and blanks; anything else is not shown.
    shown += rest.slice(last, one.index).replace(/[^\s,;]+/g, (stray) => secret(stray))
    last = one.index + all.length
    if (OPEN_PARAMS.has(name.toLowerCase())) shown += maskUri(all, secret)
    else if (quoted.startsWith('"'))
      shown += `${name}${equals}"${secret(quoted.slice(1, quoted.endsWith('"') && quoted.length > 1 ? -1 : undefined))}"`
    else shown += name + equals + secret(quoted)
  }
  const scheme = found?.[2]?.toLowerCase()
  // A token has no parameters, though its padding may look like one.
  if (!any || scheme === 'basic' || scheme === 'bearer' || scheme === 'negotiate' || scheme === 'ntlm')
    return oneWord(head, rest, any ? shown : undefined, secret)
  return head + shown + rest.slice(last).replace(/[^\s,;]+/g, (stray) => secret(stray))
}

/** A challenge of such a scheme has parameters, its answer one word. */
function oneWord(head: string, rest: string, params: string | undefined, secret: Secret): string {
  if (params !== undefined && /^\s*(?:realm|scope|authz_server|error|charset)\s*=/i.test(rest))
    return head + params + (/\s*$/.exec(rest)?.[0] ?? '')
  const inner = rest.trim()
  if (inner === '') return head + rest
  return head + rest.replace(inner, () => secret(inner))
}

export function maskBody(contentType: string | undefined, body: string, secret: Secret): string {
  let text = body
  if (DTMF_TYPE.test(contentType ?? '')) {
    const signalled = text.replace(SIGNAL, (_, before: string, digits: string) => before + secret(digits))
    text = signalled !== text || text.includes('=') ? signalled : secret(text)
  }
  if (text.includes('=')) text = text.replace(SDP_KEYS, (_, before: string, key: string) => before + secret(key))
  if (text.includes('</'))
    text = text.replace(XML, (all, name: string, attributes: string | undefined, value: string) =>
      isSecretName(name.slice(name.indexOf(':') + 1)) ? `<${name}${attributes ?? ''}>${secret(value)}</` : all,
    )
  return maskValue(text, secret)
}
