/** Gathers what is wrong with a configuration file, so that one run names all of it, each with its line. */
import { UserError } from '../model/user-error.js'

/** Problems shown at once; a file of another kind would fill the screen. */
const MAX_SHOWN = 10

export class ConfigProblems {
  private readonly found: { line: number; message: string }[] = []
  private readonly steps = new Set<string>()
  readonly warnings: string[] = []

  constructor(readonly file: string) {}

  /** `line` 0 = the file as a whole. */
  add(line: number, message: string, nextStep?: string): void {
    this.found.push({ line, message })
    if (nextStep) this.steps.add(nextStep)
  }

  warn(message: string): void {
    this.warnings.push(`${this.file}: ${message}`)
  }

  throwIfAny(): void {
    if (this.found.length === 0) return
    const sorted = this.found.sort((a, b) => a.line - b.line)
    const lines = sorted.slice(0, MAX_SHOWN).map(({ line, message }) => `${this.file}${line > 0 ? `:${line}` : ''}: ${message}`)
    if (sorted.length > MAX_SHOWN) lines.push(`${this.file}: and ${sorted.length - MAX_SHOWN} more`)
    throw new UserError(lines.join('\n'), [...this.steps])
  }
}
