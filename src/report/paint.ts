/** Colour for people, in few meanings; at level 0 every function returns its text unchanged. */
import { Chalk, type ColorSupportLevel } from 'chalk'

export interface Paint {
  readonly heading: (text: string) => string
  readonly dim: (text: string) => string
  readonly bad: (text: string) => string
  readonly warn: (text: string) => string
}

export function paintFor(level: number): Paint {
  const chalk = new Chalk({ level: Math.max(0, Math.min(3, level)) as ColorSupportLevel })
  return { heading: chalk.bold, dim: chalk.dim, bad: chalk.red, warn: chalk.yellow }
}
