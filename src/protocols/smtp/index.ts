import { count, defineOptions } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { ClientParser } from './client-parser.js'
import { SmtpCorrelator } from './correlator.js'
import { Dialogue } from './dialogue.js'
import { smtpFields } from './fields.js'
import { probe } from './probe.js'
import { ServerParser } from './server-parser.js'

const options = defineOptions({
  max_message_size: count(
    'Bytes of a message that are searched for headers and files; its size and hash are told in full.',
    10 * 1024 * 1024,
  ),
})

/** SMTP and LMTP: sessions in, mail transactions out. */
export const smtp = defineProtocol({
  name: 'smtp',
  doc: 'One mail transaction, from MAIL to the end of its message or its refusal; one AUTH that was refused; or one session that sent no mail.',
  spec: [
    'RFC 5321',
    'RFC 2033',
    'RFC 2920',
    'RFC 3030',
    'RFC 3207',
    'RFC 3461',
    'RFC 3463',
    'RFC 4954',
    'RFC 6531',
    'RFC 5322',
    'RFC 2045',
  ],
  transports: ['tcp'],
  ports: [25, 587, 2525, 24],
  fields: smtpFields,
  options,
  anomalies: {
    'smtp.bare-lf':
      'Lines end with LF instead of CRLF: a program that is no mail server, or an attempt to have two servers see different mails.',
    'smtp.smuggling':
      'A message holds a lone dot between sloppy line ends, which some servers take for its end and for commands what follows.',
    'smtp.line-length': 'A command line is longer than any server takes; the rest of it was skipped.',
    'smtp.command-before-banner': 'The client spoke before the greeting, as bulk mailers and attack tools do.',
    'smtp.unknown-commands': 'The client sent ten lines that are no SMTP commands: another protocol, or somebody trying.',
    'smtp.reply-without-command': 'The server sent a reply that answers no command.',
    'smtp.reply-malformed': 'The server sent a line that is no reply, or a reply whose lines do not belong together.',
    'smtp.starttls-injection': 'Plaintext stood behind STARTTLS before the reply; a server that keeps it runs it inside TLS.',
    'smtp.starttls-hidden': 'An extension in the reply to EHLO is overwritten with X: a device in between hides STARTTLS.',
    'smtp.plaintext-after-starttls':
      'STARTTLS was accepted, yet what follows is readable: decrypted before the capture, or never encrypted.',
    'smtp.content-after-refusal': 'The client sent a message though DATA was refused.',
    'smtp.bdat-syntax': 'A BDAT command has no valid size; no payload was expected behind it.',
    'smtp.commands-waiting': 'More commands wait for replies than are kept; the oldest count as unanswered.',
    'smtp.logins-cut': 'A connection had more refused logins than get a row each; the rest are counted in auth_failures.',
    'smtp.recipients-cut': 'A mail has more recipients than are listed; the rest are counted.',
    'smtp.header-size': 'The header of a message is longer than what is kept; the rest of it was not read.',
    'smtp.mime-limit': 'A message has more files, or parts inside parts, than are followed.',
    'smtp.message-cut': 'A message is larger than max_message_size; what lies beyond was counted and hashed only.',
  },
  probe,
  open(session) {
    const dialogue = new Dialogue(
      (code, detail) => correlator.note(code, detail),
      (name) => session.upgradeTo(name),
    )
    const correlator = new SmtpCorrelator(session, dialogue)
    const odd = (code: string, detail?: string) => correlator.note(code, detail)
    dialogue.listener = correlator
    return {
      client: new ClientParser(
        dialogue,
        session.options.max_message_size,
        odd,
        session.hold && ((bytes) => session.hold?.(bytes) ?? true),
        session.carry,
      ),
      server: new ServerParser(dialogue, odd),
      correlator,
    }
  },
})
