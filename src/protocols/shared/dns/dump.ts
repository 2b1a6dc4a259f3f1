/** A message as text for people, section by section; only made when `send_request` or `send_response` ask for it. */
import type { DnsMessage } from './message.js'
import { className, opcodeName, typeName } from './names.js'
import type { DnsRecord } from './record-data.js'

/** Details that a record shows besides its data. */
const shown = new Set(['name', 'type', 'class', 'ttl', 'data', 'strings'])

export function dumpMessage(m: DnsMessage): string {
  const lines: string[] = [
    `opcode ${opcodeName(m.opcode)}, ${m.isResponse ? `response, ${m.responseCode}` : 'query'}, id ${m.id}, flags ${flagNames(m).join(' ') || 'none'}`,
    `${m.questionCount} questions, ${m.answerCount} answers, ${m.authorityCount} authorities, ${m.additionalCount} additionals`,
  ]
  if (m.edns) lines.push('', 'EDNS', JSON.stringify(m.edns.document(m.rcode)))
  if (m.questions) lines.push('', 'QUESTION', ...m.questions.map((q) => `${q.name}\t${q.class}\t${q.type}`))
  else if (m.name) lines.push('', 'QUESTION', `${m.name.text}\t${className(m.class)}\t${typeName(m.type)}`)
  section(lines, 'ANSWER', m.answers)
  section(lines, 'AUTHORITY', m.authorities)
  section(lines, 'ADDITIONAL', m.additionals)
  return `${lines.join('\n')}\n`
}

function section(lines: string[], title: string, records: readonly DnsRecord[] | undefined): void {
  if (records) lines.push('', title, ...records.map(recordLine))
}

function recordLine(r: DnsRecord): string {
  let line = `${r.name}\t${r.ttl}\t${r.class}\t${r.type}`
  for (const [name, value] of Object.entries(r))
    if (!shown.has(name)) line += `\t${name}=${typeof value === 'object' ? JSON.stringify(value) : String(value)}`
  return r.data === undefined ? line : `${line}\t${typeof r.data === 'string' ? r.data : r.data.join(' ')}`
}

/** Bits 5 to 11 of the flags word, then DO; Packetbeat's order. */
const bits: readonly (readonly [mask: number, name: string])[] = [
  [0x0400, 'AA'],
  [0x0200, 'TC'],
  [0x0100, 'RD'],
  [0x0080, 'RA'],
  [0x0020, 'AD'],
  [0x0010, 'CD'],
]
const MASK = 0x07b0
const DO_BIT = 1
/** The 128 combinations, each made on first sight. */
const lists = new Map<number, readonly string[]>()

export function flagNames(m: DnsMessage): readonly string[] {
  const key = (m.flags & MASK) | (m.edns?.dnssecOk ? DO_BIT : 0)
  let names = lists.get(key)
  if (!names) {
    names = [...bits.flatMap(([mask, name]) => (key & mask ? [name] : [])), ...(key & DO_BIT ? ['DO'] : [])]
    lists.set(key, names)
  }
  return names
}
