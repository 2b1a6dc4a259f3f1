/** The columns of the table `pgsql`. */
import { bool, defineFields, int, json, list, long, optional, type RowOf, text } from '../../schema/fields.js'

export const pgsqlFields = defineFields({
  frontend: optional(
    text(
      'What the client asked: startup, ssl_request, gssenc_request, cancel_request, simple_query, parse, bind, describe, execute, close, sync, function_call, terminate.',
      'simple_query',
    ),
  ),
  backend: optional(
    text(
      'What decided the answer: auth_ok, ssl_reply, command_complete, portal_suspended, empty_query, function_result, error, notice, notification.',
      'command_complete',
    ),
  ),
  database: optional(text('Database of the login.', 'shop')),
  application_name: optional(text('Name the application gave for itself, as it is now.', 'psql')),
  role: optional(text('Role that statements run as, where SET SESSION AUTHORIZATION made it another than the user.', 'auditor')),
  backend_pid: optional(int('Process of the server that serves the connection.', 781)),

  statement_name: optional(text('Name of the prepared statement; empty for the one without a name.', 'S_1')),
  portal_name: optional(text('Name of the portal, where it has one.', 'C_2')),
  fingerprint: optional(text('The statement without its literals: what groups statements.', 'select * from orders where id = ?')),
  tables: optional(list('Tables that the statement names.', ['orders'])),
  transaction_id: optional(text('Transaction of the connection it belongs to: flow and ordinal.', '9f86d081884c7d65-1')),
  transaction_state: optional(text('After it, as the server said: idle, open or failed.', 'idle')),
  statement_ordinal: optional(int('Which statement of a query that holds several, from 1.', 2)),
  statement_count: optional(int('Statements in that query.', 3)),
  query_bytes: optional(int('Length of the whole statement text as sent, where not all of it was kept.', 1048576)),
  parameter_types: optional(list('Types of the bound values, by name or number.', ['int4', 'text'])),
  max_rows: optional(int('Most rows that Execute asked for.', 50)),
  suspended: optional(bool('The portal has more rows than were asked for.', true)),
  continued: optional(bool('It fetches more from a portal that was executed before.', true)),
  skipped: optional(bool('Never executed, because something in the same query or batch failed.', true)),

  command_completed: optional(text('Command tag: what the server says it did.', 'SELECT 5000')),
  num_rows: optional(long('Rows returned.', 5000)),
  num_fields: optional(int('Columns of the result.', 7)),
  column_names: optional(list('Their names.', ['id', 'name'], undefined, { only: 'case' })),
  affected_rows: optional(long('Rows inserted, updated, deleted, merged, moved or copied, by the command tag.', 1)),

  error_severity: optional(text('Severity of the error: ERROR, FATAL or PANIC, in the language of the server.', 'ERROR')),
  error_code: optional(text('SQLSTATE of the error.', '23505')),
  error_message: optional(text('What the error says.', 'duplicate key value violates unique constraint "orders_pkey"')),
  error_detail: optional(text('Its detail.', 'Key (id)=(7) already exists.')),
  error_hint: optional(text('What it suggests.', 'No function matches the given name and argument types.')),
  error_position: optional(int('Character of the query it is about, from 1.', 15)),
  error_context: optional(text('Where it happened: call stack of functions, line of COPY.', 'COPY orders, line 2, column id: "x"')),
  error_table: optional(text('Table it is about, with its schema.', 'public.orders')),
  error_column: optional(text('Column it is about.', 'id')),
  error_constraint: optional(text('Constraint it is about.', 'orders_pkey')),
  notice_code: optional(text('SQLSTATE of the first notice.', '00000')),
  notice_message: optional(text('What the first notice says.', 'table "t" does not exist, skipping')),
  notices: optional(list('All notices and warnings while it ran, with their severity.', ['NOTICE: table "t" does not exist, skipping'])),

  copy_direction: optional(text('COPY: in (to the server), out or both (replication).', 'in')),
  copy_format: optional(text('Whether it is text or binary.', 'text')),
  copy_messages: optional(int('CopyData messages.', 120)),
  copy_bytes: optional(long('Bytes inside them.', 4711)),
  copy_error: optional(text('Why the client gave the copying up.', 'canceled by user')),
  wal_messages: optional(int('Replication: XLogData messages.', 12)),
  wal_bytes: optional(long('Replication: bytes of WAL, or of decoded changes, in them.', 8192)),
  wal_end: optional(text("Replication: the server's position at the last of them.", '0/16B3748')),
  keepalives: optional(int('Replication: keepalive messages of the server.', 3)),
  standby_messages: optional(int('Replication: status messages of the client.', 3)),
  function_oid: optional(long('Function that FunctionCall named.', 2231)),

  protocol_version: optional(text('Protocol of the login; what the server settled on, where it said so.', '3.0')),
  server_version: optional(text('Version of the server.', '15.4')),
  ssl_accepted: optional(bool('The server agreed to TLS.', true)),
  gss_accepted: optional(bool('The server agreed to GSSAPI encryption.', false)),
  auth_method: optional(
    text(
      'How the client was to prove who it is: trust, password (in the clear), md5, scram-sha-256, gss, sspi, oauthbearer...',
      'scram-sha-256',
    ),
  ),
  auth_result: optional(text('How that ended: ok, failed, abandoned (the client did not answer), or unknown.', 'ok')),
  auth_mechanisms: optional(list('SASL mechanisms that the server offered.', ['SCRAM-SHA-256'])),
  auth_iterations: optional(int('Iterations of SCRAM.', 4096)),
  auth_proof: optional(text('What the client sent as proof: password, hash or proof; a secret.', 'xxxxx')),
  parameters: optional(json('Other parameters of the startup.', { client_encoding: 'UTF8' })),
  settings: optional(json('Settings that the server reported at the login.', { server_version: '15.4', TimeZone: 'Etc/UTC' })),
  replication: optional(text('Kind of replication connection: true (physical) or database (logical).', 'database')),

  channel: optional(text('Channel of a notification.', 'jobs')),
  payload: optional(text('Its payload.', '{"id":7}')),
  notifier_pid: optional(int('Process whose NOTIFY it was.', 782)),
  target_pid: optional(int('Process that a cancel request names.', 781)),
  target_flow: optional(text('Connection of that process, where its login was seen.', '9f86d081884c7d65')),
  key_matches: optional(bool('The secret of the cancel request is that of the process: only then a server acts on it.', true)),
  cancelled_by: optional(text('Flow of the cancel request that ended it.', '1b4f0e9851971998')),

  request_message: optional(text('The kind of request, in the words of Suricata.', 'SSL Request', undefined, { only: 'document' })),
})

export type PgsqlRow = RowOf<typeof pgsqlFields>
