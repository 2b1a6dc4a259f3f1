/** From a finished mail transaction, or a session without one, to its row: what decided, what it says, what is complete. */
import type { EndReason } from '../../model/side.js'
import type { Completeness } from '../../model/transaction.js'
import type { RowOf } from '../../schema/fields.js'
import { nameFiles, readHeaders } from '../shared/mime-headers.js'
import type { smtpFields } from './fields.js'
import type { Mail } from './mail.js'
import type { Reply } from './messages.js'

export type SmtpRow = RowOf<typeof smtpFields>

/** Recipients listed; what comes after is counted. Servers refuse more than 1000 in one mail by default. */
export const MAX_RECIPIENTS = 1000
/** Recipients written out in the one-line query. */
const QUERY_RECIPIENTS = 10
/** Characters of a resource or reply text in a row. */
const MAX_TEXT = 4096

/** RFC 3463: class.subject.detail at the head of a reply's text. */
const ENHANCED = /^([245]\.\d{1,3}\.\d{1,3})(?:[ \t]+|$)/

/** `250 2.0.0 Ok: queued as 4F2A11C0`, `250 OK id=1bwpfB-0000Be-Tu`, `250 2.0.0 tA6IZTQc010322 Message accepted`. */
const QUEUE_IDS = [/\bqueued (?:mail )?(?:as|with id)[ :]+<?([\w.@+-]+)/i, /\bid=([\w-]+)/i, /^(\w{8,}) Message accepted/i]

export const firstLine = (reply: Reply | undefined): string => reply?.lines[0] ?? ''

export const replyWords = (reply: Reply): string => `${reply.code} ${reply.lines.join(' ')}`.trimEnd().slice(0, MAX_TEXT)

export function putReply(row: SmtpRow, reply: Reply | undefined, wash: (text: string) => string): void {
  if (!reply) return
  row.reply_code = reply.code
  const enhanced = ENHANCED.exec(firstLine(reply))
  row.enhanced_status = enhanced?.[1]
  row.reply_text = wash(reply.lines.map((line) => line.replace(ENHANCED, '')).join('\n')).slice(0, MAX_TEXT)
  row.last_reply = wash(replyWords(reply))
}

export interface Verdict {
  readonly outcome: string
  readonly rejectedBy: string | undefined
  /** The reply that decided. */
  readonly reply: Reply | undefined
}

export function judge(mail: Mail): Verdict {
  const refused = (rejectedBy: string, reply: Reply | undefined): Verdict => ({ outcome: 'refused', rejectedBy, reply })
  if (mail.refusedMail) return refused('mail', mail.refusedMail)
  if (mail.final) {
    if (mail.final.code < 400 || mail.taken > 0) {
      const partly = mail.refused > 0 || mail.failed > 0
      return { outcome: partly ? 'partly' : 'accepted', rejectedBy: undefined, reply: mail.final }
    }
    // With every recipient refused the message was bound to be.
    if (mail.refused > 0 && mail.accepted === 0) return refused('rcpt', mail.refusedRcpt)
    return refused('message', mail.final)
  }
  if (mail.refused > 0 && mail.accepted === 0 && mail.refused === mail.rcptCommands) return refused('rcpt', mail.refusedRcpt)
  if (mail.refusedData) return refused(mail.transfer === 'BDAT' ? 'message' : 'data', mail.refusedData)
  if (mail.aborted) return refused(mail.aborted.code === 421 ? 'session' : 'message', mail.aborted)
  if (mail.ending === 'message' || mail.unanswered > 0) return { outcome: 'unanswered', rejectedBy: undefined, reply: mail.lastReply }
  if (mail.ending === 'end') return { outcome: 'cut', rejectedBy: undefined, reply: mail.lastReply }
  return { outcome: 'abandoned', rejectedBy: undefined, reply: mail.lastReply }
}

export function completeness(mail: Mail, why: EndReason | undefined): Completeness {
  if (mail.lost || (mail.content && mail.content.lost > 0)) return 'lost'
  if (mail.cut || mail.content?.headless || (mail.content && !mail.content.finished && mail.ending === 'end')) return 'truncated'
  if (mail.unanswered > 0) return 'no-response'
  // Refused is over, whether the client says so or just goes away.
  const refused = mail.refusedMail || mail.refusedData || mail.aborted || (mail.refused > 0 && mail.accepted === 0)
  if (mail.ending === 'end' && why !== undefined && !refused) return 'truncated'
  return mail.command ? 'complete' : 'truncated'
}

