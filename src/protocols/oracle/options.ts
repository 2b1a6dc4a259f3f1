/** Options of the protocol; names and defaults follow those of Packetbeat's SQL protocols. */
import { count, defineOptions, flag, type OptionsOf } from '../../schema/options.js'

export const oracleOptions = defineOptions({
  send_request: flag('Keep the statement or the connect descriptor as text in the document field `request`.'),
  send_response: flag('Keep the first rows of a result as text in the document field `response`.'),
  max_rows: count('Rows of a result that are kept as text, with send_response.', 10),
  max_row_length: count('Characters of one such row.', 1024),
})
export type OracleOptions = OptionsOf<typeof oracleOptions>
