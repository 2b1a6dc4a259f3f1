import { count, defineOptions } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { Backends } from './cancel.js'
import { ClientParser } from './client-parser.js'
import type { PgsqlOptions, PgsqlSession } from './connection.js'
import { PgsqlCorrelator } from './correlator.js'
import { Dialogue } from './dialogue.js'
import { pgsqlFields } from './fields.js'
import type { PgsqlMessage } from './messages.js'
import { probe } from './probe.js'
import { ServerParser } from './server-parser.js'

const options = defineOptions({
  max_rows: count('Rows of a result that `response` holds.', 10),
  max_row_length: count('Characters of values that `response` holds of each row.', 1024),
})

/** PostgreSQL: statements in, by simple or extended query, and their results. */
export const pgsql = defineProtocol<typeof pgsqlFields, PgsqlMessage, typeof options, Backends>({
  name: 'pgsql',
  doc: 'One statement with its result; or a login, a request to encrypt or to cancel, a notification, the end of the session.',
  spec: ['PostgreSQL frontend/backend protocol 3.0, 3.2', 'RFC 5802', 'RFC 7677'],
  transports: ['tcp'],
  ports: [5432],
  fields: pgsqlFields,
  options,
  anomalies: {
    'pgsql.framing': 'Bytes that are no message stood where one had to begin; the next one was looked for.',
    'pgsql.unknown-message': 'A message with a letter that PostgreSQL does not have: a product that extends it.',
    'pgsql.out-of-step': 'The server answered something else than what was asked: a request was not captured, or the product differs.',
    'pgsql.plaintext-after-ssl':
      'The server agreed to TLS, yet what follows is readable: decrypted before the capture, or an attempt to inject statements.',
    'pgsql.requests-waiting': 'More requests wait for an answer than are kept; the oldest were written without theirs.',
    'pgsql.statements-cut': 'More statements were prepared, or stand in one query, than are told apart.',
  },
  probe,
  shared: () => new Backends(),
  open(session) {
    const dialogue = new Dialogue(
      (code, detail) => correlator.note(code, detail),
      (name) => session.upgradeTo(name),
    )
    const opts = session.options as typeof session.options & PgsqlOptions
    const correlator = new PgsqlCorrelator(session as unknown as PgsqlSession, dialogue)
    return {
      client: new ClientParser(dialogue),
      server: new ServerParser(dialogue, opts.send_response ? opts.max_rows : 0),
      correlator,
    }
  },
})
