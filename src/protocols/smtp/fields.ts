/** The columns of the table `smtp`; the message's own follow ECS email.*. */
import { bool, defineFields, int, json, list, optional, text } from '../../schema/fields.js'

export const smtpFields = defineFields({
  mail_from: optional(text('Envelope sender; empty for the null sender of a bounce.', 'alice@example.com', undefined, { holds: 'email' })),
  rcpt_to: optional(list('Envelope recipients named, refused ones included.', ['bob@example.net'], undefined, { holds: 'email' })),
  subject: optional(text('Subject of the message, decoded.', 'Minutes of Monday', 'email.subject')),
  outcome: text(
    'What came of it: accepted, partly, refused, abandoned, unanswered or cut; login for an AUTH that came to nothing; session where no mail was sent.',
    'accepted',
  ),
  rejected_by: optional(text('Where it failed: mail, rcpt, data, message, auth or session.', 'rcpt')),
  reply_code: optional(int('Code of the reply that decided.', 250)),
  enhanced_status: optional(text('Enhanced status code of that reply, RFC 3463.', '2.0.0')),
  reply_text: optional(text('Text of that reply without its codes.', 'Ok: queued as 4F2A11C0')),
  last_reply: optional(text('Code and text of that reply as sent.', '250 2.0.0 Ok: queued as 4F2A11C0', undefined, { only: 'document' })),
  queue_id: optional(text('Id under which the server queued the message, as in its log.', '4F2A11C0', ['smtp.queue_id', 'email.local_id'])),
  last_command: optional(text('Last command of the transaction, or of the session.', 'DATA')),
  recipients: optional(
    json('Each recipient with its reply and parameters.', [
      { address: 'bob@example.net', code: 250, text: '2.1.5 Ok', parameters: { NOTIFY: 'FAILURE' } },
    ]),
  ),
  recipients_accepted: optional(int('Recipients the server took.', 1)),
  recipients_refused: optional(int('Recipients the server refused.', 0)),
  mail_parameters: optional(json('Parameters of MAIL: SIZE, BODY, SMTPUTF8, RET, ENVID, AUTH...', { SIZE: '1379' })),
  declared_size: optional(int('Message size that the client announced, bytes.', 1379)),
  transfer: optional(text('How the message was sent: DATA or BDAT.', 'DATA')),
  chunks: optional(int('BDAT chunks.', 2)),
  message_bytes: optional(int('Size of the message as transferred, dots unstuffed.', 1379)),
  message_lost_bytes: optional(int('Bytes of the message that were not captured.', 1448)),
  message_sha256: optional(
    text('SHA-256 of the message as transferred; absent when not all of it was seen.', 'e3b0c442', undefined, { related: 'hash' }),
  ),
  message_cut: optional(bool('The message is larger than what is examined: files behind max_message_size are not listed.', false)),
  from_address: optional(
    list('Senders by the header; the envelope sender where no header was seen.', ['alice@example.com'], 'email.from.address', {
      holds: 'email',
    }),
  ),
  to_address: optional(
    list('Recipients by the header; the envelope recipients where no header was seen.', ['bob@example.net'], 'email.to.address', {
      holds: 'email',
    }),
  ),
  cc_address: optional(list('Copies by the header.', ['carol@example.net'], 'email.cc.address', { holds: 'email' })),
  bcc_address: optional(
    list('Blind copies, where the header still names them.', ['dave@example.net'], 'email.bcc.address', { holds: 'email' }),
  ),
  reply_to_address: optional(list('Where answers are to go.', ['desk@example.com'], 'email.reply_to.address', { holds: 'email' })),
  sender_address: optional(
    text('Who sent it for the author, the Sender field.', 'office@example.com', 'email.sender.address', { holds: 'email' }),
  ),
  message_id: optional(text('Message-ID without angle brackets.', '20260101.17@example.com', 'email.message_id')),
  in_reply_to: optional(text('Message it answers, as written.', '<16@example.net>', 'email.in_reply_to')),
  date: optional(text('Date of the message, UTC.', '2026-01-01T10:00:00.000Z', 'email.origination_timestamp')),
  header_date: optional(text('Date as written.', 'Thu, 1 Jan 2026 11:00:00 +0100', 'smtp.header.date')),
  x_mailer: optional(text('Program that wrote it: X-Mailer or User-Agent.', 'Mutt/1.5.20', 'email.x_mailer')),
  content_type: optional(text('Content-Type of the message.', 'multipart/mixed; boundary=x', 'email.content_type')),
  mime_version: optional(text('MIME-Version of the message.', '1.0', 'email.mime_version')),
  received_hops: optional(int('Received fields: servers it had passed before.', 2)),
  attachment_count: optional(int('Files carried.', 1)),
  attachments: optional(
    json(
      'Files carried: name, decoded size, declared type, hashes; a file not wholly seen has no hashes.',
      [
        {
          file: {
            name: 'a.zip',
            size: 1024,
            mime_type: 'application/zip',
            extension: 'zip',
            hash: { md5: '40be8f51', sha256: '61479904' },
          },
        },
      ],
      'email.attachments',
      { holds: 'hash' },
    ),
  ),
  attachment_names: optional(list('Their names.', ['a.zip'], undefined, { only: 'case' })),
  helo: optional(text('Name the client gave for itself.', 'mail.example.com', undefined, { related: 'hosts' })),
  greeting: optional(text('How it said hello: HELO, EHLO (extended) or LHLO (LMTP).', 'EHLO')),
  esmtp: bool('The server accepted an extended hello.', true),
  server_name: optional(text('Name the server gave for itself.', 'mx.example.net', undefined, { related: 'hosts' })),
  banner: optional(text("The server's greeting.", 'mx.example.net ESMTP Postfix')),
  capabilities: optional(list('Extensions the server offered, with their parameters.', ['PIPELINING', 'SIZE 10240000'])),
  pipelining: bool('The client sent commands without waiting for replies.', false),
  starttls: optional(
    text('What became of STARTTLS: not-offered, offered (and not used), requested (no reply seen), refused or used.', 'offered'),
  ),
  tls: bool('STARTTLS was accepted: what follows it is encrypted.', false),
  auth_mechanism: optional(text('SASL mechanism of the last AUTH.', 'PLAIN')),
  auth_user: optional(text('User it named.', 'alice', undefined, { related: 'user' })),
  auth_domain: optional(text('Windows domain of that user, with NTLM.', 'CORP', ['smtp.auth_domain', 'user.domain'])),
  auth_result: optional(text('How that ended: ok, failed, cancelled, or unknown when no final reply was seen.', 'ok')),
  auth_failures: optional(int('AUTH exchanges refused so far on this connection.', 0)),
})
