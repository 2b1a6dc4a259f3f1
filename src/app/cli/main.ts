/** Runs the command line and answers the exit code; the one place where errors are shown. */
import { Config } from '@oclif/core/config'
import { run } from '@oclif/core/run'
import { exitCodes } from '../exit-codes.js'
import type { KnownCommand } from './error-report.js'

/** @param root the package's folder, where package.json is */
export async function main(args: readonly string[], root: string): Promise<number> {
  // oclif's own switch for this is package.json's additionalVersionFlags; one spelling is enough there.
  const argv = args[0] === '-v' ? ['--version', ...args.slice(1)] : [...args]
  let leftEarly = false
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') leftEarly = true
  })
  let config: Config | undefined
  try {
    config = await Config.load({ root })
    return numberOr(await run(argv, config), exitCodes.done)
  } catch (error) {
    // Whoever read our output has enough of it: nothing to say.
    if (leftEarly || (error as NodeJS.ErrnoException | undefined)?.code === 'EPIPE') return exitCodes.done
    // A command or oclif itself asked to stop with a code of its own.
    if ((error as { code?: unknown } | undefined)?.code === 'EEXIT')
      return numberOr((error as { oclif?: { exit?: unknown } }).oclif?.exit, exitCodes.done)
    return await showError(error, argv, config)
  }
}

const numberOr = (value: unknown, fallback: number): number => (typeof value === 'number' ? value : fallback)

export async function showError(error: unknown, argv: readonly string[], config: Config | undefined): Promise<number> {
  const [{ reportOf }, { errorLine }] = await Promise.all([import('./error-report.js'), import('./journal.js')])
  const { message, code, nextSteps, stack } = reportOf(error, argv, knownCommands(config))
  if (stack !== undefined)
    process.stderr.write(
      stack
        .split('\n')
        .map((line) => errorLine('error', line))
        .join(''),
    )
  if (wantsJson(argv)) process.stdout.write(`${JSON.stringify({ error: { message, code, nextSteps } }, null, 2)}\n`)
  else {
    const lines = [...message.split('\n').map((line) => `audit: ${line}`), ...nextSteps.map((step) => `  ${step}`)]
    process.stderr.write(lines.map((line) => errorLine('error', line)).join(''))
  }
  return code
}

/** Read off the raw arguments: the error may be that they cannot be parsed. */
function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--')
  const given = end < 0 ? argv : argv.slice(0, end)
  return (
    given.includes('--json') || given.includes('--format=json') || given.some((arg, i) => arg === '--format' && given[i + 1] === 'json')
  )
}

function knownCommands(config: Config | undefined): KnownCommand[] {
  return (config?.commands ?? []).map(({ id, flags }) => ({ id, flags: Object.keys(flags) }))
}
