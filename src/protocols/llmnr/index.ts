/** Link-local multicast name resolution: a row is one message over UDP, one query with its response over TCP. */
import type { RowOf } from '../../schema/fields.js'
import { defineProtocol, type Likeness, type Look } from '../protocol.js'
import { oddities, openFamily, sectionOptions } from '../shared/dns/conversation.js'
import { messageRow } from '../shared/dns/message-row.js'
import { isMulticast } from '../shared/dns/multicast.js'
import { MAX_STREAM_MESSAGE } from '../shared/dns/parser.js'
import { gradeMulticast, gradeStream } from '../shared/dns/probe.js'
import { llmnrFields } from './fields.js'

export const LLMNR_PORT = 5355
const DNS_PORT = 53

type LlmnrRow = RowOf<typeof llmnrFields>

export const llmnr = defineProtocol({
  name: 'llmnr',
  doc: 'One LLMNR message over UDP, where the response comes from another address than was asked; over TCP a query with its response.',
  spec: ['RFC 4795'],
  transports: ['udp', 'tcp'],
  ports: [LLMNR_PORT],
  fields: llmnrFields,
  options: sectionOptions(false),
  anomalies: oddities('llmnr'),
  maxHeld: MAX_STREAM_MESSAGE,
  probe,
  open(session) {
    return openFamily<LlmnrRow>(session, {
      name: 'llmnr',
      style: 'utf8',
      classFlag: false,
      paired: session.flow.transport === 'tcp',
      unasked: false,
      // RFC 4795 §2.1.1: C and T stand where DNS has AA and RD.
      row: (x, m) => ({
        ...messageRow(x, m, session.options),
        conflict: (m.flags & 0x0400) !== 0,
        tentative: (m.flags & 0x0100) !== 0,
      }),
    })
  },
})

/** The format is that of DNS: only the port tells LLMNR apart. */
function probe(look: Look): Likeness {
  const { clientPort, serverPort, serverIp } = look.flow
  if (clientPort !== LLMNR_PORT && serverPort !== LLMNR_PORT && !look.hinted) return 'no'
  if (clientPort === DNS_PORT || serverPort === DNS_PORT) return 'no'
  if (look.transport === 'udp') return gradeMulticast(look.client, look.server, isMulticast(serverIp))
  const client = gradeStream(look.client, false)
  const server = gradeStream(look.server, true)
  if (client === 'no' || server === 'no' || client === 'turned' || server === 'turned') return 'no'
  return client === 'begun' && server === 'absent' ? 'maybe' : 'yes'
}
