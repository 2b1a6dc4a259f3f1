/** Memcache: the text protocol with its meta commands, and the binary protocol; over TCP and UDP. */
import { defineProtocol } from '../protocol.js'
import { MemcacheCorrelator } from './correlator.js'
import type { Dialogue } from './dialogue.js'
import { memcacheFields } from './fields.js'
import { type MemcacheOptions, memcacheOptions } from './options.js'
import { probe } from './probe.js'
import type { MemcacheSession } from './row.js'
import { StreamParser } from './stream-parser.js'
import { UdpParser } from './udp-parser.js'

export const memcache = defineProtocol({
  name: 'memcache',
  doc: 'One memcache request with its reply, or a line that the server sends to who watches.',
  spec: [
    'https://github.com/memcached/memcached/blob/master/doc/protocol.txt',
    'https://github.com/memcached/memcached/wiki/BinaryProtocolRevamped',
    'https://github.com/memcached/memcached/wiki/SASLAuthProtocol',
  ],
  transports: ['tcp', 'udp'],
  ports: [11211],
  fields: memcacheFields,
  options: memcacheOptions,
  anomalies: {
    'memcache.line-length': 'A line is longer than any command or reply; it was passed over.',
    'memcache.value-length': 'A request announces a value larger than any server takes; it was taken for none.',
    'memcache.request-malformed': 'The client sent something that is no command; what follows was searched for the next one.',
    'memcache.reply-malformed': 'The server sent something that is no reply; what follows was searched for the next one.',
    'memcache.header': 'Bytes stand where a binary header should and are none; what follows was searched for the next one.',
    'memcache.waiting': 'More requests wait for replies than are kept; the oldest count as unanswered.',
    'memcache.fragments': 'Messages in several datagrams are too many or too long to be put together.',
    'memcache.reply-again': 'A reply came again over UDP; the first one counts.',
  },
  probe,
  open(session) {
    const options = session.options as MemcacheOptions
    const odd = (code: string, detail?: string): void => session.anomaly(code, undefined, detail)
    const dialogue: Dialogue = { maybeLogin: () => false, binary: false }
    const correlator = new MemcacheCorrelator(session as MemcacheSession, dialogue)
    if (session.flow.transport === 'tcp')
      return {
        client: new StreamParser('client', dialogue, options, odd),
        server: new StreamParser('server', dialogue, options, odd),
        correlator,
      }
    const hold = (bytes: number): boolean => session.hold?.(bytes) ?? true
    return {
      client: new UdpParser('client', dialogue, options, odd, hold),
      server: new UdpParser('server', dialogue, options, odd, hold),
      correlator,
    }
  },
})
