/** DHCP for IPv4 and BOOTP: a row is one message, told with the exchange it belongs to. */
import { defineOptions } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { Dhcpv4Correlator, Shared } from './correlator.js'
import { dhcpv4Fields } from './fields.js'
import { anomalies } from './oddities.js'
import { Dhcpv4Parser } from './parser.js'
import { probe } from './probe.js'

export const dhcpv4 = defineProtocol({
  name: 'dhcpv4',
  doc: 'One DHCP or BOOTP message, with what is known of its exchange.',
  spec: ['RFC 2131', 'RFC 2132', 'RFC 951', 'RFC 1542', 'RFC 3046', 'RFC 3396', 'RFC 3397', 'RFC 3442', 'RFC 3925', 'RFC 4578', 'RFC 4702'],
  transports: ['udp'],
  ports: [67, 68],
  fields: dhcpv4Fields,
  options: defineOptions({}),
  anomalies,
  shared: () => new Shared(),
  probe,
  open(session) {
    const parser = new Dhcpv4Parser((code, at, detail) => session.anomaly(code, at, detail))
    return { client: parser, server: parser, correlator: new Dhcpv4Correlator(session) }
  },
})
