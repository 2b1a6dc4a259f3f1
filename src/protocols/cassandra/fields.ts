/** The columns of the table `cassandra`. */
import { bool, defineFields, int, json, list, long, optional, text } from '../../schema/fields.js'

const REQUEST = 'cassandra.request'
const RESPONSE = 'cassandra.response'
const META = 'cassandra.response.result.rows.meta'

export const cassandraFields = defineFields({
  no_request: optional(bool('The server pushed it: an event, not an answer.', true)),
  request_version: optional(
    text('Protocol version of the request; 65 and 66 are those of DataStax Enterprise.', '4', `${REQUEST}.headers.version`),
  ),
  request_flags: optional(text('Flags of the request frame.', 'Default', `${REQUEST}.headers.flags`)),
  request_stream: optional(int('Stream id that ties the answer to the request.', 20, `${REQUEST}.headers.stream`)),
  request_op: optional(text('Opcode of the request.', 'QUERY', `${REQUEST}.headers.op`)),
  request_length: optional(int('Length of the request body, bytes, as sent.', 124, `${REQUEST}.headers.length`)),
  request_query: optional(
    text(
      'CQL of the request: as sent, as prepared under the id that is executed, or the statements of a batch.',
      'SELECT * FROM users;',
      `${REQUEST}.query`,
    ),
  ),
  statement_id: optional(
    text('Id of the prepared statement that is executed, hex.', '8a1ab4a7d3c0a9ac2f6e0cb8a4b1f6a0', `${REQUEST}.statement_id`),
  ),
  fingerprint: optional(
    text(
      'The statement without its literals: equal for statements of one kind.',
      'select * from users where id = ?',
      `${REQUEST}.fingerprint`,
    ),
  ),
  tables: optional(list('Tables that the statement names.', ['shop.users'], `${REQUEST}.tables`)),
  keyspace: optional(
    text('Keyspace that names without one belong to: of the request, or of the last USE of the connection.', 'shop', `${REQUEST}.keyspace`),
  ),
  consistency: optional(text('Consistency level asked for.', 'LOCAL_QUORUM', `${REQUEST}.consistency`)),
  serial_consistency: optional(text('Consistency level of the conditional part.', 'SERIAL', `${REQUEST}.serial_consistency`)),
  page_size: optional(int('Rows per page asked for.', 5000, `${REQUEST}.page_size`)),
  paging_state: optional(text('Page asked for, as an earlier answer named it, hex.', '0012', `${REQUEST}.paging_state`)),
  timestamp: optional(long('Time of the write that the client set, microseconds since 1970.', 1767225600000000n, `${REQUEST}.timestamp`)),
  now_in_seconds: optional(
    int('Time that the client wants the server to go by, seconds since 1970.', 1767225600, `${REQUEST}.now_in_seconds`),
  ),
  param_count: optional(int('Values bound to the statement, or to all statements of a batch.', 2, `${REQUEST}.param_count`)),
  param_names: optional(list('Names of the bound values: of their markers or columns.', ['id', 'name'], `${REQUEST}.param_names`)),
  param_types: optional(list('CQL types of the bound values.', ['int', 'text'], `${REQUEST}.param_types`)),
  batch_type: optional(text('LOGGED, UNLOGGED or COUNTER.', 'LOGGED', `${REQUEST}.batch.type`)),
  batch_statements: optional(int('Statements of the batch.', 3, `${REQUEST}.batch.statements`)),
  batch_ids: optional(list('Ids of the prepared statements of the batch, hex.', ['8a1ab4a7d3c0a9ac'], `${REQUEST}.batch.ids`)),
  startup_options: optional(
    json('Options of STARTUP: CQL version, compression, the driver and its version.', { CQL_VERSION: '3.0.0' }, `${REQUEST}.startup`),
  ),
  register_events: optional(list('Kinds of events asked for.', ['STATUS_CHANGE'], `${REQUEST}.events`)),
  auth_mechanism: optional(text('SASL mechanism of an AUTH_RESPONSE, where its token shows it.', 'PLAIN', `${REQUEST}.auth_mechanism`)),
  request_payload: optional(json('Custom payload of the request.', { 'request-id': '42' }, `${REQUEST}.custom_payload`)),
  compression: optional(text('How request or answer were compressed: lz4 or snappy.', 'lz4')),
  response_version: optional(text('Protocol version of the answer.', '4', `${RESPONSE}.headers.version`)),
  response_flags: optional(text('Flags of the answer frame.', 'Default', `${RESPONSE}.headers.flags`)),
  response_stream: optional(int('Stream id of the answer; -1 for events.', 20, `${RESPONSE}.headers.stream`)),
  response_op: optional(text('Opcode of the answer.', 'RESULT', `${RESPONSE}.headers.op`)),
  response_length: optional(int('Length of the answer body, bytes, as sent.', 35, `${RESPONSE}.headers.length`)),
  result_type: optional(text('Kind of result: void, rows, set_keyspace, prepared, schemaChanged.', 'rows', `${RESPONSE}.result.type`)),
  num_rows: optional(int('Rows in this answer: one page of the result.', 12, `${RESPONSE}.result.rows.num_rows`)),
  columns: optional(list('Columns of the result.', ['user_id', 'fname'], `${RESPONSE}.result.rows.columns`)),
  column_types: optional(list('Their CQL types.', ['int', 'text'], `${RESPONSE}.result.rows.column_types`)),
  column_count: optional(int('Columns of the result that the server counts.', 3, `${META}.col_count`)),
  rows_flags: optional(text('Flags of the metadata of the result.', 'GlobalTableSpec', `${META}.flags`)),
  rows_keyspace: optional(text('Keyspace that the rows come from.', 'mykeyspace', `${META}.keyspace`)),
  rows_table: optional(text('Table that the rows come from.', 'users', `${META}.table`)),
  next_paging_state: optional(text('Where the next page begins, hex; present when there are more rows.', '0012', `${META}.paging_state`)),
  applied: optional(bool('Whether a conditional write was carried out.', true, `${RESPONSE}.result.applied`)),
  set_keyspace: optional(text('Keyspace that USE has set.', 'shop', `${RESPONSE}.result.keyspace`)),
  schema_change: optional(
    json(
      'What a statement changed in the schema.',
      { change: 'CREATED', target: 'TABLE', keyspace: 'shop', table: 'users', object: 'users' },
      `${RESPONSE}.result.schema_change`,
    ),
  ),
  prepared_id: optional(text('Id that PREPARE was answered with, hex.', '8a1ab4a7d3c0a9ac', `${RESPONSE}.result.prepared.prepared_id`)),
  prepared_params: optional(
    json(
      'Parameters of the prepared statement.',
      {
        flags: 'GlobalTableSpec',
        col_count: 1,
        pkey_columns: [0],
        keyspace: 'shop',
        table: 'users',
        columns: [{ name: 'id', type: 'int' }],
      },
      `${RESPONSE}.result.prepared.req_meta`,
    ),
  ),
  prepared_result: optional(
    json(
      'Columns that the prepared statement will give.',
      { flags: 'GlobalTableSpec', col_count: 1, keyspace: 'shop', table: 'users', columns: [{ name: 'name', type: 'text' }] },
      `${RESPONSE}.result.prepared.resp_meta`,
    ),
  ),
  supported: optional(json('What the server offers: versions, compression.', { COMPRESSION: ['lz4'] }, `${RESPONSE}.supported`)),
  authenticator: optional(
    text(
      'Class of the authenticator that asks for a login.',
      'org.apache.cassandra.auth.PasswordAuthenticator',
      `${RESPONSE}.authentication.class`,
    ),
  ),
  warnings: optional(list('Warnings of the server.', ['Aggregation query used without partition key'], `${RESPONSE}.warnings`)),
  trace_id: optional(text('Id under which the server traced the request.', 'd2b7a4f0-3c0f-11e6-8f1d-0f0e6a1b2c3d', `${RESPONSE}.trace_id`)),
  response_payload: optional(json('Custom payload of the answer.', { key: 'value' }, `${RESPONSE}.custom_payload`)),
  event_type: optional(text('Kind of event.', 'STATUS_CHANGE', `${RESPONSE}.event.type`)),
  event_change: optional(text('What happened to the node: UP, DOWN, NEW_NODE, REMOVED_NODE.', 'UP', `${RESPONSE}.event.change`)),
  event_host: optional(text('Address of the node.', '10.20.0.26', `${RESPONSE}.event.host`, { related: 'ip' })),
  event_port: optional(int('Port of the node.', 9042, `${RESPONSE}.event.port`)),
  event_schema_change: optional(
    json('What changed in the schema.', { change: 'DROPPED', target: 'KEYSPACE', keyspace: 'shop' }, `${RESPONSE}.event.schema_change`),
  ),
  error_code: optional(int('Number of the error.', 8960, `${RESPONSE}.error.code`)),
  error_type: optional(text('Its name.', 'errConfig', `${RESPONSE}.error.type`)),
  error_msg: optional(text('Its message.', "Cannot drop non existing keyspace 'shop'.", `${RESPONSE}.error.msg`)),
  error_details: optional(
    json(
      'What the error says besides: replicas required, alive, heard; the failed function; the unknown id.',
      { read_consistency: 'QUORUM', required: 2, alive: 1 },
      `${RESPONSE}.error.details`,
    ),
  ),
})
