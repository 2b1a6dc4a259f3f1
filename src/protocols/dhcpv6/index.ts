/** DHCP for IPv6: a row is one message, told with the exchange it belongs to. */
import { defineOptions } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { Dhcpv6Correlator, Shared } from './correlator.js'
import { dhcpv6Fields } from './fields.js'
import { anomalies } from './oddities.js'
import { Dhcpv6Parser } from './parser.js'
import { probe } from './probe.js'

export const dhcpv6 = defineProtocol({
  name: 'dhcpv6',
  doc: 'One DHCPv6 message, with what is known of its exchange and of the relays it passed.',
  spec: [
    ...['RFC 8415', 'RFC 3646', 'RFC 4075', 'RFC 4580', 'RFC 4649', 'RFC 4704', 'RFC 5007', 'RFC 5908', 'RFC 5970', 'RFC 6334', 'RFC 6355'],
    ...['RFC 6422', 'RFC 6939', 'RFC 6977', 'RFC 7341', 'RFC 8910', 'RFC 9686'],
  ],
  transports: ['udp'],
  ports: [546, 547],
  fields: dhcpv6Fields,
  options: defineOptions({}),
  anomalies,
  shared: () => new Shared(),
  probe,
  open(session) {
    const parser = new Dhcpv6Parser((code, at, detail) => session.anomaly(code, at, detail))
    return { client: parser, server: parser, correlator: new Dhcpv6Correlator(session) }
  },
})
