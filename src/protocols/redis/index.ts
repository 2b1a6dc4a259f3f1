/** Redis: RESP2, RESP3 and inline commands over TCP. */
import { defineProtocol } from '../protocol.js'
import { CommandReader } from './command-reader.js'
import { RedisCorrelator } from './correlator.js'
import { newDialogue } from './dialogue.js'
import { redisFields } from './fields.js'
import { redisOptions } from './options.js'
import { probe } from './probe.js'
import type { RedisSession } from './row.js'
import { ServerParser } from './server-parser.js'

export const redis = defineProtocol({
  name: 'redis',
  doc: 'One Redis command with its reply, or something the server said unasked: a message, a line of MONITOR, a replicated command.',
  spec: ['https://redis.io/docs/latest/develop/reference/protocol-spec/'],
  transports: ['tcp'],
  ports: [6379],
  fields: redisFields,
  options: redisOptions,
  anomalies: {
    'redis.protocol-error': 'Bytes stand where a command or a reply should begin and are none; what follows was searched for the next one.',
    'redis.nesting': 'A reply has aggregates inside aggregates deeper than any server sends; it was given up.',
    'redis.queue-full': 'More commands wait for replies than queue_max_messages or queue_max_bytes allow; the oldest count as unanswered.',
    'redis.snapshot-strange': 'A master sent its replica a snapshot that is no RDB file, as attackers do to plant a module.',
  },
  probe,
  open(session) {
    const dialogue = newDialogue()
    const keep = session.options.max_value_size
    const odd = (code: string, detail?: string): void => session.anomaly(code, undefined, detail)
    const correlator = new RedisCorrelator(session as RedisSession, dialogue)
    return { client: new CommandReader(keep, odd), server: new ServerParser(dialogue, keep, odd), correlator }
  },
})
