/** `audit packets`: the packets behind rows of a case, as pcapng. Options in, result out; no flags, no terminal. */
import { basename } from 'node:path'
import type { Database } from 'better-sqlite3'
import { openCase } from '../case/open-case.js'
import { type CaptureRecord, captureRecords } from '../evidence/capture-rows.js'
import { CaptureFinder } from '../evidence/captures.js'
import { flowsOf, type Ids, idsOf, type TransactionRow, transactionsOf, transactionsOfFlows } from '../evidence/case-rows.js'
import { withContext } from '../evidence/choice.js'
import { type ByteTarget, type Extract, writeExtract } from '../evidence/extract.js'
import { runFacts } from '../evidence/run-rows.js'
import type { FoundCapture } from '../evidence/scan.js'
import { type CaseFacts, Selection, type Wanted } from '../evidence/selection.js'
import { UserError } from '../model/user-error.js'
import { jsonString } from '../schema/json-text.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { findAll } from './found-captures.js'
import { knownProtocols } from './known-protocols.js'
import { NothingUsable } from './nothing-usable.js'
import { chosenByQuery } from './packets-query.js'

export interface PacketsOptions {
  readonly path: string
  /** Ids of transactions and of flows, numbers or content ids. */
  readonly transactions?: readonly string[]
  readonly flows?: readonly string[]
  readonly query?: string | undefined
  readonly parameters?: readonly string[]
  readonly timeoutMs?: number
  /** The rows' own packets and no others. */
  readonly only?: boolean
  /** Where captures may be: files, and folders with all below. */
  readonly captures?: readonly string[]
  readonly plugins?: readonly string[]
  readonly version: string
  readonly target: ByteTarget
  readonly signal?: AbortSignal
  readonly warn?: (message: string) => void
  /** Told the files that are read, before anything is written; may throw. */
  readonly refuse?: (captures: readonly string[]) => Promise<void>
}

export interface PacketsOutcome {
  readonly extract: Extract
  readonly captures: readonly { readonly id: number; readonly path: string; readonly sha256: string | null; readonly packets: number }[]
  /** Rows whose packets were asked for. */
  readonly rows: number
  /** Rows that come out of the extract alone with the values that the case has; undefined where that was not the aim. */
  readonly reproduced: number | undefined
  readonly exitCode: ExitCode
}

/** Rows that one extract may name: their packets are held as ranges, some 200 bytes a row. */
const MAX_ROWS = 1_000_000

export async function extractPackets(options: PacketsOptions): Promise<PacketsOutcome> {
  const { path, signal, warn, version } = options
  const db = openCase(path)
  try {
    const captures = new Map(captureRecords(db).map((capture) => [capture.id, capture]))
    const facts: CaseFacts = { captures, runs: runFacts(db) }
    const finder = new CaptureFinder({ casePath: path, places: options.captures ?? [], signal, warn })
    const find = (wanted: readonly CaptureRecord[]): Promise<FoundCapture[]> => findAll(finder, wanted)
    const scanOptions = { signal }
    const asked = await askedFor(db, options)
    checkCaptures(asked.rows, captures)
    let { wanted } = asked
    let reproduced: number | undefined
    if (wanted.flows.length === 0 && options.only !== true && !asked.exact && asked.rows.length > 0) {
      const { protocols } = await knownProtocols(options.plugins ?? [])
      const choice = await withContext(asked.rows, { db, facts, protocols, find, options: scanOptions })
      wanted = choice.wanted
      reproduced = choice.same.size
    }
    const selection = new Selection(wanted, facts)
    const found = await find(selection.captures())
    await options.refuse?.(found.map(({ file }) => file.path))
    const comments = [`packets of the case ${jsonString(basename(path))}: ${asked.text}`, contentText(options, asked, reproduced)]
    const extract = await writeExtract(selection, found, { program: `pcap-audit ${version}`, comments }, options.target, scanOptions)
    if (extract.packets === 0) throw new NothingUsable('the captures hold none of the packets that the rows name', [])
    for (const { flow, found: seen, wanted: all } of extract.short)
      warn?.(`flow ${flow}: ${seen} of its ${all} packets were found; it went on in captures that the case no longer has`)
    if (asked.rows.some(({ widened }) => widened))
      warn?.('a row names more packets than carried it: its last range is wider than its message')
    return {
      extract,
      captures: found.map(({ capture, file }) => ({
        id: capture.id,
        path: file.path,
        sha256: capture.sha256,
        packets: extract.byCapture.get(capture.id) ?? 0,
      })),
      rows: asked.rows.length,
      reproduced,
      exitCode: extract.short.length > 0 ? exitCodes.damaged : exitCodes.done,
    }
  } finally {
    db.close()
  }
}

