/** `audit explain`: why a flow was decoded the way it was. Options in, ledger out; no flags, no terminal. */
import { openCase } from '../case/open-case.js'
import { captureRecords } from '../evidence/capture-rows.js'
import { CaptureFinder } from '../evidence/captures.js'
import { flowsOf, idsOf, transactionsOf } from '../evidence/case-rows.js'
import { caseLedger } from '../evidence/explain/case-ledger.js'
import { explainFlow } from '../evidence/explain/explain-flow.js'
import { runFacts } from '../evidence/run-rows.js'
import { settingsOfRun } from '../evidence/run-settings.js'
import type { FoundCapture } from '../evidence/scan.js'
import { Selection } from '../evidence/selection.js'
import type { FlowLedger } from '../model/flow-ledger.js'
import { UserError } from '../model/user-error.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { EvidenceRefused, findAll } from './found-captures.js'
import { knownProtocols } from './known-protocols.js'

export interface ExplainOptions {
  readonly path: string
  /** Id or content id of a flow, or of a transaction: one of the two. */
  readonly flow?: string | undefined
  readonly transaction?: string | undefined
  /** Where captures may be: files, and folders with all below. */
  readonly captures?: readonly string[]
  readonly plugins?: readonly string[]
  readonly signal?: AbortSignal
  readonly warn?: (message: string) => void
}

export interface ExplainOutcome {
  readonly ledger: FlowLedger
  /** 4: from the case alone, or with packets missing. */
  readonly exitCode: ExitCode
}

export async function explain(options: ExplainOptions): Promise<ExplainOutcome> {
  const { path, signal, warn } = options
  const db = openCase(path)
  try {
    const captures = new Map(captureRecords(db).map((capture) => [capture.id, capture]))
    const runs = runFacts(db)
    const [row] = flowsOf(db, flowIds())
    const inCase = caseLedger(db, row!.id)
    const selection = new Selection({ rows: [], flows: [{ row: row! }] }, { captures, runs })
    const finder = new CaptureFinder({ casePath: path, places: options.captures ?? [], signal, warn })
    let found: FoundCapture[]
    try {
      found = await findAll(finder, selection.captures())
    } catch (error) {
      if (!(error instanceof EvidenceRefused || error instanceof UserError)) throw error
      // A mistyped place is not a capture that is gone.
      if (error.message.startsWith('--captures ')) throw error
      return {
        ledger: { ...inCase, source: 'case', why_not: [...error.message.split('\n'), ...error.nextSteps] },
        exitCode: exitCodes.damaged,
      }
    }
    const { protocols } = await knownProtocols(options.plugins ?? [])
    const run = runs.get(selection.runOf(row!.captureId))
    const settings = await settingsOfRun(run, protocols)
    const ledger = await explainFlow({ selection, found, inCase, run, settings, protocols, options: { signal } })
    const whole = ledger.packets!.found >= ledger.packets!.wanted
    return { ledger, exitCode: whole ? exitCodes.done : exitCodes.damaged }
  } finally {
    db.close()
  }

  function flowIds() {
    const { flow, transaction } = options
    if ((flow === undefined) === (transaction === undefined))
      throw new UserError(flow === undefined ? 'no flow was named' : 'name a flow or a transaction, not both', [
        `audit explain ${path} 12`,
        `audit explain ${path} --tx 4711   explains the flow that carried it`,
      ])
    if (flow !== undefined) return idsOf('FLOW', 'flow', [flow])
    return { numbers: transactionsOf(db, idsOf('--tx', 'tx', [transaction!])).map(({ flowId }) => flowId), contents: [] }
  }
}
