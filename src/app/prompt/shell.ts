/** What a prompt and a script of statements have in common: settings that last, dot commands that change them, statements that run. */
import { readFileSync, statSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { UserError } from '../../model/user-error.js'
import type { Parameters } from '../../query/parameter.js'
import type { QueryResult } from '../../query/run-query.js'
import { MAX_SQL_LENGTH, type Statement, StatementReader } from '../../query/statement-reader.js'
import { isFileFormat, type OutputFormat, outputFormats } from '../../report/format/row-format.js'
import type { CaseQueries } from '../case-queries.js'
import { duration } from '../duration.js'
import { outputFormat } from '../output-format.js'
import type { StatementOptions } from '../query.js'
import { savedList } from '../saved-list.js'
import { allSaved, findSaved, hidingNote, type SavedQueriesOptions, savedValues } from '../saved-queries.js'
import { indexingNote, nothingFound } from '../search.js'
import { timeZone } from '../time-zone.js'
import type { CaseNames } from './case-names.js'
import { dotCommand, dotCommands, wordsOf } from './dot-commands.js'

/** Files that read files that read files: deeper than anybody means. */
const MAX_DEPTH = 10

/** As wide as the longest command with its argument. */
const HELP_WIDTH = 2 + Math.max(...dotCommands.map(({ name, argument }) => name.length + 1 + argument.length))

export interface Settings {
  format: OutputFormat
  zone: string | undefined
  timeoutMs: number
  maxRows: number | undefined
  readonly parameters: readonly string[]
}

export type RunRows = (options: StatementOptions, out: Writable) => Promise<QueryResult>

export interface ShellOptions {
  readonly queries: CaseQueries
  readonly settings: Settings
  readonly names: () => Promise<CaseNames>
  readonly saved: SavedQueriesOptions
  /** Calls `run` and shows the rows that it writes. */
  show(options: StatementOptions, run: RunRows): Promise<QueryResult>
  /** Shows a text of ours. */
  say(text: string): Promise<void>
  /** Says what must be known beside the rows. */
  note(text: string): void
  /** Columns of the terminal; undefined where there is none. */
  width(): number | undefined
  /** Settings that change are said. */
  readonly talkative: boolean
  /** What was typed to its end, before it runs; not what begins with a blank. */
  typed?(text: string): void
}

export class Shell {
  private readonly reader = new StatementReader()
  /** The file that takes the next result. */
  private once: string | undefined
  private depth = 0
  /** What is begun began with a blank. */
  private unkept = false
  done = false

  constructor(private readonly options: ShellOptions) {}

  get settings(): Settings {
    return this.options.settings
  }

  /** A statement was begun and waits for its semicolon. */
  get pending(): string {
    return this.reader.pending
  }

  /** Forgets what was begun. */
  clear(): void {
    this.reader.clear()
  }

  /** Takes a line: a dot command, or a piece of SQL. */
  async line(line: string): Promise<void> {
    if (this.reader.between) this.unkept = /^\s/.test(line)
    if (this.reader.between && /^\s*\./.test(line)) {
      this.keep(line.trim())
      await this.command(line.trim())
      return
    }
    const statements = this.reader.push(line)
    if (this.reader.pending.length > MAX_SQL_LENGTH) {
      this.reader.clear()
      throw new UserError(`a statement is longer than ${MAX_SQL_LENGTH} characters, which no SQL is`)
    }
    for (const { sql } of statements) this.keep(sql)
    for (const { sql } of statements) await this.run(sql)
  }

  private keep(text: string): void {
    if (!this.unkept) this.options.typed?.(text)
  }

  async run(sql: string, bound?: Parameters): Promise<void> {
    await this.show((options, out) => this.options.queries.run(sql, { ...options, bound }, out))
  }

  private show(run: RunRows): Promise<QueryResult> {
    const { once } = this
    this.once = undefined
    const { format, zone, timeoutMs, maxRows, parameters } = this.settings
    const written = once === undefined ? format : outputFormat(undefined, once, format)
    return this.options.show({ format: written, zone, timeoutMs, maxRows, parameters, output: once }, run)
  }

  private async runSaved(argument: string): Promise<void> {
    const [name, ...given] = wordsOf(argument)
    if (name === undefined) throw new UserError('.run needs the name of a saved query', ['.queries   shows all'])
    const saved = findSaved(name, this.options.saved)
    const hiding = hidingNote(saved)
    if (hiding !== undefined) this.options.note(hiding)
    await this.run(saved.sql, savedValues(saved, given, true))
  }

  private async search(words: string): Promise<void> {
    const { queries, saved, note } = this.options
    if (words === '') throw new UserError('.search needs words', ['.search relay denied'])
    const indexing = (transactions: number): void => {
      const text = indexingNote(transactions)
      if (text !== undefined) note(text)
    }
    const { rows, stopped } = await this.show(({ parameters: _, ...options }, out) =>
      queries.search(words, { ...options, env: saved.env, indexing }, out),
    )
    if (rows === 0 && !stopped) note(nothingFound(words))
  }

  /** A whole text of statements and commands; an error names its line and ends it. */
  async script(text: string, name: string): Promise<void> {
    const reader = new StatementReader()
    const run = async ({ sql, line }: Statement): Promise<void> => {
      await this.run(sql).catch((error: unknown) => {
        throw inLine(error, name, line)
      })
    }
    const lines = text.split('\n')
    for (const [i, line] of lines.entries()) {
      if (this.done) return
      if (reader.between && line.startsWith('.')) {
        reader.push('')
        await this.command(line.trim()).catch((error: unknown) => {
          throw inLine(error, name, i + 1)
        })
      } else for (const statement of reader.push(line)) await run(statement)
    }
    const last = reader.rest()
    if (last) await run(last)
  }

  private async command(line: string): Promise<void> {
    const { command, argument } = dotCommand(line)
    const { say, names } = this.options
    const { settings } = this
    switch (command) {
      case '.help':
        await say(
          dotCommands.map(({ name, argument, doc }) => `${`${name}${argument ? ` ${argument}` : ''}`.padEnd(HELP_WIDTH)}${doc}\n`).join(''),
        )
        return
      case '.quit':
        this.done = true
        return
      case '.tables':
        await say((await names()).tablesText())
        return
      case '.schema':
        await say((await names()).schemaText(argument))
        return
      case '.queries': {
        const { queries, problems } = allSaved(this.options.saved)
        await say(savedList(queries, 'table', this.options.width()))
        for (const problem of problems) this.options.note(`left out: ${problem}`)
        return
      }
      case '.run':
        await this.runSaved(argument)
        return
      case '.search':
        await this.search(argument)
        return
      case '.format':
        if (argument !== '') settings.format = formatNamed(argument)
        await this.setting(argument, `format: ${settings.format}`)
        return
      case '.tz':
        if (argument !== '') settings.zone = argument.toLowerCase() === 'off' ? undefined : timeZone(argument)
        await this.setting(argument, settings.zone === undefined ? 'times are UTC alone' : `times are UTC, and beside it ${settings.zone}`)
        return
      case '.timeout':
        if (argument !== '') settings.timeoutMs = duration(argument)
        await this.setting(
          argument,
          settings.timeoutMs > 0 ? `a query is stopped after ${settings.timeoutMs / 1000} s` : 'a query may take any time',
        )
        return
      case '.limit':
        if (argument !== '') settings.maxRows = rowLimit(argument)
        await this.setting(argument, settings.maxRows === undefined ? 'all rows are shown' : `rows shown at most: ${settings.maxRows}`)
        return
      case '.once':
        if (argument === '') throw new UserError('.once needs the name of a file', ['.once rows.csv'])
        // Now, and not when the query has run.
        outputFormat(undefined, argument, settings.format)
        this.once = argument
        return
      case '.read':
        await this.read(argument)
    }
  }

  /** What a setting is by now: asked for, or changed by someone who looks. */
  private async setting(argument: string, text: string): Promise<void> {
    if (argument === '' || this.options.talkative) await this.options.say(`${text}\n`)
  }

  private async read(path: string): Promise<void> {
    if (path === '') throw new UserError('.read needs the name of a file', ['.read queries.sql'])
    if (this.depth >= MAX_DEPTH) throw new UserError(`${path} is not read: more than ${MAX_DEPTH} files read one another`)
    this.depth++
    try {
      await this.script(sqlFile(path), path)
    } finally {
      this.depth--
    }
  }
}

function sqlFile(path: string): string {
  try {
    const stat = statSync(path)
    if (stat.isFile() && stat.size > MAX_SQL_LENGTH) throw new UserError(`${path} is longer than ${MAX_SQL_LENGTH} bytes, which no SQL is`)
    if (!stat.isFile()) throw new UserError(`${path} is not a regular file`)
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`)
  }
}

function formatNamed(name: string): OutputFormat {
  const format = outputFormats.find((known) => known === name)
  if (format === undefined) throw new UserError(`there is no format "${name}"`, [`formats: ${outputFormats.join(', ')}`])
  if (isFileFormat(format)) throw new UserError(`${format} is no text: it needs a file`, [`.once rows.${format} writes the next result so`])
  return format
}

function rowLimit(text: string): number | undefined {
  if (!/^\d{1,15}$/.test(text)) throw new UserError(`${text}: not a number of rows`, ['for example 100, or 0 for all'])
  return Number(text) || undefined
}

/** Errors meant for the user, with the place in the script. */
function inLine(error: unknown, name: string, line: number): unknown {
  const known = error as { message: string; exitCode?: unknown } | undefined
  if (error instanceof Error && typeof known?.exitCode === 'number' && !/, line \d+: /.test(error.message))
    error.message = `${name}, line ${line}: ${error.message}`
  return error
}
