/** The columns of the table `mongodb`. Names that Packetbeat has keep its document paths. */
import { bool, defineFields, int, list, long, optional, type RowOf, text } from '../../schema/fields.js'

export const mongodbFields = defineFields({
  opcode: optional(text('Opcode of the request, or of the answer without request: OP_MSG, OP_QUERY, OP_INSERT...', 'OP_MSG')),
  request_id: optional(int('requestID of the request; what the answer names in responseTo.', 4711)),
  compressor: optional(
    text('What the request was compressed with, or the answer when the request was not: snappy, zlib, zstd or noop.', 'snappy'),
  ),
  database: optional(text('Database that the request is about.', 'shop')),
  collection: optional(text('Collection that the request is about.', 'orders')),
  full_collection_name: optional(text('Database and collection as a legacy opcode names them.', 'shop.$cmd', 'mongodb.fullCollectionName')),
  filter: optional(text('Which documents were asked for or changed, JSON; a list where one command has several.', '{"state":"open"}')),
  changes: optional(text('What was changed in them, JSON.', '{"$set":{"state":"paid"}}', 'mongodb.update')),
  pipeline: optional(text('Stages of an aggregation, JSON.', '[{"$match":{"state":"open"}}]')),
  documents: optional(text('Documents inserted, or operations of bulkWrite, JSON.', '[{"_id":1,"state":"open"}]')),
  document_count: optional(int('Documents, updates, deletes or operations that the request carries.', 1)),
  projection: optional(
    text('Which of their fields were asked for, JSON.', '{"state":1}', ['mongodb.projection', 'mongodb.returnFieldsSelector']),
  ),
  sort: optional(text('Their order, JSON.', '{"_id":-1}')),
  legacy_query: optional(text('Query document of OP_QUERY, JSON.', '{"state":"open"}', 'mongodb.query', { only: 'document' })),
  legacy_selector: optional(text('Selector of OP_UPDATE and OP_DELETE, JSON.', '{"_id":1}', 'mongodb.selector', { only: 'document' })),
  number_to_skip: optional(int('Documents to skip.', 0, 'mongodb.numberToSkip')),
  number_to_return: optional(int('Limit or batch size asked for; negative closes the cursor.', 10, 'mongodb.numberToReturn')),
  number_returned: optional(int('Documents in the answer.', 10, 'mongodb.numberReturned')),
  starting_from: optional(int('Where in the cursor the answer starts, OP_REPLY.', 0, 'mongodb.startingFrom')),
  flags: optional(list('Flags of a legacy request.', ['SlaveOk'])),
  reply_flags: optional(list('Flags of an OP_REPLY.', ['AwaitCapable'])),
  cursor_id: optional(
    text('Cursor that was opened, read or killed; 0 where the answer left none open.', '6923404198311', 'mongodb.cursorId'),
  ),
  cursor_exhausted: optional(bool('The answer closed the cursor: nothing more is in it.', false)),
  origin_flow: optional(text('Of getMore: the flow in which the cursor was opened.', '2c26b46b68ffc68f')),
  origin_request_id: optional(int('Of getMore: the request that opened it.', 4710)),
  origin_query: optional(text('Of getMore: what that request asked.', 'shop.orders.find({"filter":{"state":"open"}})')),
  n: optional(int('Documents matched, inserted or deleted, as the server counts them.', 1)),
  n_modified: optional(int('Documents changed.', 1)),
  n_upserted: optional(int('Documents inserted because none matched.', 0)),
  error_document: optional(text('What the server said of the failure, JSON.', '[{"index":0,"code":11000}]', 'mongodb.error')),
  error_code: optional(int('Number of the error.', 11000, ['mongodb.error_code', 'error.code'])),
  error_code_name: optional(text('Name of that number.', 'DuplicateKey')),
  write_errors: optional(int('Writes of the request that failed.', 1)),
  acknowledged: optional(bool('False where the client asked for no answer.', true)),
  exhaust: optional(bool('One of several answers to one request.', true)),
  lsid: optional(text('Logical session.', 'b5b4a8c1-1111-4222-8333-444455556666')),
  txn_number: optional(long('Number of the transaction or retryable write in its session.', 3n)),
  transaction_id: optional(text('Multi-document transaction: session and number.', 'b5b4a8c1-1111-4222-8333-444455556666:3')),
  read_preference: optional(text('Which members may answer.', 'secondaryPreferred')),
  read_concern: optional(text('Read concern level.', 'majority')),
  write_concern: optional(text('Write concern, JSON.', '{"w":"majority"}')),
  max_time_ms: optional(int('Time the client gives the server, milliseconds.', 5000)),
  comment: optional(text('Comment that the client put on the command.', 'nightly report')),
  auth_mechanism: optional(text('Mechanism of a login.', 'SCRAM-SHA-256')),
  auth_database: optional(text('Database the login is checked against.', 'admin')),
  auth_user: optional(text('User named in a login.', 'alice', undefined, { related: 'user' })),
  auth_result: optional(text('How a step of a login ended: ok, failed or continues.', 'ok')),
  application: optional(text('Application name that the client gave.', 'billing')),
  driver: optional(text('Driver of the client and its version.', 'nodejs 6.10.0')),
  platform: optional(text('What the driver runs on.', 'Node.js v20.20.2, LE')),
  os: optional(text('Operating system of the client.', 'Linux x64 6.1.0')),
  server_version: optional(text('Version of the server, once it was asked.', '7.0.14')),
  max_wire_version: optional(int('Highest wire version of the server.', 21)),
  replica_set: optional(text('Replica set of the server.', 'rs0')),
  server_role: optional(text('primary, secondary, arbiter, mongos, standalone or other.', 'primary')),
  hosts: optional(list('Members of the replica set, as the server lists them.', ['db1.example:27017'])),
  shortened: optional(list('Columns that show only part of what was sent.', ['documents'])),
})
export type MongodbRow = RowOf<typeof mongodbFields>

/** A row with every column in place: rows of one shape are several times faster to fill and to read than rows that grow. */
const BLANK = JSON.parse(`{${Object.keys(mongodbFields).map((name) => `"${name}":0`)}}`) as Record<string, unknown>
for (const name of Object.keys(BLANK)) BLANK[name] = undefined
export const newRow = (): MongodbRow => ({ ...BLANK })
