/**
 * Looks through a case for what lists name, and writes the table `finding`: in the case at the end of a run, or as a temporary table beside a
 * case that is only read.
 *
 * All of the case is looked through, not only what the run added: the same captures and lists give the same findings, in one run or in
 * several. Findings of lists that are not given again stay.
 */
import type { Database, Statement } from 'better-sqlite3'
import { columnsOf, quoted } from '../schema/sql.js'
import { findingFields, flowFields } from '../schema/tables.js'
import type { Severity } from './indicators.js'
import { type MatchedColumn, type MatchedView, matchedColumns } from './matched-columns.js'
import type { Intel } from './read-list.js'
import { type Found, RowMatcher } from './row-matcher.js'

/** Findings held before they are written: a statement that reads keeps others from writing. */
const HELD = 2_000
/** Findings written by a run. A list that points at more of a case points at everything; those beyond are counted. */
export const MAX_FINDINGS = 1_000_000
/** Characters of a value: names and URLs are shorter. */
const MAX_VALUE = 4_096

export interface FindingCounts {
  readonly findings: number
  /** Not written, beyond MAX_FINDINGS. */
  readonly beyond: number
  /** Lists and objects in cells that are too long to be looked at. */
  readonly unread: number
}

const columns = columnsOf(findingFields).map(({ name }) => name)
const names = columns.map(quoted).join(', ')
/** What a finding is about; the rest of it follows. */
const ORDER = ['ts_ns', 'flow', 'tx', 'source', 'rule', 'indicator', 'indicator_type', 'place', 'value', 'severity', 'title', 'capture_id']

/** @param into main, inside a transaction that writes; or temp, where the table is made and shadows the one of the case. */
export function writeFindings(
  db: Database,
  intel: Intel,
  views: readonly MatchedView[],
  { into, runId, max = MAX_FINDINGS }: { readonly into: 'main' | 'temp'; readonly runId?: number; readonly max?: number },
): FindingCounts {
  db.exec(`DROP TABLE IF EXISTS temp.found; CREATE TEMP TABLE found (${names})`)
  try {
    if (hasFindings(db)) {
      const stale = intel.files.map(() => '?').join(', ')
      db.prepare(`INSERT INTO temp.found SELECT ${names} FROM main.finding WHERE source NOT IN (${stale})`).run(
        ...intel.files.map(({ name }) => name),
      )
    }
    const finder = new Finder(db, intel, runId, max)
    finder.flows()
    for (const view of views) finder.transactions(view)
    if (into === 'main') db.exec('DELETE FROM main.finding')
    const rest = columns.slice(1).map(quoted).join(', ')
    db.exec(
      `INSERT INTO ${into}.finding (${names}) SELECT row_number() OVER (ORDER BY ${ORDER.map(quoted).join(', ')}), ${rest} FROM temp.found ORDER BY 1`,
    )
    return { findings: finder.written, beyond: finder.beyond, unread: finder.unread }
  } finally {
    db.exec('DROP TABLE temp.found')
  }
}

/** A case of an earlier version has none. */
const hasFindings = (db: Database): boolean =>
  db.prepare("SELECT 1 FROM main.sqlite_schema WHERE type = 'table' AND name = 'finding'").get() !== undefined

const FLOW_COLUMNS = matchedColumns(columnsOf(flowFields))
/** id, content id, flow, time, capture, packets. */
const FACTS = 6

class Finder {
  written = 0
  beyond = 0
  private readonly matcher: RowMatcher
  private readonly insert: Statement
  private readonly flowOf: Statement

  constructor(
    private readonly db: Database,
    private readonly intel: Intel,
    private readonly runId: number | undefined,
    private readonly max: number,
  ) {
    this.matcher = new RowMatcher(intel.indicators)
    this.insert = db.prepare(`INSERT INTO temp.found VALUES (${columns.map(() => '?').join(', ')})`)
    this.flowOf = db.prepare('SELECT flow FROM main.flow WHERE id = ?').pluck()
  }

  get unread(): number {
    return this.matcher.unread
  }

  flows(): void {
    const facts = 'id, NULL, id, first_ns, capture_id, NULL'
    this.scan('flow', facts, this.present('flow', FLOW_COLUMNS), 0)
  }

  transactions({ name, columns: all }: MatchedView): void {
    const present = this.present(name, all)
    if (present.length === 0) return
    // The addresses of the flow are findings of the flow, and here only complete what asks for several things at once.
    const beside = this.intel.indicators.hasConjunctions ? FLOW_COLUMNS : []
    this.scan(name, 'id, tx, flow_id, ts_ns, capture_id, frames', [...present, ...beside], beside.length)
  }

  /** Columns that this case has, and that any indicator could stand in. */
  private present(table: string, all: readonly MatchedColumn[]): readonly MatchedColumn[] {
    const held = new Set(this.db.prepare("SELECT name FROM pragma_table_xinfo(?, 'main')").pluck().all(table) as string[])
    return all.filter(({ name }) => held.has(name))
  }

  private scan(table: string, facts: string, matched: readonly MatchedColumn[], beside: number): void {
    const from = this.db
      .prepare(`SELECT ${facts}, ${matched.map(({ name }) => quoted(name)).join(', ')} FROM main.${quoted(table)} WHERE id > ? ORDER BY id`)
      .raw()
      .safeIntegers()
    let last: bigint | number = -1
    for (let more = true; more; ) {
      more = false
      const held: [row: readonly unknown[], found: Found][] = []
      for (const cells of from.iterate(last) as IterableIterator<unknown[]>) {
        last = cells[0] as bigint
        const row = cells.slice(0, FACTS)
        for (const found of this.matcher.match(matched, cells.slice(FACTS), beside)) held.push([row, found])
        more = held.length >= HELD
        if (more) break
      }
      for (const [row, found] of held) this.write(`${table}.${found.column}`, row, found)
    }
  }

  private write(place: string, row: readonly unknown[], { indicator, fit, value, count, parts }: Found): void {
    if (this.written >= this.max) {
      this.beyond++
      return
    }
    this.written++
    const [id, tx, flowId, ns, captureId, frames] = row
    const { texts, types, notes } = this.intel.indicators
    const note = notes[indicator]!
    const type = types[indicator]!
    const validity = validityOf(note, ns as bigint)
    const severity: Severity = validity === undefined || validity === 'in-force' ? note.severity : 'info'
    this.insert.run(
      null,
      note.source,
      note.rule ?? `intel.${type}`,
      severity,
      note.title ?? (parts ? `What ${note.source} names together stands together.` : `The ${WORDS[type]} stands in ${note.source}.`),
      parts ? parts.map((part) => texts[part]!).join(' AND ') : texts[indicator]!,
      type,
      fit,
      validity ?? null,
      place,
      value.slice(0, MAX_VALUE),
      ns,
      tx === null ? null : id,
      tx,
      flowId,
      flowId === null ? null : (this.flowOf.get(flowId) ?? null),
      captureId,
      frames,
      count,
      this.runId ?? null,
    )
  }
}

const WORDS = {
  'ipv4-addr': 'address',
  'ipv6-addr': 'address',
  'domain-name': 'domain',
  url: 'URL',
  'email-addr': 'mail address',
  hash: 'hash',
} as const

/** STIX 2.1 §4.7: valid from valid_from on, and no longer at valid_until. */
function validityOf(
  { from, until }: { readonly from?: bigint | undefined; readonly until?: bigint | undefined },
  ns: bigint,
): string | undefined {
  if (from === undefined && until === undefined) return undefined
  if (from !== undefined && ns < from) return 'not-yet'
  return until !== undefined && ns >= until ? 'expired' : 'in-force'
}