interface Asked {
  readonly rows: readonly TransactionRow[]
  readonly wanted: Wanted
  /** The rows name packets and nothing else. */
  readonly exact: boolean
  /** For the extract's own comment. */
  readonly text: string
}

/** Ids in a comment: enough to see what was asked for, not the list itself. */
const MAX_SHOWN = 20
const shown = (words: readonly (string | number)[]): string =>
  words.length > MAX_SHOWN ? `${words.slice(0, MAX_SHOWN).join(', ')} and ${words.length - MAX_SHOWN} more` : words.join(', ')

async function askedFor(db: Database, options: PacketsOptions): Promise<Asked> {
  const { transactions = [], flows = [], query } = options
  const given = [transactions.length > 0, flows.length > 0, query !== undefined].filter(Boolean).length
  if (given !== 1)
    throw new UserError(given === 0 ? 'nothing was chosen' : 'choose by --tx, by --flow or by --query, not by several', [
      `audit packets ${options.path} --tx 4711 -o evidence.pcapng`,
      `audit packets ${options.path} --query "select tx from dns where status <> 'OK'" -o evidence.pcapng`,
    ])
  if (transactions.length > 0) return byTransactions(db, idsOf('--tx', 'tx', transactions), `transactions ${shown(transactions)}`)
  if (flows.length > 0) return byFlows(db, idsOf('--flow', 'flow', flows), `flows ${shown(flows)}`)
  const chosen = await chosenByQuery(db, options, query!, MAX_ROWS)
  if (chosen.count === 0) throw new NothingUsable('the query gives no rows, so that there are no packets to write', [])
  const text = `query ${jsonString(query!.length > 2000 ? `${query!.slice(0, 2000)}...` : query!)}`
  if (chosen.kind === 'transactions') return byTransactions(db, chosen.ids, text)
  if (chosen.kind === 'flows') return byFlows(db, chosen.ids, text)
  return { rows: chosen.rows, wanted: { rows: chosen.rows, flows: [] }, exact: true, text }
}

function byTransactions(db: Database, ids: Ids, text: string): Asked {
  const rows = transactionsOf(db, ids)
  return { rows, wanted: { rows, flows: [] }, exact: false, text }
}

function byFlows(db: Database, ids: Ids, text: string): Asked {
  const flows = flowsOf(db, ids)
  const rows = transactionsOfFlows(
    db,
    flows.map(({ id }) => id),
    MAX_ROWS,
  )
  return { rows, wanted: { rows, flows: flows.map((row) => ({ row })) }, exact: false, text }
}

function contentText({ only }: PacketsOptions, asked: Asked, reproduced: number | undefined): string {
  if (only === true || asked.exact) return 'the packets that carried the rows, and no others'
  if (reproduced === undefined) return 'all packets of the flows'
  return reproduced === asked.rows.length
    ? 'the packets that carried the rows, and what it takes to decode the same rows from this file alone'
    : `the packets that carried the rows, and their flows; alone they give ${reproduced} of ${asked.rows.length} rows with the same values`
}

/** A case may have been edited by hand. */
function checkCaptures(rows: readonly TransactionRow[], captures: ReadonlyMap<number, CaptureRecord>): void {
  for (const { id, ranges } of rows)
    for (const { captureId, last } of ranges) {
      const capture = captures.get(captureId)
      if (capture && last <= capture.packets) continue
      throw new UserError(
        capture
          ? `row ${id} names packet ${last} of ${capture.name}, which has ${capture.packets}: the case was changed by hand, or is damaged`
          : `row ${id} names packets of capture ${captureId}, which the case does not have`,
        ['use the case as it was written, or analyze the captures again'],
      )
    }
}
