/** Two small protocols, so that configuration is tested apart from the ones that exist. */
import { type AnyProtocol, defineProtocol } from '../../src/protocols/protocol.js'
import { count, defineOptions, flag, word, words } from '../../src/schema/options.js'

const sample = (name: string, ports: readonly number[]): AnyProtocol =>
  defineProtocol({
    name,
    doc: 'A sample.',
    spec: ['RFC 0'],
    transports: ['tcp'],
    ports,
    fields: {},
    options: defineOptions({
      send_headers: words('Headers to keep.'),
      max_rows: count('Rows kept.', 10, 1),
      redact: flag('Hide what is secret.', true),
      real_ip_header: word('Header with the address of the client.'),
    }),
    anomalies: {},
    probe: () => 'no',
    open: () => {
      throw new Error('never opened')
    },
  })

export const sampleRegistry: readonly AnyProtocol[] = [sample('alpha', [80]), sample('beta', [53])]
