/** Multicast DNS: a row is one message, or a query with its response where both are unicast. */
import type { RowOf } from '../../schema/fields.js'
import { defineProtocol, type Likeness, type Look } from '../protocol.js'
import { oddities, openFamily, sectionOptions } from '../shared/dns/conversation.js'
import { messageRow } from '../shared/dns/message-row.js'
import { isMulticast } from '../shared/dns/multicast.js'
import { gradeMulticast } from '../shared/dns/probe.js'
import { mdnsFields } from './fields.js'

export const MDNS_PORT = 5353
const DNS_PORT = 53

type MdnsRow = RowOf<typeof mdnsFields>

export const mdns = defineProtocol({
  name: 'mdns',
  doc: 'One multicast DNS message: a query, a response or an announcement; a unicast query is joined by its response.',
  spec: ['RFC 6762', 'RFC 6763'],
  transports: ['udp'],
  ports: [MDNS_PORT],
  fields: mdnsFields,
  options: sectionOptions(true),
  anomalies: oddities('mdns'),
  probe,
  open(session) {
    return openFamily<MdnsRow>(session, {
      name: 'mdns',
      style: 'utf8',
      classFlag: true,
      paired: !isMulticast(session.flow.server.ip) && !isMulticast(session.flow.client.ip),
      unasked: true,
      row: (x, m) => ({
        ...messageRow(x, m, session.options),
        authoritative: (m.flags & 0x0400) !== 0,
        unicast_wanted: m.unicastWanted || x.query?.unicastWanted === true,
      }),
    })
  },
})

/** The format is that of DNS: only the port and the group tell mDNS apart. */
function probe(look: Look): Likeness {
  const { clientPort, serverPort, serverIp } = look.flow
  if (clientPort !== MDNS_PORT && serverPort !== MDNS_PORT && !look.hinted) return 'no'
  if (clientPort === DNS_PORT || serverPort === DNS_PORT) return 'no'
  return gradeMulticast(look.client, look.server, isMulticast(serverIp))
}
