/** `audit files` between its flags and `carriedFiles`: how files are listed, what is said of them. */
import { UserError } from '../../model/user-error.js'
import { FILE_COLUMNS, FILE_COLUMNS_SHOWN, fileValues, manifestObject } from '../../report/file-rows.js'
import { type RowFormat, rowWriter } from '../../report/format/row-format.js'
import { jsonDocument } from '../../report/json-document.js'
import { bytesText, plural } from '../../report/quantities.js'
import { sanitize } from '../../report/sanitize.js'
import { exitCodes } from '../exit-codes.js'
import { carriedFiles, type FilesOutcome, MAX_FILE, MAX_TOTAL } from '../files.js'
import { writeOut } from './base-command.js'
import { colorLevel } from './color.js'
import { Interruption } from './interruption.js'
import { askedFormat, type QueryFlags } from './run-query.js'
import { sizeOf } from './size-flag.js'

export interface FilesFlags {
  readonly tx?: readonly string[] | undefined
  readonly protocol?: readonly string[] | undefined
  readonly name?: string | undefined
  readonly type?: string | undefined
  readonly sha256?: string | undefined
  readonly 'min-size'?: string | undefined
  readonly examine?: boolean
  readonly extract?: string | undefined
  readonly 'max-file'?: string | undefined
  readonly 'max-total'?: string | undefined
  readonly captures?: readonly string[] | undefined
  readonly format?: string | undefined
  readonly csv?: boolean
  readonly json?: boolean
  readonly 'no-color'?: boolean
}

/** Text gathered before it is written. */
const FLUSH_AT = 64 * 1024
/** Files whose bytes are not the case's that are named one by one. */
const MAX_NAMED = 20

export async function runFiles(path: string, flags: FilesFlags, version: string): Promise<number> {
  const sha256 = flags.sha256?.toLowerCase()
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/.test(sha256))
    throw new UserError(`--sha256 ${flags.sha256}: not a SHA-256`, ['64 hexadecimal digits'])
  const size = (flag: 'min-size' | 'max-file' | 'max-total'): number | undefined =>
    flags[flag] === undefined ? undefined : sizeOf(`--${flag}`, flags[flag])
  const minSize = size('min-size')
  const maxFile = size('max-file') ?? MAX_FILE
  const maxTotal = size('max-total') ?? Math.max(MAX_TOTAL, maxFile)
  const { stdout } = process
  // Of the formats of a query this command has those that are text.
  const format = (askedFormat(flags as QueryFlags) as RowFormat | undefined) ?? (stdout.isTTY ? 'table' : 'ndjson')
  const columns: readonly string[] = format === 'table' || format === 'markdown' ? FILE_COLUMNS_SHOWN : FILE_COLUMNS
  const writer = rowWriter(format, {
    width: stdout.isTTY ? stdout.columns || 80 : undefined,
    color: colorLevel({ noColor: flags['no-color'] === true, env: process.env, isTty: stdout.isTTY === true }) > 0,
  })
  const interruption = new Interruption(true)
  const say = (message: string): void => {
    process.stderr.write(`audit: ${sanitize(message)}\n`)
  }
  let text = writer.begin(columns)
  let differing = 0
  const flush = async (): Promise<void> => {
    const all = text
    text = ''
    await writeOut(all)
  }
  try {
    const outcome = await carriedFiles({
      path,
      transactions: flags.tx ?? [],
      protocols: flags.protocol ?? [],
      name: flags.name,
      type: flags.type,
      sha256,
      ...(minSize === undefined ? {} : { minSize }),
      examine: flags.examine ?? false,
      extract: flags.extract,
      maxFile,
      maxTotal,
      captures: flags.captures ?? [],
      version,
      signal: interruption.signal,
      warn: say,
      take(file) {
        text += writer.row(fileValues(file, columns))
        if (file.differs && differing++ < MAX_NAMED) say(`${file.protocol} ${file.tx} ${file.part}: ${file.notes.join('; ')}`)
        return text.length >= FLUSH_AT ? flush() : undefined
      },
      manifest: (files, facts) => jsonDocument({ program: `pcap-audit ${facts.version}`, ...facts, files: files.map(manifestObject) }),
    })
    text += writer.end()
    await flush()
    for (const line of linesOf(outcome, flags.extract)) say(line)
    return interruption.readerLeft ? exitCodes.done : (interruption.exitCode ?? outcome.exitCode)
  } catch (error) {
    if (interruption.readerLeft) return exitCodes.done
    if (interruption.exitCode !== undefined) return interruption.exitCode
    throw error
  } finally {
    interruption.dispose()
  }
}

function* linesOf(outcome: FilesOutcome, folder: string | undefined): Generator<string> {
  const { files, written, bytes, leftOut, incomplete, notFound, differing } = outcome
  if (files === 0) yield 'no file fits'
  if (folder !== undefined) yield `${folder}: ${plural(written, 'file')}, ${bytesText(bytes)}; files.json and SHA256SUMS say what they are`
  if (incomplete > 0) yield `${incomplete} of ${plural(files, 'file')} not whole: the captures lack bytes of them`
  if (leftOut > 0) yield `${plural(leftOut, 'file')} not written, for --max-file or --max-total; notes say which`
  if (notFound > 0) yield `${plural(notFound, 'file')} not found in the captures again`
  if (differing > 0) yield `${plural(differing, 'file')} with other bytes than the case has the hash of`
  if (folder !== undefined && written > 0) yield 'files hold what the wire held: malicious code and passwords too'
}
