/** Is this SMTP? By the banner, the hello, or the envelope commands; never by the port alone. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Likeness, Look } from '../protocol.js'

/** Bytes and lines looked at; a session shows itself within its first few lines. */
const MAX_LOOK = 2048
const MAX_LINES = 12

/** Commands that no other protocol has. */
const SURE = /^(?:(?:EHLO|LHLO|HELO)(?: +[^\r\n]*)?\r?$|MAIL FROM: *\S|RCPT TO: *\S|BDAT \d+(?: LAST)?\r?$)/i
/** Commands of SMTP that other protocols share. */
const SHARED = /^(?:RSET|NOOP|QUIT|HELP|STARTTLS|DATA|VRFY .*|EXPN .*|ETRN .*|AUTH .*|XCLIENT .*)\r?$/i
/** Heads of the above, for a first line that has not ended. */
const HEADS = [
  'EHLO ',
  'HELO ',
  'LHLO ',
  'MAIL FROM:',
  'RCPT TO:',
  'BDAT ',
  'RSET',
  'NOOP',
  'QUIT',
  'STARTTLS',
  'DATA',
  'AUTH ',
  'VRFY ',
  'EXPN ',
]
const REPLY = /^[2-5]\d\d(?:[ -]|\r?$)/
const NAMES_MAIL = /\b(?:E?SMTP|LMTP)\b|\bmail(?:er)?\b|\bpostfix\b|\bsendmail\b|\bexim\b/i

export function probe(look: Look): Likeness {
  const server = side(look.server)
  const client = side(look.client)
  if (server === undefined || client === undefined) return 'no'
  const spoke = server !== ''
  if (spoke && !couldReply(server)) return 'no'
  const greeting = /^(?:220|421|554)(?:[ -]|\r?\n|$)/.test(server)
  // FTP greets alike; what it calls itself settles it.
  const named = greeting && NAMES_MAIL.test(server)
  if (client === '') {
    if (named && server.includes('\n') && /\bE?SMTP\b|\bLMTP\b/i.test(server)) return 'yes'
    if (greeting || server.length < 4) return 'maybe'
    // In the middle: an enhanced status code or the go-ahead for a message.
    return look.hinted || /^\d{3}[ -][245]\.\d{1,3}\.\d{1,3} /.test(server) || server.startsWith('354 ') ? 'maybe' : 'no'
  }
  // Replies on the client's side: the roles are the other way round.
  if (/^\d{3}[ -]/.test(client)) return 'no'
  const lines = client.split('\n', MAX_LINES)
  const whole = client.includes('\n')
  if (!whole) {
    if (headFits(client)) return 'maybe'
    return named || (look.hinted && (!spoke || greeting)) ? 'maybe' : 'no'
  }
  for (const line of lines.slice(0, lines.length - 1)) {
    if (SURE.test(line)) return 'yes'
    if (!SHARED.test(line) && !look.hinted && !named) return 'no'
  }
  if (named) return 'yes'
  return 'maybe'
}

/** The first bytes as text; undefined when they are not text. */
function side(cur: Cursor): string | undefined {
  const length = Math.min(cur.left, MAX_LOOK)
  for (let i = 0; i < length; i++) {
    const byte = cur.peek(i)
    if (byte >= 0x20 || byte === 0x0d || byte === 0x0a || byte === 0x09) continue
    // Behind its first line a stream may have gone over to TLS.
    return i > 0 && cur.peek(i - 1) === 0x0a ? cur.latin1(i) : undefined
  }
  return cur.latin1(length)
}

const couldReply = (server: string): boolean =>
  server.length < 4 ? /^[2-5]\d{0,2}\r?$/.test(server) : REPLY.test(server.split('\n', 1)[0] ?? '')

function headFits(client: string): boolean {
  const text = client.toUpperCase()
  return HEADS.some((head) => (text.length < head.length ? head.startsWith(text) : text.startsWith(head)))
}
