/** The columns of the table `redis`. */
import { bool, defineFields, int, optional, type RowOf, text } from '../../schema/fields.js'

export const redisFields = defineFields({
  kind: text(
    'What the row is: command; message or push (sent to a subscriber), monitor (a line of MONITOR), snapshot (the data set a master sends) or replicated (a command a master sends).',
    'command',
  ),
  action: text('redis. and the command in lower case.', 'redis.get', 'event.action', { only: 'document' }),
  command: optional(text('The command, in capitals.', 'GET', 'redis.command', { only: 'document' })),
  subcommand: optional(text('Its subcommand, in capitals: SET of CONFIG SET.', 'SETNAME')),
  key: optional(text('The first key it names.', 'session:42')),
  database: optional(int('Database selected by then; absent until the connection says.', 0)),
  return_value: optional(text('The reply, as text: [a, b] for arrays and sets, {k: v} for maps, nil for nulls.', 'OK')),
  error_text: optional(
    text('Why it failed, in the words of the server.', 'WRONGTYPE Operation against a key', 'redis.error', { only: 'document' }),
  ),
  error_code: optional(text('First word of the error.', 'WRONGTYPE')),
  nested_errors: optional(int('Errors inside the reply, as of a script or a transaction.', 1)),
  reply_type: optional(
    text('Type of the reply: status, error, integer, bulk, null, array, map, set, push, double, boolean, big-number or verbatim.', 'bulk'),
  ),
  attributes: optional(text('Attributes the server put before the reply (RESP3).', '{key-popularity: {a: 0.19}}')),
  transaction_id: optional(text('Common to MULTI, the commands queued behind it, and EXEC or DISCARD.', '9f86d081884c7d65-1')),
  resp: optional(int('Version of the protocol: 2, or 3 once HELLO 3 was accepted; absent until the connection shows it.', 3)),
  client_name: optional(text('Name the client gave itself with CLIENT SETNAME or HELLO.', 'worker-3')),
  inline: optional(bool('The command was sent as a line of text.', true)),
  no_reply: optional(bool('The client had told the server not to answer: CLIENT REPLY.', true)),
  channel: optional(text('Channel of a message, or the kind of another push.', 'news')),
  pattern: optional(text('Pattern that channel matched.', 'news.*')),
  monitored_client: optional(text('Whose command a MONITOR line shows.', '10.0.0.1:49152')),
  snapshot_bytes: optional(int('Size of the snapshot.', 176)),
  snapshot_magic: optional(text('What it begins with: REDIS and a version; anything else is no snapshot.', 'REDIS0010')),
})
export type RedisRow = RowOf<typeof redisFields>
