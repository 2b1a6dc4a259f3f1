/** Who signs a request: the scheme and, where it tells, the user name. RFC 7617 (Basic), RFC 7616 (Digest), MS-NLMP (NTLM). */
export interface Credentials {
  /** Lower-case: basic, digest, bearer, ntlm, negotiate. */
  readonly scheme: string
  readonly user: string | undefined
}

/** Longest name kept; longer ones are no names. */
const MAX_USER = 256
/** Longest credential that is decoded: Kerberos tickets with many groups reach 64 KiB. */
const MAX_DECODED = 64 << 10

const NTLMSSP = Buffer.from('NTLMSSP\0')

export function readCredentials(value: string): Credentials | undefined {
  const text = value.trim()
  const space = text.search(/[ \t]/)
  const scheme = (space < 0 ? text : text.slice(0, space)).toLowerCase()
  if (!/^[a-z0-9][a-z0-9._-]{0,31}$/.test(scheme)) return undefined
  const rest = space < 0 ? '' : text.slice(space + 1).trim()
  return { scheme, user: userOf(scheme, rest) || undefined }
}

function userOf(scheme: string, rest: string): string | undefined {
  if (scheme === 'digest') return /(?:^|[,\s])username\s?=\s?"([^"]{1,256})"/i.exec(rest.slice(0, 4096))?.[1]
  if (rest.length > MAX_DECODED) return undefined
  if (scheme === 'basic') {
    const bytes = Buffer.from(rest, 'base64')
    const colon = bytes.indexOf(0x3a)
    if (colon <= 0 || colon > MAX_USER) return undefined
    return bytes.toString('utf8', 0, colon)
  }
  if (scheme === 'ntlm' || scheme === 'negotiate') return ntlmUser(Buffer.from(rest, 'base64'))
  return undefined
}

/** The user of an NTLM AUTHENTICATE message, alone or inside SPNEGO. MS-NLMP 2.2.1.3 */
function ntlmUser(bytes: Buffer): string | undefined {
  const at = bytes.indexOf(NTLMSSP)
  if (at < 0 || at + 64 > bytes.length || bytes.readUInt32LE(at + 8) !== 3) return undefined
  const length = bytes.readUInt16LE(at + 36)
  const from = at + bytes.readUInt32LE(at + 40)
  if (length === 0 || length > MAX_USER * 2 || from + length > bytes.length) return undefined
  // NEGOTIATE_UNICODE
  const wide = (bytes.readUInt32LE(at + 60) & 1) === 1
  return bytes.toString(wide ? 'utf16le' : 'latin1', from, from + length)
}
