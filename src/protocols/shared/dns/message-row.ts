/** One exchange as the columns that mDNS and LLMNR share. DNS builds its row by itself, on a hotter path and with more columns. */
import type { RowOf } from '../../../schema/fields.js'
import type { headerColumns, questionColumns, sectionColumns, truncatedColumn } from './columns.js'
import type { SectionOptions } from './conversation.js'
import type { Exchange } from './exchange.js'
import type { DnsMessage } from './message.js'
import { opcodeName } from './names.js'

type SharedRow = RowOf<typeof headerColumns> & RowOf<typeof truncatedColumn> & RowOf<typeof questionColumns> & RowOf<typeof sectionColumns>

/** The question is the message's own, or the query's where a response leaves it out. */
export function messageRow({ query, response }: Exchange, m: DnsMessage, sections: SectionOptions): SharedRow {
  const asked = m.name !== undefined ? m : query
  const edns = m.edns ?? query?.edns
  return {
    dns_id: m.id,
    type: response === undefined ? 'query' : 'answer',
    op_code: opcodeName(m.opcode),
    op_code_number: m.opcode,
    response_code: response?.responseCode,
    truncated_response: m.truncated,
    question_name: asked?.name?.text,
    question_type: asked?.typeName,
    question_class: asked?.className,
    questions: m.questions ?? query?.questions,
    answers_count: m.answerCount,
    authorities_count: m.authorityCount,
    additionals_count: m.additionalsCount,
    answers: m.answers,
    authorities: sections.include_authorities ? m.authorities : undefined,
    additionals: sections.include_additionals ? m.additionals : undefined,
    resolved_ip: response?.addresses,
    opt: edns?.document(m.rcode),
  }
}
