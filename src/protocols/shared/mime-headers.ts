/** Decodes a message's header block (RFC 5322, RFC 2047, RFC 2231) and the names of its files; loads the decoder when first needed. */
import { isUtf8 } from 'node:buffer'
import type { Address, Email } from 'postal-mime'
import type { MimeFile } from './mime-file.js'

/** Addresses kept of one header field; mailing lists put a few hundred into To. */
const MAX_ADDRESSES = 1000
/** Characters kept of one decoded value; a subject longer than this is an attack. */
const MAX_VALUE = 4096

export interface MailHeaders {
  readonly from?: readonly string[] | undefined
  readonly sender?: readonly string[] | undefined
  readonly to?: readonly string[] | undefined
  readonly cc?: readonly string[] | undefined
  readonly bcc?: readonly string[] | undefined
  readonly replyTo?: readonly string[] | undefined
  readonly subject?: string | undefined
  /** Without angle brackets. */
  readonly messageId?: string | undefined
  readonly inReplyTo?: string | undefined
  /** ISO 8601, UTC; absent when the field cannot be read as a date. */
  readonly date?: string | undefined
  /** The date as it was written. */
  readonly rawDate?: string | undefined
  readonly mailer?: string | undefined
  readonly contentType?: string | undefined
  readonly mimeVersion?: string | undefined
  /** Number of Received fields: servers it passed before. */
  readonly hops: number
}

/** ECS email.attachments: one object per file. */
export interface MailFile {
  readonly file: {
    name?: string
    size: number
    mime_type: string
    extension?: string
    hash?: { md5: string; sha256: string }
  }
  /** Bytes of it are missing, so there are no hashes. */
  readonly incomplete?: true
}

let decoder: Promise<typeof import('postal-mime').default> | undefined
/** Loaded with the first message: most captures have none. */
function load(): Promise<typeof import('postal-mime').default> {
  decoder ??= import('postal-mime').then((module) => module.default)
  return decoder
}

export async function readHeaders(block: Buffer): Promise<MailHeaders> {
  const PostalMime = await load()
  // Raw eight-bit headers that are not UTF-8 come from old senders; ISO 8859-1 is right more often than not.
  const bytes = isUtf8(block) ? block : Buffer.from(block.toString('latin1'), 'utf8')
  const mail = await PostalMime.parse(bytes)
  const first = (name: string) => mail.headers.find((header) => header.key === name)?.value
  const rawDate = first('date')
  return {
    from: addresses(mail.from && [mail.from]),
    sender: addresses(mail.sender && [mail.sender]),
    to: addresses(mail.to),
    cc: addresses(mail.cc),
    bcc: addresses(mail.bcc),
    replyTo: addresses(mail.replyTo),
    subject: cut(mail.subject ?? emptyWhenThere(mail, 'subject')),
    messageId: cut(mail.messageId?.replace(/^\s*<([^<>]*)>.*$/s, '$1').trim()),
    inReplyTo: cut(mail.inReplyTo),
    date: isoDate(rawDate),
    rawDate: cut(rawDate),
    mailer: cut(first('x-mailer') ?? first('user-agent')),
    contentType: cut(first('content-type')),
    mimeVersion: cut(first('mime-version')),
    hops: mail.headers.reduce((sum, header) => sum + (header.key === 'received' ? 1 : 0), 0),
  }
}

/** The files with their names decoded. */
export async function nameFiles(files: readonly MimeFile[]): Promise<MailFile[]> {
  const out: MailFile[] = []
  for (const part of files) {
    const name = cut(await fileName(part))
    const extension = name && /\.([A-Za-z0-9]{1,16})$/.exec(name)?.[1]?.toLowerCase()
    out.push({
      file: {
        ...(name ? { name } : {}),
        size: part.size,
        mime_type: part.type,
        ...(extension ? { extension } : {}),
        ...(part.whole ? { hash: { md5: part.md5, sha256: part.sha256 } } : {}),
      },
      ...(part.whole ? {} : { incomplete: true as const }),
    })
  }
  return out
}

/** The decoder names only what it calls an attachment, so it is shown the part's parameters under a neutral type. */
async function fileName(part: MimeFile): Promise<string | undefined> {
  const at = part.contentType.indexOf(';')
  const params = at < 0 ? '' : part.contentType.slice(at)
  const block = Buffer.from(
    `Content-Type: application/octet-stream${params}\nContent-Disposition: attachment${dispositionParams(part.disposition)}\n\n`,
    'latin1',
  )
  const PostalMime = await load()
  const mail = await PostalMime.parse(isUtf8(block) ? block : Buffer.from(block.toString('latin1'), 'utf8'))
  return mail.attachments[0]?.filename ?? undefined
}

function dispositionParams(disposition: string): string {
  const at = disposition.indexOf(';')
  return at < 0 ? '' : disposition.slice(at)
}

function addresses(list: readonly Address[] | undefined): string[] | undefined {
  if (!list) return undefined
  const out: string[] = []
  for (const entry of list) {
    for (const one of entry.group ?? [entry]) {
      if (one.address && out.length < MAX_ADDRESSES) out.push(one.address.slice(0, MAX_VALUE))
    }
  }
  return out.length > 0 ? out : undefined
}

const cut = (value: string | undefined): string | undefined => (value === undefined ? undefined : value.slice(0, MAX_VALUE))

const emptyWhenThere = (mail: Email, name: string): string | undefined =>
  mail.headers.some((header) => header.key === name) ? '' : undefined

/** A zone in the words of RFC 5322 §3.3 and §4.3. */
const ZONE = /(?:[+-]\d{4}|\b(?:UTC?|GMT|Z|[ECMP][SD]T))\b/

/** Without a zone the date is taken as UTC: the zone of the machine that reads the capture has no part in it. */
function isoDate(raw: string | undefined): string | undefined {
  if (!raw || raw.length > 100) return undefined
  const plain = raw.replaceAll(/\([^()]*\)/g, ' ').trim()
  const time = Date.parse(ZONE.test(plain) ? plain : `${plain} UTC`)
  return Number.isNaN(time) ? undefined : new Date(time).toISOString()
}
