/** Turns whatever a command threw into one message, an exit code and what to do next. */
import { nearest } from '../../config/nearest.js'
import { exitCodes } from '../exit-codes.js'

export interface ErrorReport {
  readonly message: string
  readonly code: number
  readonly nextSteps: readonly string[]
  /** Only for bugs of ours. */
  readonly stack?: string
}

/** What is needed of a command to name its flags. */
export interface KnownCommand {
  readonly id: string
  readonly flags: readonly string[]
}

/** The parts of oclif's errors that are read here; they are told apart by what they carry, not by class name. */
interface OclifError extends Error {
  readonly oclif?: { readonly exit?: number }
  readonly parse?: unknown
  readonly flags?: readonly string[]
  readonly args?: readonly unknown[]
  readonly code?: string
}

export function reportOf(error: unknown, argv: readonly string[], commands: readonly KnownCommand[]): ErrorReport {
  if (isMeantForUser(error)) return { message: error.message, code: error.exitCode, nextSteps: error.nextSteps }
  if (error instanceof Error && 'oclif' in error) return usageReport(error as OclifError, argv, commands)
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const message = error instanceof Error ? error.message : String(error)
  return {
    message: `internal error: ${message}`,
    code: exitCodes.bug,
    nextSteps: ['this is our bug; please report it with the lines above'],
    stack,
  }
}

/** UserError and its like in other layers: an exit code of their own and what to do next. */
const isMeantForUser = (error: unknown): error is Error & { exitCode: number; nextSteps: readonly string[] } =>
  error instanceof Error &&
  typeof (error as { exitCode?: unknown }).exitCode === 'number' &&
  Array.isArray((error as { nextSteps?: unknown }).nextSteps)

function usageReport(error: OclifError, argv: readonly string[], commands: readonly KnownCommand[]): ErrorReport {
  const command = commands.find(({ id }) => id === argv[0])
  if (/^command .+ not found$/s.test(error.message)) {
    // oclif takes what follows for subcommands; the first word is the one that was meant as a command.
    const word = argv.find((arg) => !arg.startsWith('-')) ?? ''
    // There is one, which takes no arguments.
    if (command)
      return {
        message: `Unexpected argument: ${argv[1]}`,
        code: exitCodes.usage,
        nextSteps: [`audit ${command.id} --help   lists its arguments and flags`],
      }
    const meant = nearest(
      word,
      commands.map(({ id }) => id),
    )
    return {
      message: `there is no command "${word}"${meant ? `; did you mean "${meant}"?` : ''}`,
      code: exitCodes.usage,
      nextSteps: ['audit --help   lists the commands'],
    }
  }
  const nextSteps = command ? [`audit ${command.id} --help   lists its arguments and flags`] : ['audit --help']
  return { message: usageMessage(error, command), code: exitCodes.usage, nextSteps }
}

function usageMessage(error: OclifError, command: KnownCommand | undefined): string {
  const unknown = /^Nonexistent flags?: /.test(error.message) ? error.flags : undefined
  if (unknown && unknown.length > 0) {
    const [flag] = unknown as readonly [string, ...string[]]
    const meant = flag.startsWith('--') ? nearest(flag.slice(2), command?.flags ?? []) : undefined
    return `there is no flag ${unknown.join(', ')}${meant ? `; did you mean --${meant}?` : ''}`
  }
  const required = /^Missing \d+ required arg/.test(error.message) ? error.args : undefined
  if (required) return `missing: ${required.map((arg) => String((arg as { name?: unknown }).name).toUpperCase()).join(', ')}`
  // The first paragraph says it; what follows is oclif's pointer to --help.
  const text = error.message.replace(/\nSee more help with --help\s*$/, '')
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .join(' ')
}
