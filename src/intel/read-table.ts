/** Lists as text: one indicator a line, or a table with a header (CSV, MISP's export, Zeek's Intel files). */
import { classify, kindOfWord } from './classify.js'
import { csvRecords, MAX_RECORD } from './csv.js'
import type { Indicators, Note, Severity } from './indicators.js'
import { ListReport } from './list.js'

const NAMES = {
  value: ['indicator', 'value', 'ioc', 'ioc_value', 'observable', 'pattern'],
  type: ['type', 'indicator_type', 'ioc_type', 'kind', 'observable_type'],
  id: ['id', 'uuid', 'rule', 'indicator_id', 'ioc_id', 'reference_id'],
  title: ['title', 'name', 'description', 'comment', 'threat', 'malware', 'malware_printable', 'meta.desc', 'note'],
  severity: ['severity', 'level', 'threat_level', 'threat_level_id', 'risk'],
  from: ['valid_from', 'not_before'],
  until: ['valid_until', 'expires', 'expiration', 'expiration_date', 'not_after'],
  detect: ['to_ids'],
} as const
type Column = keyof typeof NAMES

/** A table that has no column of values, but one named for its type: `domain,first_seen`. */
const isTypeName = (name: string): boolean => kindOfWord(name) !== undefined

interface Header {
  readonly at: Partial<Record<Column, number>>
  /** Columns that are named for what stands in them. */
  readonly typed: readonly { readonly at: number; readonly word: string }[]
}

function headerOf(cells: readonly string[]): Header | undefined {
  const names = cells.map((cell) => cell.toLowerCase().replaceAll(' ', '_'))
  const at: Partial<Record<Column, number>> = {}
  for (const [column, known] of Object.entries(NAMES)) {
    const found = known.map((name) => names.indexOf(name)).find((i) => i >= 0)
    if (found !== undefined) at[column as Column] = found
  }
  const typed = at.value === undefined ? names.flatMap((word, i) => (isTypeName(word) ? [{ at: i, word }] : [])) : []
  if (at.value !== undefined) return { at, typed }
  // A record without a header may say `ip-dst` too, but then it has an indicator beside it.
  return typed.length > 0 && cells.every((cell) => 'reason' in classify(cell)) ? { at, typed } : undefined
}

const MISP_LEVELS: Readonly<Record<string, Severity>> = { '1': 'high', '2': 'medium', '3': 'low', '4': 'info' }
const SEVERITY_WORDS: Readonly<Record<string, Severity>> = {
  ...{ info: 'info', informational: 'info', none: 'info', low: 'low', medium: 'medium', moderate: 'medium' },
  ...{ high: 'high', critical: 'critical', severe: 'critical', ...MISP_LEVELS },
}

/** Nanoseconds since 1970 of a date; without a zone it is UTC, as everywhere here. */
export function instantOf(text: string | undefined): bigint | undefined {
  if (text === undefined || !/^\d{4}-\d\d-\d\d/.test(text)) return undefined
  const zoned = /[Zz]$|[+-]\d\d:?\d\d$/.test(text.slice(10)) || text.length === 10 ? text : `${text.replace(' ', 'T')}Z`
  const ms = Date.parse(zoned)
  return Number.isNaN(ms) ? undefined : BigInt(ms) * 1_000_000n
}

/** Records with an open quote: each is read to the cap before it is given up. */
const MAX_CUTS = 100

