/** Oracle Net (TNS) and the calls inside it (TTC): a row is one connect or one call with its answer. */
import { defineProtocol } from '../protocol.js'
import { OracleCorrelator } from './correlator.js'
import { oracleFields } from './fields.js'
import { oracleOptions } from './options.js'
import { type ParserHost, TnsParser } from './parser.js'
import { probe } from './probe.js'

export const oracle = defineProtocol({
  name: 'oracle',
  doc: 'One connect, login, statement or other call with its answer.',
  spec: ['Oracle Database Net Services Reference (descriptors)', 'node-oracledb, thin mode (source of the layout of packets and calls)'],
  transports: ['tcp'],
  ports: [1521, 1522, 1525, 1526, 1630, 2483],
  fields: oracleFields,
  options: oracleOptions,
  anomalies: {
    'oracle.resync': 'Bytes that belong to no packet were passed over, up to the next packet.',
    'oracle.unanswered': 'More requests than are kept waited for an answer; the oldest was given up.',
  },
  probe,
  open(session) {
    const host: ParserHost = {
      anomaly: (code, detail) => session.anomaly(code, undefined, detail),
      hold: (bytes) => session.hold?.(bytes) ?? true,
    }
    return { client: new TnsParser(host), server: new TnsParser(host), correlator: new OracleCorrelator(session) }
  },
})
