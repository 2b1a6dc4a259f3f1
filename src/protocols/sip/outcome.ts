/** What came of a request, in words. */
import type { Exchange } from './exchange.js'
import { tagInTo } from './row-parts.js'

const BUSY = new Set([486, 600])
const DECLINED = new Set([403, 603, 607, 608])
const NO_ANSWER = new Set([408, 480])
const NOT_FOUND = new Set([404, 410, 484, 485, 604])
const CHALLENGE = new Set([401, 407])

/** Of an INVITE that begins a call. */
export function callOutcome({ method, request, final }: Exchange): string | undefined {
  if (method !== 'INVITE' || (request && tagInTo(request) !== undefined)) return undefined
  const code = final?.status?.code
  if (code === undefined) return 'unanswered'
  if (code < 300) return 'answered'
  if (code < 400) return 'redirected'
  if (code === 487) return 'cancelled'
  if (BUSY.has(code)) return 'busy'
  if (DECLINED.has(code)) return 'declined'
  if (NO_ANSWER.has(code)) return 'no-answer'
  if (NOT_FOUND.has(code)) return 'not-found'
  return CHALLENGE.has(code) ? 'challenged' : 'failed'
}

/** Of credentials. A challenge to a stale nonce says nothing against them, an error of the server or in the message nothing for them. */
export function authResult({ request, final }: Exchange): string | undefined {
  const code = final?.status?.code
  const signed = request?.headers.first('authorization') ?? request?.headers.first('proxy-authorization')
  if (code === undefined) return undefined
  if (CHALLENGE.has(code)) {
    const challenge = final!.headers.first('www-authenticate') ?? final!.headers.first('proxy-authenticate') ?? ''
    // An empty response asks for a challenge: RFC 3310 §3.3.
    const empty = signed !== undefined && /(?:^|[\s,])response\s*=\s*""/i.test(signed)
    return signed === undefined || empty || /stale\s*=\s*"?true/i.test(challenge) ? 'challenged' : 'rejected'
  }
  if (signed === undefined) return undefined
  if (code === 403) return 'rejected'
  return code === 400 || (code >= 500 && code < 600) ? undefined : 'accepted'
}

/** Of a REGISTER. */
export function registration({ method, request, final }: Exchange, auth: string | undefined): string | undefined {
  if (method !== 'REGISTER') return undefined
  const code = final?.status?.code
  if (code === undefined) return 'unanswered'
  if (code < 300) {
    if (!request) return 'registered'
    const contacts = request.headers.list('contact')
    if (contacts.length === 0) return 'listed'
    const gone = (one: string) => {
      const own = /;\s*expires\s*=\s*"?(\d+)/i.exec(one)?.[1] ?? request.headers.first('expires')
      return one === '*' || (own !== undefined && Number(own) === 0)
    }
    return contacts.every(gone) ? 'removed' : 'registered'
  }
  if (code < 400) return 'redirected'
  return auth === 'challenged' ? 'challenged' : 'refused'
}