export function readTable(text: string, source: string, into: Indicators, max?: number): ListReport {
  const report = new ListReport(into, max)
  const plain: Note = { source, rule: undefined, title: undefined, severity: 'medium' }
  let at = 0
  let line = 1
  let commented: string | undefined
  while (at < text.length) {
    const end = lineEnd(text, at)
    if (end - at > MAX_RECORD) report.refuse(text.slice(at, at + 80), `the line is longer than ${MAX_RECORD} characters`, line)
    else {
      const words = text.slice(at, end).trim()
      const comment = /^(?:#|\/\/|;)\s*(.*)$/.exec(words)
      if (comment) commented = comment[1]!
      else if (words !== '') {
        const table = tableAt(words, commented)
        if (table) {
          const next = table.inComment ? at : end + 1
          readRecords(text, next, table.inComment ? line : line + 1, table, source, report)
          return report
        }
        // A line without columns: from here on it is a list.
        readLines(text, at, line, plain, report)
        return report
      }
    }
    at = end + 1
    line++
  }
  return report
}

interface Table {
  readonly header: Header
  readonly separator: string
  readonly inComment: boolean
}

/** A header is the first line, or the last comment in front of it (`# id,url,threat`; `#fields<TAB>indicator`). */
function tableAt(words: string, commented: string | undefined): Table | undefined {
  for (const [text, inComment] of [[words, false] as const, [commented?.replace(/^fields\t/, ''), true] as const]) {
    if (text === undefined) continue
    const separator = ['\t', ',', ';'].find((one) => text.includes(one))
    if (separator === undefined) {
      // A table of one column.
      const header = inComment || !/^"?[A-Za-z_]+"?$/.test(text) ? undefined : headerOf([text.replaceAll('"', '')])
      if (header) return { header, separator: ',', inComment }
      continue
    }
    const cells = csvRecords(text, separator).next().value?.cells
    const header = cells && headerOf(cells)
    if (header) return { header, separator, inComment }
  }
  return undefined
}

function readLines(text: string, from: number, firstLine: number, note: Note, report: ListReport): void {
  let line = firstLine
  for (let at = from; at < text.length && !report.hopeless; line++) {
    const end = lineEnd(text, at)
    if (end - at > MAX_RECORD) report.refuse(text.slice(at, at + 80), `the line is longer than ${MAX_RECORD} characters`, line)
    else {
      const whole = text.slice(at, end).trim()
      // Behind white space a sign begins a comment; inside of a URL it is a part of it. Lists for /etc/hosts name the sink first.
      const words = whole
        .replace(/\s(?:#|\/\/|;).*$/, '')
        .trimEnd()
        .replace(/^(?:0\.0\.0\.0|127\.0\.0\.1|::1?)\s+(?=\S)/, '')
      if (words !== '' && !/^(?:#|\/\/|;)/.test(words)) report.take(classify(words), words, note, line)
    }
    at = end + 1
  }
}

function readRecords(
  text: string,
  from: number,
  firstLine: number,
  { header, separator }: Table,
  source: string,
  report: ListReport,
): void {
  const { at, typed } = header
  const notes = new Notes(source)
  let cuts = 0
  for (const { line, cells, cut } of csvRecords(text, separator, from, firstLine)) {
    const cell = (column: Column): string | undefined => {
      const value = at[column] === undefined ? undefined : cells[at[column]]
      return value === undefined || value === '' || value === '-' ? undefined : value
    }
    if (cut) {
      report.refuse(cells[0] ?? '', `the record is longer than ${MAX_RECORD} characters, or a quote is not closed`, line)
      if (++cuts < MAX_CUTS) continue
      report.refuse(cells[0] ?? '', 'the table is damaged here as in too many places; what follows is not read', line)
      return
    }
    if (report.hopeless) return
    if (cells.every((one) => one === '') || cells[0]!.startsWith('#')) continue
    if (/^(?:0|false|no)$/i.test(cell('detect') ?? '')) {
      report.withdrawn++
      continue
    }
    const note = notes.of({
      rule: cell('id'),
      title: cell('title'),
      severity: SEVERITY_WORDS[cell('severity')?.toLowerCase() ?? ''] ?? 'medium',
      from: instantOf(cell('from')),
      until: instantOf(cell('until')),
    })
    const value = cell('value')
    if (value !== undefined) takeTyped(value, cell('type'), note, line, report)
    else if (typed.length > 0) {
      for (const { at: column, word } of typed) {
        const one = cells[column]
        if (one !== undefined && one !== '' && one !== '-') report.take(classify(one, kindOfWord(word)), one, note, line)
      }
    } else report.refuse(cells.join(separator), 'no value', line)
  }
}

/** MISP names pairs: `filename|md5` with the value `a.exe|d41d8...`. */
function takeTyped(value: string, type: string | undefined, note: Note, line: number, report: ListReport): void {
  if (type === undefined) {
    report.take(classify(value), value, note, line)
    return
  }
  const types = type.split('|')
  const values = types.length > 1 ? value.split('|') : [value]
  let known = false
  types.forEach((word, i) => {
    const kind = kindOfWord(word)
    const one = values[i]
    if (kind === undefined || one === undefined) return
    known = true
    report.take(classify(one, kind), one, note, line)
  })
  if (!known) report.refuse(value, `of the type ${type.slice(0, 40)}, which packets do not show`, line)
}

/** Most records of a table say the same, and then one object says it for all. */
class Notes {
  private last: Note

  constructor(private readonly source: string) {
    this.last = { source, rule: undefined, title: undefined, severity: 'medium', from: undefined, until: undefined }
  }

  of(said: Omit<Note, 'source'>): Note {
    const { last } = this
    if (
      last.rule !== said.rule ||
      last.title !== said.title ||
      last.severity !== said.severity ||
      last.from !== said.from ||
      last.until !== said.until
    )
      this.last = { source: this.source, ...said }
    return this.last
  }
}

const lineEnd = (text: string, at: number): number => {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}
