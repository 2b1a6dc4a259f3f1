/** Multicast DNS: a row is one message, or a query with its response where both are unicast. */
import type { RowOf } from '../../schema/fields.js'
import { defineProtocol, type Likeness, type Look } from '../protocol.js'
import { oddities, openFamily, sectionOptions } from '../shared/dns/conversation.js'
import type { Exchange } from '../shared/dns/exchange.js'
import type { DnsMessage } from '../shared/dns/message.js'
import { isMulticast } from '../shared/dns/multicast.js'
import { opcodeName } from '../shared/dns/names.js'
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
    const { include_authorities, include_additionals } = session.options
    return openFamily<MdnsRow>(session, {
      name: 'mdns',
      style: 'utf8',
      classFlag: true,
      paired: !isMulticast(session.flow.server.ip) && !isMulticast(session.flow.client.ip),
      unasked: true,
      row: (x, m) => mdnsRow(x, m, include_authorities, include_additionals),
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

function mdnsRow(x: Exchange, m: DnsMessage, authorities: boolean, additionals: boolean): MdnsRow {
  const { query, response } = x
  const asked = m.name !== undefined ? m : query
  const edns = m.edns ?? query?.edns
  return {
    dns_id: m.id,
    type: response === undefined ? 'query' : 'answer',
    op_code: opcodeName(m.opcode),
    op_code_number: m.opcode,
    response_code: response?.responseCode,
    authoritative: (m.flags & 0x0400) !== 0,
    truncated_response: m.truncated,
    unicast_wanted: m.unicastWanted || query?.unicastWanted === true,
    question_name: asked?.name?.text,
    question_type: asked?.typeName,
    question_class: asked?.className,
    questions: m.questions ?? query?.questions,
    answers_count: m.answerCount,
    authorities_count: m.authorityCount,
    additionals_count: m.additionalsCount,
    answers: m.answers,
    authorities: authorities ? m.authorities : undefined,
    additionals: additionals ? m.additionals : undefined,
    resolved_ip: response?.addresses,
    opt: edns?.document(m.rcode),
  }
}
