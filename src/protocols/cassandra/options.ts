/** Packetbeat's options for Cassandra, with its defaults, and how much of a result is shown. */
import { count, defineOptions, flag, word, words } from '../../schema/options.js'

export const cassandraOptions = defineOptions({
  send_request: flag('Keep the request: cassandra.request and the statement as text.', true),
  send_response: flag('Keep the answer: cassandra.response and the first rows as text.', true),
  send_request_header: flag('Keep version, flags, stream, opcode and length of requests.', true),
  send_response_header: flag('Keep version, flags, stream, opcode and length of answers.', true),
  compressor: word('Compression expected where no STARTUP was seen to agree on one: snappy or lz4. The bytes decide.'),
  ignored_ops: words('Opcodes whose requests and answers give no row, such as OPTIONS or REGISTER.'),
  max_rows: count('Rows of a result that are kept as text.', 10),
  max_row_length: count('Characters of one such row.', 1024),
})
