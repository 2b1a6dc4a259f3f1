/** One exchange as a row. */
import type { RowOf } from '../../schema/fields.js'
import { flagNames } from '../shared/dns/dump.js'
import type { Exchange } from '../shared/dns/exchange.js'
import type { DnsMessage } from '../shared/dns/message.js'
import { Opcode, opcodeName } from '../shared/dns/names.js'
import type { DnsRecord } from '../shared/dns/record-data.js'
import type { dnsFields } from './fields.js'
import { suffixParts } from './suffix.js'

export type DnsRow = RowOf<typeof dnsFields>

/** Header, flags and records are the response's, or the query's when it stayed without one. */
export function dnsRow(x: Exchange, m: DnsMessage, authorities: boolean, additionals: boolean): DnsRow {
  const { query, response } = x
  // A refusal may leave the question out.
  const asked = m.name !== undefined ? m : query
  const name = asked?.name
  const parts = name === undefined ? undefined : suffixParts(name)
  const { flags, opcode } = m
  const edns = m.edns ?? query?.edns
  const asking = query?.edns
  const row: DnsRow = {
    dns_id: m.id,
    type: response === undefined ? 'query' : 'answer',
    op_code: opcodeName(opcode),
    op_code_number: opcode,
    response_code: response === undefined ? undefined : response.responseCode,
    authoritative: (flags & 0x0400) !== 0,
    truncated_response: (flags & 0x0200) !== 0,
    recursion_desired: (flags & 0x0100) !== 0,
    recursion_available: (flags & 0x0080) !== 0,
    authentic_data: (flags & 0x0020) !== 0,
    checking_disabled: (flags & 0x0010) !== 0,
    header_flags: flagNames(m),
    question_name: name?.text,
    question_type: asked?.typeName,
    question_class: asked?.className,
    questions: m.questions ?? query?.questions,
    registered_domain: parts?.registered,
    subdomain: parts?.subdomain,
    top_level_domain: parts?.suffix,
    answers_count: m.answerCount,
    authorities_count: m.authorityCount,
    additionals_count: m.additionalsCount,
    answers: m.answers,
    authorities: authorities ? m.authorities : undefined,
    additionals: additionals ? m.additionals : undefined,
    resolved_ip: response?.addresses,
    opt: edns?.document(m.edns === undefined ? 0 : m.rcode),
    query_opt: asking?.options !== undefined && asking !== edns ? asking.document(0) : undefined,
    zone: undefined,
    updates: undefined,
    messages: x.messages > 1 ? x.messages : undefined,
    retransmissions: x.retransmissions > 0 ? x.retransmissions : undefined,
  }
  if (opcode === Opcode.Update) describeUpdate(row, query ?? m)
  return row
}

/** RFC 2136 §2: an update has no question. The zone stands in its place, what must hold in the answer section, the change after that. */
function describeUpdate(row: DnsRow, m: DnsMessage): void {
  row.zone = row.question_name
  row.updates = m.authorities
  const first: DnsRecord | undefined = m.authorities?.[0] ?? m.answers?.[0]
  if (first === undefined) return
  const zone = row.registered_domain
  if (zone !== undefined && first.name.toLowerCase().endsWith(`.${zone}`)) row.subdomain = first.name.slice(0, -zone.length - 1)
  row.question_name = first.name
  row.question_type = first.type
}
