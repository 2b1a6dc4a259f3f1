/** SIP over UDP and TCP: a row is one transaction, a call is the rows that share its Call-ID. */
import { defineProtocol } from '../protocol.js'
import { Calls } from './calls.js'
import { type Shared, SipCorrelator } from './correlator.js'
import { sipFields } from './fields.js'
import { sipOptions } from './options.js'
import { DatagramParser, MAX_MESSAGE, type Say, StreamParser } from './parser.js'
import { probe } from './probe.js'

export const sip = defineProtocol({
  name: 'sip',
  doc: 'One SIP transaction: a request with its provisional and final responses, an INVITE with its ACK; unanswered requests and orphan responses are rows too.',
  spec: [
    'RFC 3261',
    'RFC 2543',
    'RFC 3262',
    'RFC 3311',
    'RFC 3325',
    'RFC 3326',
    'RFC 3428',
    'RFC 3515',
    'RFC 3581',
    'RFC 3903',
    'RFC 5626',
    'RFC 6026',
    'RFC 6086',
    'RFC 6665',
    'RFC 7315',
    'RFC 7616',
    'RFC 8866',
  ],
  transports: ['udp', 'tcp'],
  ports: [5060, 5061],
  fields: sipFields,
  derived: {
    resource: { sql: 't."request_uri"', holds: (row, common) => common.resource === row.request_uri },
    query: {
      sql: `t."method" || ' ' || t."request_uri"`,
      holds: (row, common) => row.request_uri !== undefined && common.method !== undefined,
    },
  },
  options: sipOptions,
  anomalies: {
    'sip.start-line': 'A datagram between SIP endpoints is no SIP message.',
    'sip.lost-sync': 'Bytes stand where a message should start and are none; they were passed over up to the next start line.',
    'sip.head-end': 'A message has no empty line behind its header.',
    'sip.head-length': 'A head is longer than any server accepts.',
    'sip.header-count': 'A message has more header fields than are read.',
    'sip.header-syntax': 'A header line has no name or no colon.',
    'sip.missing-header': 'A message lacks a header field that every message must have.',
    'sip.cseq': 'CSeq is no number with a method, or names another method than the request.',
    'sip.content-length': 'Content-Length is missing where it must be, is invalid, or does not fit the message.',
    'sip.body-length': 'A body is longer than what is read of one.',
    'sip.trailing-bytes': 'Bytes follow behind the end of a message in its datagram.',
    'sip.waiting': 'More transactions are open than are kept; the oldest were told as they stood.',
  },
  eventType: ['info', 'protocol'],
  maxHeld: MAX_MESSAGE,
  shared: (): Shared => ({ calls: new Calls(), reachable: new Map() }),
  probe,
  open(session) {
    const say: Say = (code, detail) => session.anomaly(code, undefined, detail)
    const parser = () => (session.flow.transport === 'udp' ? new DatagramParser(say) : new StreamParser(say))
    return { client: parser(), server: parser(), correlator: new SipCorrelator(session) }
  },
})
