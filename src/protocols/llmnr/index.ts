/** Link-local multicast name resolution: a row is one message over UDP, one query with its response over TCP. */
import type { RowOf } from '../../schema/fields.js'
import { defineProtocol, type Likeness, type Look } from '../protocol.js'
import { oddities, openFamily, sectionOptions } from '../shared/dns/conversation.js'
import type { Exchange } from '../shared/dns/exchange.js'
import type { DnsMessage } from '../shared/dns/message.js'
import { isMulticast } from '../shared/dns/multicast.js'
import { opcodeName } from '../shared/dns/names.js'
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
    const { include_authorities, include_additionals } = session.options
    return openFamily<LlmnrRow>(session, {
      name: 'llmnr',
      style: 'utf8',
      classFlag: false,
      paired: session.flow.transport === 'tcp',
      unasked: false,
      row: (x, m) => llmnrRow(x, m, include_authorities, include_additionals),
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

function llmnrRow(x: Exchange, m: DnsMessage, authorities: boolean, additionals: boolean): LlmnrRow {
  const { query, response } = x
  const asked = m.name !== undefined ? m : query
  const edns = m.edns ?? query?.edns
  return {
    dns_id: m.id,
    type: response === undefined ? 'query' : 'answer',
    op_code: opcodeName(m.opcode),
    op_code_number: m.opcode,
    response_code: response?.responseCode,
    // RFC 4795 §2.1.1: C and T stand where DNS has AA and RD.
    conflict: (m.flags & 0x0400) !== 0,
    truncated_response: m.truncated,
    tentative: (m.flags & 0x0100) !== 0,
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
