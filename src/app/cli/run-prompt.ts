/** `audit query` without SQL: the prompt on a terminal, or the statements that come through a pipe. */
import { UserError } from '../../model/user-error.js'
import { sanitize } from '../../report/sanitize.js'
import { CaseQueries } from '../case-queries.js'
import { exitCodes } from '../exit-codes.js'
import { CaseNames } from '../prompt/case-names.js'
import { complete } from '../prompt/completion.js'
import { History, historyFile } from '../prompt/history.js'
import { Screen } from '../prompt/screen.js'
import { Shell } from '../prompt/shell.js'
import { promptOn } from '../prompt/terminal.js'
import type { StatementOptions } from '../query.js'
import { allSaved, type SavedQueriesOptions } from '../saved-queries.js'
import { reportOf } from './error-report.js'
import { Interruption } from './interruption.js'
import { type QueryFlags, tell } from './run-query.js'

const settingsOf = ({ format, zone, timeoutMs = 0, maxRows, parameters = [] }: StatementOptions) => ({
  format,
  zone,
  timeoutMs,
  maxRows,
  parameters,
})

const savedOf = ({ queries: folder }: QueryFlags): SavedQueriesOptions => ({ folder, env: process.env, prompt: true })

const note = (text: string): void => void process.stderr.write(`audit: ${sanitize(text)}\n`)

function withoutFile({ output }: StatementOptions): void {
  if (output !== undefined)
    throw new UserError('-o takes the rows of one statement', ['.once FILE before a statement writes its rows into a file'])
}

export async function runPrompt(path: string, options: StatementOptions, flags: QueryFlags): Promise<number> {
  withoutFile(options)
  const { stdin, stdout, stderr } = process
  const queries = new CaseQueries(path)
  const history = new History(flags['no-history'] ? undefined : historyFile(process.env))
  let names: Promise<CaseNames> | undefined
  let abort: AbortController | undefined

  /** Through the pager, with the terminal as wide as it is by now. */
  const onScreen = async <T>(write: (screen: Screen) => Promise<T>): Promise<T> => {
    const screen = new Screen({ terminal: stdout, env: process.env, paged: flags['no-pager'] !== true })
    return write(screen).finally(() => screen.finish())
  }
  const readNames = (): Promise<CaseNames> => {
    // What a live session adds to the case is rows, not columns.
    names ??= CaseNames.read(queries)
    names.catch(() => {
      names = undefined
    })
    return names
  }
  const shell = new Shell({
    queries,
    settings: settingsOf(options),
    names: readNames,
    talkative: true,
    typed: (text) => history.add(text),
    say: (text) => onScreen(async (screen) => void screen.write(text)),
    saved: savedOf(flags),
    note,
    width: () => stdout.columns || 80,
    async show(given, run) {
      abort = new AbortController()
      const { signal } = abort
      const result = await onScreen((screen) =>
        run({ ...given, width: stdout.columns || 80, color: options.color === true, signal }, screen),
      )
      if (result.stopped && signal.aborted) stderr.write('\naudit: stopped\n')
      tell(result, '.limit')
      if (given.output !== undefined && !result.stopped)
        stderr.write(`audit: ${result.rows} ${result.rows === 1 ? 'row' : 'rows'} in ${sanitize(given.output)}\n`)
      return result
    },
  })
  if (history.problem !== undefined) stderr.write(`audit: the history cannot be used: ${sanitize(history.problem)}\n`)
  stdout.write(`${sanitize(path)}, read only. Statements end with a semicolon; .help lists the commands.\n`)
  try {
    await promptOn({
      shell,
      history,
      input: stdin,
      output: stdout,
      complete: async (line, begun) => complete(line, begun, await readNames(), () => allSaved(savedOf(flags)).queries),
      fail: async (error) => showInPrompt(error),
      interrupt: () => abort?.abort(),
    })
  } finally {
    queries.close()
  }
  return exitCodes.done
}

/** As `main` shows it, and the prompt goes on. */
function showInPrompt(error: unknown): void {
  const { message, nextSteps, stack } = reportOf(error, [], [])
  if (stack !== undefined) process.stderr.write(`${stack}\n`)
  process.stderr.write(`audit: ${sanitize(message)}\n${nextSteps.map((step) => `  ${sanitize(step)}\n`).join('')}`)
}

/** Statements and dot commands, one after the other; the first error ends it. */
export async function runScript(path: string, text: string, options: StatementOptions, flags: QueryFlags): Promise<number> {
  withoutFile(options)
  const queries = new CaseQueries(path)
  const interruption = new Interruption()
  const { width, color } = options
  const shell: Shell = new Shell({
    queries,
    settings: settingsOf(options),
    names: () => CaseNames.read(queries),
    talkative: false,
    async say(text) {
      process.stdout.write(text)
    },
    saved: savedOf(flags),
    note,
    width: () => width,
    async show(given, run) {
      const result = await run({ ...given, width, color: color === true, signal: interruption.signal }, process.stdout)
      tell(result, '.limit')
      if (result.stopped) shell.done = true
      return result
    },
  })
  try {
    await shell.script(text, 'standard input')
    return interruption.exitCode ?? exitCodes.done
  } finally {
    queries.close()
    interruption.dispose()
  }
}
