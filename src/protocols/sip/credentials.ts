/** Who signs a request, and what a challenge asks for: RFC 3261 §22, RFC 7616 (Digest), RFC 7617 (Basic), RFC 3310 (AKA). */

import { readParams } from './address.js'
import { splitAt } from './headers.js'

export interface Credentials {
  /** As written: Digest, Basic. */
  readonly scheme: string
  readonly user: string | undefined
  readonly realm: string | undefined
  readonly uri: string | undefined
  readonly algorithm: string | undefined
}

/** Longest value taken apart and longest name kept; longer ones are neither. */
const MAX_VALUE = 8192
const MAX_USER = 256

export function readCredentials(value: string): Credentials | undefined {
  const found = /^([A-Za-z0-9][A-Za-z0-9._-]{0,31})(?:\s+(.*))?$/s.exec(value.slice(0, MAX_VALUE).trim())
  if (!found) return undefined
  const scheme = found[1]!
  const rest = found[2] ?? ''
  if (scheme.toLowerCase() === 'basic') {
    const bytes = Buffer.from(rest, 'base64')
    const colon = bytes.indexOf(0x3a)
    const user = colon > 0 && colon <= MAX_USER ? bytes.toString('utf8', 0, colon) : undefined
    return { scheme, user, realm: undefined, uri: undefined, algorithm: undefined }
  }
  const params = readParams(splitAt(rest, ','))
  const user = params.get('username') ?? extended(params.get('username*'))
  return {
    scheme,
    user: user === undefined || user === '' || user.length > MAX_USER ? undefined : user,
    realm: params.get('realm'),
    uri: params.get('uri'),
    algorithm: params.get('algorithm'),
  }
}

/** `UTF-8''J%C3%A4s`: RFC 8187. */
function extended(text: string | undefined): string | undefined {
  const found = text === undefined ? null : /^utf-8'[^']*'(.*)$/i.exec(text)
  if (!found) return undefined
  try {
    return decodeURIComponent(found[1]!)
  } catch {
    return undefined
  }
}
