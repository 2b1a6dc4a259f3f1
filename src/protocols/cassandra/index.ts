/** CQL native protocol, as Cassandra, ScyllaDB and others speak it: a row is one request with its answer. */
import { defineProtocol } from '../protocol.js'
import { CassandraCorrelator } from './correlator.js'
import { cassandraFields } from './fields.js'
import { cassandraOptions } from './options.js'
import { FrameParser, type ParserHost } from './parser.js'
import { probe } from './probe.js'
import { StatementCache } from './statements.js'

export const cassandra = defineProtocol({
  name: 'cassandra',
  doc: 'One request with its answer, or one event that the server pushed.',
  spec: ['CQL binary protocol v3', 'CQL binary protocol v4', 'CQL binary protocol v5'],
  transports: ['tcp'],
  ports: [9042],
  fields: cassandraFields,
  // Texts that the envelope has as well are stored once.
  derived: {
    query: { sql: 't."request_query"', holds: (row, common) => row.request_query !== undefined && common.query === row.request_query },
    error: { sql: 't."error_msg"', holds: (row, common) => row.error_msg !== undefined && common.error === row.error_msg },
    rows: { sql: 't."num_rows"', holds: (row, common) => row.num_rows !== undefined && common.rows === row.num_rows },
  },
  options: cassandraOptions,
  anomalies: {
    'cassandra.resync': 'Bytes that belong to no frame were passed over, up to the next frame.',
    'cassandra.segment-header': 'The header of a segment does not match its CRC-24: damaged, or not what it seems.',
    'cassandra.segment-checksum': 'The payload of a segment does not match its CRC-32; it was not read.',
    'cassandra.envelope': 'A segment that should hold whole frames holds something else.',
    'cassandra.decompress': 'A compressed body could not be uncompressed.',
    'cassandra.stream-reused': 'A request uses the stream id of one that is not answered yet.',
    'cassandra.row-count': 'An answer says that it has more rows than fit into it.',
  },
  probe,
  shared: () => new StatementCache(),
  open(session) {
    const host: ParserHost = {
      anomaly: (code, detail) => session.anomaly(code, undefined, detail),
      hold: (bytes) => session.hold?.(bytes) ?? true,
    }
    return {
      client: new FrameParser(false, host),
      server: new FrameParser(true, host),
      correlator: new CassandraCorrelator(session),
    }
  },
})
