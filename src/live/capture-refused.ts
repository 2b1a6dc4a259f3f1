import { UserError } from '../model/user-error.js'

/** One way to capture is not open to this user or on this system; another may be. */
export class CaptureRefused extends UserError {
  constructor(
    readonly why: 'no-library' | 'permission',
    message: string,
    nextSteps: readonly string[],
  ) {
    super(message, nextSteps)
  }
}
