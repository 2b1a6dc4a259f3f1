/** No packet could be read from any input: not a usage mistake, so its exit code is its own. */
import { exitCodes } from './exit-codes.js'

export class NothingUsable extends Error {
  override readonly name = 'NothingUsable'
  readonly exitCode = exitCodes.nothingUsable

  constructor(
    message: string,
    readonly nextSteps: readonly string[],
  ) {
    super(message)
  }
}