export function putMail(row: SmtpRow, mail: Mail, verdict: Verdict, wash: (text: string) => string): void {
  row.outcome = verdict.outcome
  row.rejected_by = verdict.rejectedBy
  putReply(row, verdict.reply, wash)
  if (mail.final && mail.final.code < 300) row.queue_id = queueId(mail.final)
  row.last_command = mail.last
  row.mail_from = mail.from
  row.mail_parameters = mail.parameters
  const size = mail.parameters?.SIZE
  if (typeof size === 'string' && /^\d{1,15}$/.test(size)) row.declared_size = Number(size)
  if (mail.rcptCommands > 0) {
    row.rcpt_to = mail.recipients.map((one) => one.address)
    row.recipients = mail.recipients.map((one) => (one.text === undefined ? one : { ...one, text: wash(one.text) }))
    row.recipients_accepted = mail.accepted
    row.recipients_refused = mail.refused
  }
  row.transfer = mail.transfer
  if (mail.chunks > 0) row.chunks = mail.chunks
  const content = mail.content
  if (content) {
    row.message_bytes = content.bytes
    if (content.lost > 0) row.message_lost_bytes = content.lost
    row.message_sha256 = content.sha256
    if (content.unexamined) row.message_cut = true
  }
}

function queueId(reply: Reply): string | undefined {
  const line = firstLine(reply).replace(ENHANCED, '')
  for (const pattern of QUEUE_IDS) {
    const found = pattern.exec(line)
    if (found) return found[1]
  }
  return undefined
}

/** Where the message's header was not seen, the envelope speaks for it. */
export function putEnvelopeAsHeader(row: SmtpRow): void {
  if (row.mail_from) row.from_address = [row.mail_from]
  if (row.rcpt_to && row.rcpt_to.length > 0) row.to_address = row.rcpt_to
}

/** Decodes the header and the file names into the row; never rejects. */
export async function putMessage(row: SmtpRow, mail: Mail, block: Buffer, notes: string[]): Promise<void> {
  const walker = mail.content?.walker
  if (!walker) return
  try {
    const head = await readHeaders(block)
    row.from_address = head.from
    row.to_address = head.to
    row.cc_address = head.cc
    row.bcc_address = head.bcc
    row.reply_to_address = head.replyTo
    row.sender_address = head.sender?.[0]
    row.subject = head.subject
    row.message_id = head.messageId
    row.in_reply_to = head.inReplyTo
    row.date = head.date
    row.header_date = head.rawDate
    row.x_mailer = head.mailer
    row.content_type = head.contentType
    row.mime_version = head.mimeVersion
    row.received_hops = head.hops
  } catch (error) {
    putEnvelopeAsHeader(row)
    notes.push(`the header of the message could not be decoded: ${error instanceof Error ? error.message : 'unknown'}`)
  }
  if (walker.files.length === 0) return
  try {
    const files = await nameFiles(walker.files)
    row.attachments = files
    row.attachment_count = files.length + walker.unlisted
    row.attachment_names = files.flatMap((one) => one.file.name ?? [])
  } catch (error) {
    row.attachment_count = walker.files.length + walker.unlisted
    notes.push(`the file names of the message could not be decoded: ${error instanceof Error ? error.message : 'unknown'}`)
  }
}

/** `MAIL FROM:<a@b> RCPT TO:<c@d>` in one line. */
export function queryOf(mail: Mail): string {
  const words: string[] = []
  if (mail.from !== undefined) words.push(`MAIL FROM:<${mail.from}>`)
  for (const one of mail.recipients.slice(0, QUERY_RECIPIENTS)) words.push(`RCPT TO:<${one.address}>`)
  if (mail.rcptCommands > QUERY_RECIPIENTS) words.push(`(${mail.rcptCommands - QUERY_RECIPIENTS} more)`)
  return words.join(' ')
}

export const resourceOf = (mail: Mail): string | undefined =>
  mail.recipients.length === 0
    ? undefined
    : mail.recipients
        .map((one) => one.address)
        .join(', ')
        .slice(0, MAX_TEXT)

export function paramsOf(mail: Mail): string | undefined {
  if (!mail.parameters) return undefined
  return Object.entries(mail.parameters)
    .map(([key, value]) => (value === true ? key : `${key}=${value}`))
    .join(' ')
}
