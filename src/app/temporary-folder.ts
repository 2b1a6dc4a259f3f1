/** A folder for what waits while a command runs: made when it is first needed, for its owner alone. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { UserError } from '../model/user-error.js'

export class TemporaryFolder {
  private made: string | undefined

  get path(): string {
    try {
      this.made ??= mkdtempSync(join(tmpdir(), 'audit-'))
      return this.made
    } catch (error) {
      throw new UserError(`${tmpdir()} cannot be written: ${(error as Error).message}`, [
        'name another folder for temporary files in TMPDIR',
      ])
    }
  }

  /** Never throws. */
  remove(): void {
    try {
      if (this.made !== undefined) rmSync(this.made, { recursive: true, force: true })
    } catch {
      // The system clears its temporary folder.
    }
  }
}
