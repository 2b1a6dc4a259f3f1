/** HTTP/1.0 and 1.1 over TCP, and what is left of 0.9. */
import { defineProtocol } from '../protocol.js'
import { HttpCorrelator } from './correlator.js'
import { httpFields } from './fields.js'
import { httpOptions } from './options.js'
import { HttpParser } from './parser.js'
import { probe } from './probe.js'
import { Tunnels } from './tunnels.js'
import { Turns } from './turns.js'

export const http = defineProtocol({
  name: 'http',
  doc: 'One HTTP/1 request with its response, or what was seen of the two.',
  spec: ['RFC 9110', 'RFC 9112', 'RFC 6265', 'RFC 7617'],
  transports: ['tcp'],
  ports: [80, 8080, 8000, 5000, 8002, 3128, 8008, 8081, 8888, 9200],
  fields: httpFields,
  options: httpOptions,
  anomalies: {
    'http.start-line': 'Bytes stand where a message should start and are none.',
    'http.head-length': 'A head is longer than any server accepts.',
    'http.header-count': 'A head has more fields than are read.',
    'http.header-syntax': 'A header line has no name, or white space before its colon.',
    'http.host-conflict': 'A request names different hosts.',
    'http.content-length': 'Content-Length is invalid, or its repeats differ.',
    'http.transfer-encoding': 'Transfer-Encoding does not end with chunked, or names it twice.',
    'http.framing-conflict': 'Transfer-Encoding stands beside Content-Length or in an HTTP/1.0 message: a way to smuggle requests.',
    'http.chunk-size': 'A chunked body does not keep to its framing.',
    'http.body-decode': 'A body could not be decompressed, or grows beyond the cap.',
    'http.waiting': 'More requests wait for an answer than are remembered.',
    'http.lost-sync': 'No message starts in the bytes after a loss or a fault.',
  },
  probe,
  shared: () => new Tunnels(),
  open: (session) => {
    const turns = new Turns()
    return {
      client: new HttpParser('client', turns, session),
      server: new HttpParser('server', turns, session),
      correlator: new HttpCorrelator(session, turns),
    }
  },
})
