/** Secrets outside the statements' own text: in free text, in result columns, and quoted back in the server's words. */
import { isCardNumber, isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import { maskStatement } from '../shared/sql/secret-positions.js'

type Secret = (text: string) => string

/** Text that quotes a statement with a password in it. */
const QUOTES_STATEMENT = /\bpassword\b|\bidentified\b|\bcrypt\b/i
/** What pg_authid holds: a hash that can be used or cracked. */
const VERIFIER = /^(?:md5[0-9a-f]{32}|SCRAM-SHA-256\$.+)$/
/** Secrets of a statement that are looked for in what the server says about it. */
const MAX_SECRETS = 64
/** Shorter ones would be found by chance. */
const MIN_SECRET = 3

/** Free text: connection strings, name=value, and statements with a password clause. */
export function maskWords(text: string, secret: Secret): string {
  const out = QUOTES_STATEMENT.test(text) ? maskStatement(text, 'pgsql', secret) : text
  return maskText(out, secret)
}

/** PASSWORD in front of a dollar-quoted literal. */
const DOLLAR_PASSWORD = /\b(password\s+)(\$\w{0,63}\$)([\s\S]*?)\2/gi
const LITERAL = /'(?:[^']|'')*'/g

/**
 * A statement whose literals are masked already, without the secrets that only this server's language hides: dollar quotes
 * behind PASSWORD, and the arguments of an EXECUTE whose statement puts one of them into a secret place.
 */
export function maskQuery(text: string, executesSecret: boolean, secret: Secret): string {
  const out = text.includes('$')
    ? text.replace(DOLLAR_PASSWORD, (_, before: string, quote: string, inner: string) => before + quote + secret(inner) + quote)
    : text
  return executesSecret ? out.replace(LITERAL, (literal) => `'${secret(literal.slice(1, -1))}'`) : out
}

/** The secrets in a statement's text, as they stand between their quotes. */
export function secretsIn(sql: string): string[] {
  const found: string[] = []
  maskStatement(sql, 'pgsql', (text) => {
    if (found.length < MAX_SECRETS && text.length >= MIN_SECRET && !found.includes(text)) found.push(text)
    return text
  })
  for (const [, , , inner] of sql.matchAll(DOLLAR_PASSWORD)) if (inner && found.length < MAX_SECRETS) found.push(inner)
  return found
}

/** The server's words without the secrets of the statement they are about. */
export function wash(text: string, secrets: readonly string[], secret: Secret): string {
  let out = maskWords(text, secret)
  for (const one of secrets) if (one.length >= MIN_SECRET && out.includes(one)) out = out.replaceAll(one, secret(one))
  return out
}

/** A cell of a result as it may be shown. */
export function maskCell(column: string | undefined, text: string, secret: Secret): string {
  if (text === '') return text
  if (column !== undefined && isSecretName(column)) return secret(text)
  return VERIFIER.test(text) || isCardNumber(text) ? secret(text) : maskWords(text, secret)
}
