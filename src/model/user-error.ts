/** The user's mistake, or a state of the world the user can change: said in words, with what to do next, without a stack. */
export class UserError extends Error {
  override readonly name = 'UserError'
  /** Exit code of the command that stops here: usage or configuration. */
  readonly exitCode = 2

  constructor(
    message: string,
    /** What to try, one sentence each. */
    readonly nextSteps: readonly string[] = [],
  ) {
    super(message)
  }
}
