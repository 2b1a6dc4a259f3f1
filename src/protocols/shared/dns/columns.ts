/** The columns that DNS, mDNS and LLMNR have in common: one message format, one set of `dns.*` names. */
import { bool, defineFields, int, json, list, optional, text } from '../../../schema/fields.js'
import type { DnsMessage } from './message.js'
import { opcodeName } from './names.js'

export const headerColumns = defineFields({
  dns_id: int('Identifier that the asking side chose for the exchange.', 18439, 'dns.id'),
  type: text('What was seen: query (no response) or answer.', 'answer', 'dns.type'),
  op_code: text('Kind of query: QUERY, NOTIFY, UPDATE and so on.', 'QUERY', 'dns.op_code'),
  op_code_number: int('Kind of query as its number.', 0, 'dns.op_code_number'),
  response_code: optional(
    text(
      'What became of it: NOERROR, NXDOMAIN and so on, with the upper bits of EDNS; absent without a response.',
      'NOERROR',
      'dns.response_code',
    ),
  ),
})

export const truncatedColumn = defineFields({
  truncated_response: bool('TC: the message was cut to what fits the transport.', false, 'dns.flags.truncated_response'),
})

export const questionColumns = defineFields({
  question_name: optional(
    text('Name asked for, without the dot of the root, case as on the wire.', 'www.example.com', 'dns.question.name', { holds: 'host' }),
  ),
  question_type: optional(text('Type of record asked for.', 'A', 'dns.question.type')),
  question_class: optional(text('Class asked for.', 'IN', 'dns.question.class')),
  questions: optional(
    json('All questions (name, type, class), when there are several.', [{ name: 'a.example', type: 'A', class: 'IN' }], 'dns.questions', {
      holds: 'host',
    }),
  ),
})

export const sectionColumns = defineFields({
  answers_count: int('Answer records that the message announces.', 1, 'dns.answers_count'),
  authorities_count: int('Authority records that it announces.', 0, 'dns.authorities_count'),
  additionals_count: int('Additional records that it announces, without OPT.', 0, 'dns.additionals_count'),
  answers: optional(
    json(
      'Answer records: name, type, class, ttl, data and the fields of the type.',
      [{ name: 'www.example.com', type: 'A', class: 'IN', ttl: 300, data: '192.0.2.7' }],
      'dns.answers',
      { holds: 'host' },
    ),
  ),
  authorities: optional(
    json(
      'Authority records, when asked for.',
      [{ name: 'example.com', type: 'NS', class: 'IN', ttl: 300, data: 'ns1.example.com' }],
      'dns.authorities',
      { holds: 'host' },
    ),
  ),
  additionals: optional(
    json(
      'Additional records without OPT, when asked for.',
      [{ name: 'ns1.example.com', type: 'A', class: 'IN', ttl: 300, data: '192.0.2.53' }],
      'dns.additionals',
      { holds: 'host' },
    ),
  ),
  resolved_ip: optional(list('Addresses among the answers.', ['192.0.2.7'], 'dns.resolved_ip', { related: 'ip' })),
  opt: optional(
    json(
      'EDNS of the response, or of the query when there is none: do, version, udp_size, ext_rcode and the options by name.',
      { do: true, version: '0', udp_size: 1232, ext_rcode: 'NOERROR' },
      'dns.opt',
    ),
  ),
})

/** "class IN, type A, example.com": Packetbeat's words for the question. */
export function questionText(m: DnsMessage): string | undefined {
  return m.name === undefined ? undefined : `class ${m.className}, type ${m.typeName}, ${m.name.text}`
}

export const methodOf = (m: DnsMessage): string => opcodeName(m.opcode)

/** Why it failed, in the server's words: the response code and what extended errors add to it. */
export function failureText(response: DnsMessage): string | undefined {
  if (response.rcode === 0) return undefined
  const extended = response.edns?.options?.ede
  if (!Array.isArray(extended)) return response.responseCode
  return [response.responseCode, ...extended.map((e: { name: string; text?: string }) => (e.text ? `${e.name}: ${e.text}` : e.name))].join(
    '; ',
  )
}
