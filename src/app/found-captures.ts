/** The captures that a command reads again, or why it does not. */
import type { CaptureRecord } from '../evidence/capture-rows.js'
import { type CaptureFinder, refusalOf } from '../evidence/captures.js'
import type { FoundCapture } from '../evidence/scan.js'
import { UserError } from '../model/user-error.js'
import { exitCodes } from './exit-codes.js'

/** The files of these captures. Throws `EvidenceRefused` for one that is not what was analyzed, UserError for one that is not there. */
export async function findAll(finder: CaptureFinder, wanted: readonly CaptureRecord[]): Promise<FoundCapture[]> {
  const states = await finder.locateAll(wanted)
  const refusals = states.flatMap((state) => refusalOf(state) ?? [])
  if (refusals.length > 0) {
    const message = refusals.map((refusal) => refusal.message).join('\n')
    const steps = [...new Set(refusals.flatMap(({ nextSteps }) => nextSteps))]
    const isAnswer = states.some(({ state }) => state === 'changed' || state === 'unprovable')
    throw isAnswer ? new EvidenceRefused(message, steps) : new UserError(message, steps)
  }
  return states.flatMap((state) => (state.state === 'found' ? [{ capture: state.capture, file: state.file }] : []))
}

/** The answer is no: a file is there, and it is not or cannot be shown to be what was analyzed. */
export class EvidenceRefused extends Error {
  override readonly name = 'EvidenceRefused'
  readonly exitCode = exitCodes.no

  constructor(
    message: string,
    readonly nextSteps: readonly string[],
  ) {
    super(message)
  }
}
