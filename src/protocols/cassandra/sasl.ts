/** The token of SASL PLAIN, RFC 4616: [authzid] NUL authcid NUL passwd. */
export interface PlainLogin {
  readonly user: string
  /** Who the user wants to act as; '' for themselves. */
  readonly actsAs: string
  readonly password: string
}

/** RFC 4616 §2 caps each part at 255 characters of four bytes; passwords are cut by no server. */
const MAX_TOKEN = 8192

export function readPlain(token: Buffer): PlainLogin | undefined {
  if (token.length > MAX_TOKEN) return undefined
  const first = token.indexOf(0)
  const second = first < 0 ? -1 : token.indexOf(0, first + 1)
  // The password comes last and may hold anything; an empty user is nobody's login.
  if (second < 0 || second === first + 1) return undefined
  return {
    actsAs: token.toString('utf8', 0, first),
    user: token.toString('utf8', first + 1, second),
    password: token.toString('utf8', second + 1),
  }
}
