import { count, defineOptions, word } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { ClientParser } from './client-parser.js'
import { MysqlCorrelator } from './correlator.js'
import { CsvRows } from './csv.js'
import { mysqlFields } from './fields.js'
import { Link } from './link.js'
import { probe } from './probe.js'
import { ServerParser } from './server-parser.js'

const options = defineOptions({
  max_rows: count('Rows of a result that `response` shows.', 10),
  max_row_length: count('Characters of values that a row of `response` shows.', 1024),
  statement_timeout: word(
    "How long Packetbeat remembers a prepared statement. Accepted and without effect: they are kept as long as the server's.",
    '3600s',
  ),
})

/** MySQL and MariaDB: the client/server protocol in, one row a command out. */
export const mysql = defineProtocol({
  name: 'mysql',
  doc: 'One command of a client with its answer: a login, a statement, the execution of a prepared one, a ping.',
  spec: ['MySQL Client/Server Protocol', 'MariaDB Client/Server Protocol'],
  transports: ['tcp'],
  ports: [3306, 3307],
  fields: mysqlFields,
  options,
  anomalies: {
    'mysql.malformed': 'Bytes stopped making sense as packets of this protocol; reading goes on at the next command.',
    'mysql.compression': 'A packet of the compressed protocol could not be undone.',
    'mysql.compression-ratio': 'Compressed packets grow more than rows ever do; they are no longer undone.',
    'mysql.commands-waiting': 'More commands wait for answers than are kept; the oldest count as unanswered.',
    'mysql.statements-forgotten': 'More prepared statements are open than are remembered; the least used went.',
    'mysql.refused': 'The server refused the connection before any login, and says why.',
    'mysql.no-login': 'The server greeted and no login followed: a scan, a health check, or a client that gave up.',
    'mysql.clear-password': 'A password was sent in clear, by a plugin that relies on TLS.',
    'mysql.old-password': 'The login used a scramble of MySQL before 4.1, which gives the password away.',
    'mysql.infile-unasked': 'The server asked for a file though the statement loads none: a server that steals files from its clients.',
    'mysql.x-protocol': 'The connection speaks X Protocol, which is not decoded.',
  },
  // A compressed packet is undone as a whole: 16 MB, its header, and what comes with it in one segment.
  maxHeld: (1 << 24) + (1 << 18),
  probe,
  open(session) {
    const link = new Link()
    const correlator = new MysqlCorrelator(session, link)
    link.listener = correlator
    const secret = (text: string): string => session.secret(text)
    const hold = session.hold && ((bytes: number): boolean => session.hold?.(bytes) ?? true)
    const toTls = (): void => session.upgradeTo('tls')
    const { send_response, max_rows, max_row_length } = session.options as unknown as {
      send_response: boolean
      max_rows: number
      max_row_length: number
    }
    const csv = send_response ? new CsvRows(max_rows, max_row_length, secret) : undefined
    return {
      client: new ClientParser(link, secret, toTls, hold),
      server: new ServerParser(link, csv, toTls, hold),
      correlator,
    }
  },
})
