/** `audit grep`: bytes, text or an expression in the payload of a case's captures. Options in, matches out; no flags, no terminal. */
import type { Database } from 'better-sqlite3'
import { openCase } from '../case/open-case.js'
import { type CaptureRecord, captureRecords } from '../evidence/capture-rows.js'
import { CaptureFinder } from '../evidence/captures.js'
import { flowsOf, idsOf } from '../evidence/case-rows.js'
import { runFacts } from '../evidence/run-rows.js'
import { settingsOfRun } from '../evidence/run-settings.js'
import { type PatternOptions, patternOf } from '../evidence/search/pattern.js'
import { type FlowMatch, type SearchTotals, searchPayload } from '../evidence/search/payload-search.js'
import { type PlacedMatch, placed } from '../evidence/search/placed-match.js'
import { Selection } from '../evidence/selection.js'
import { UserError } from '../model/user-error.js'
import { findAll } from './found-captures.js'
import { knownProtocols } from './known-protocols.js'

export interface GrepOptions {
  readonly path: string
  readonly pattern: PatternOptions
  /** Ids of flows, numbers or content ids; none = all. */
  readonly flows?: readonly string[]
  /** Names; flows that are, or became, one of them. */
  readonly protocols?: readonly string[]
  /** Matches that are kept; undefined = they are only counted. */
  readonly limit: number | undefined
  /** Where captures may be: files, and folders with all below. */
  readonly captures?: readonly string[]
  readonly signal?: AbortSignal
  readonly warn?: (message: string) => void
}

export interface GrepOutcome {
  readonly matches: readonly PlacedMatch[]
  /** All of them, whether they were kept or not; as far as was searched. */
  readonly count: number
  /** There are more than were kept. */
  readonly more: boolean
  readonly totals: SearchTotals
}

/** Content ids held for --protocol. */
const MAX_FLOWS = 1_000_000

export async function grep(options: GrepOptions): Promise<GrepOutcome> {
  const { path, limit, signal, warn } = options
  const pattern = patternOf(options.pattern)
  const db = openCase(path)
  try {
    const captures = new Map(captureRecords(db).map((capture) => [capture.id, capture]))
    const runs = runFacts(db)
    const rows = options.flows && options.flows.length > 0 ? flowsOf(db, idsOf('--flow', 'flow', options.flows)) : undefined
    const selection = rows && new Selection({ rows: [], flows: rows.map((row) => ({ row })) }, { captures, runs })
    const flows = options.protocols && options.protocols.length > 0 ? flowsOfProtocols(db, options.protocols) : undefined
    const finder = new CaptureFinder({ casePath: path, places: options.captures ?? [], signal, warn })
    const wanted = selection ? selection.captures() : [...captures.values()].filter(hasPackets)
    const found = await findAll(finder, wanted)
    const { protocols } = await knownProtocols([])
    const settings = new Map()
    for (const id of new Set(wanted.map(({ runId }) => runId))) settings.set(id, await settingsOfRun(runs.get(id), protocols))
    const kept: FlowMatch[] = []
    let count = 0
    const totals = await searchPayload({
      pattern,
      found,
      runs,
      settings,
      selection,
      flows,
      take(match) {
        if (limit === undefined) count++
        else if (kept.length < limit) {
          count++
          kept.push(match)
        } else return false
        return true
      },
      options: { signal },
    })
    return { matches: placed(db, captures, kept), count, more: totals.ended, totals }
  } finally {
    db.close()
  }
}

const hasPackets = ({ packets }: CaptureRecord): boolean => packets > 0

function flowsOfProtocols(db: Database, names: readonly string[]): ReadonlySet<string> {
  const select = db.prepare('SELECT flow FROM main.flow WHERE protocol = ? OR upgraded_to = ? LIMIT ?').pluck()
  const flows = new Set<string>()
  for (const name of names)
    for (const flow of select.iterate(name, name, MAX_FLOWS + 1)) {
      flows.add(String(flow))
      if (flows.size > MAX_FLOWS)
        throw new UserError(`more than ${MAX_FLOWS} flows are ${names.join(' or ')}`, ['leave --protocol out, or use --flow'])
    }
  if (flows.size > 0) return flows
  const known = db.prepare('SELECT DISTINCT protocol FROM main.flow WHERE protocol IS NOT NULL ORDER BY 1 LIMIT 50').pluck().all()
  throw new UserError(`no flow of the case is ${names.join(' or ')}`, [`the case has ${known.join(', ') || 'no protocol'}`])
}
