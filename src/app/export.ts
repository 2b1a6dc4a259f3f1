/** `audit export`: a case as files that other programs read. */
import { existsSync, statSync } from 'node:fs'
import { relationsOf } from '../case/case-relations.js'
import { type CaseTables, tablesOf } from '../case/case-tables.js'
import { openCase } from '../case/open-case.js'
import { FileSet } from '../export/file-set.js'
import { documentsOf } from '../export/ndjson.js'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { FileTarget, StreamTarget, type TextTarget } from '../sinks/ndjson/text-target.js'
import { asUserError } from '../sinks/sqlite/case-file.js'
import { runToEnd } from './pausing.js'

export const exportFormats = ['ndjson', 'csv', 'parquet', 'zeek'] as const
export type ExportFormat = (typeof exportFormats)[number]

export interface ExportOptions {
  readonly path: string
  readonly format: ExportFormat
  /** A file or - for ndjson, a folder for the others. */
  readonly output: string
  /** Replace what is there. */
  readonly force?: boolean
  readonly protocols: readonly AnyProtocol[]
  /** Version of this program, for formats that name their writer. */
  readonly version: string
  readonly signal?: AbortSignal
  /** Said at once. */
  readonly warn?: (message: string) => void
}

export interface ExportResult {
  /** Names of the files in the folder, or the one file. */
  readonly files: readonly string[]
  /** False when it was interrupted: then nothing was written. */
  readonly whole: boolean
}

/** Throws UserError for what cannot be read or written; then nothing is left under the final names. */
export async function exportCase(options: ExportOptions): Promise<ExportResult> {
  const { path, format, protocols, warn } = options
  if (format === 'ndjson') refuseTarget(options)
  const db = openCase(path)
  try {
    const tables = tablesOf(db, protocols)
    const unknown = tables.protocols.filter(({ known }) => !known).map(({ schema }) => schema.name)
    if (unknown.length > 0) warn?.(`${unknown.join(', ')}: written by a plugin; give it with --plugin, so that its columns are known`)
    return format === 'ndjson' ? await exportDocuments(db, tables, options) : await exportFolder(db, tables, options)
  } catch (error) {
    throw asUserError(error, path)
  } finally {
    db.close()
  }
}

type Db = ReturnType<typeof openCase>

function refuseTarget({ path, output, force }: ExportOptions): void {
  if (output === '-' || !existsSync(output)) return
  const found = statSync(output)
  const evidence = statSync(path, { throwIfNoEntry: false })
  if (evidence && found.dev === evidence.dev && found.ino === evidence.ino)
    throw new UserError(`${output} is the case itself`, ['choose another file with -o'])
  if (found.isFile() && !force) throw new UserError(`${output} exists`, ['choose another file with -o', '--force   replaces it'])
}

function* lines(documents: Iterable<string>, out: TextTarget): Generator<void, true> {
  for (const document of documents) {
    out.write(`${document}\n`)
    yield
  }
  return true
}

async function exportDocuments(db: Db, tables: CaseTables, { output, signal }: ExportOptions): Promise<ExportResult> {
  const out: TextTarget = output === '-' ? new StreamTarget(process.stdout) : new FileTarget(output)
  try {
    const whole = (await runToEnd(lines(documentsOf(db, tables), out), signal, () => out.drain())) === true
    if (whole) await out.end()
    else out.abort()
    return { files: [output], whole }
  } catch (error) {
    out.abort()
    throw error
  }
}

async function exportFolder(db: Db, tables: CaseTables, options: ExportOptions): Promise<ExportResult> {
  const files = new FileSet(options.output, options.force === true)
  try {
    for await (const work of writersOf(db, tables, files, options)) {
      await runToEnd(work, options.signal)
      if (options.signal?.aborted) {
        files.abort()
        return { files: [], whole: false }
      }
    }
    files.publish()
    return { files: files.names, whole: true }
  } catch (error) {
    files.abort()
    throw error
  }
}

async function* writersOf(
  db: Db,
  tables: CaseTables,
  files: FileSet,
  { format, version, warn }: ExportOptions,
): AsyncGenerator<Iterator<unknown>> {
  if (format === 'zeek') {
    const { zeekLogs } = await import('../export/zeek/zeek.js')
    for (const log of zeekLogs(db, tables)) yield log.write(files.create(`${log.path}.log`))
    return
  }
  const relations = relationsOf(db, tables)
  if (format === 'csv') {
    const { writeCsv } = await import('../export/csv.js')
    for (const relation of relations) yield writeCsv(relation, files.create(`${relation.name}.csv`))
    return
  }
  const { writeParquet } = await import('../export/parquet.js')
  for (const relation of relations) {
    const file = files.create(`${relation.name}.parquet`)
    yield (function* () {
      const misfits = yield* writeParquet(relation, file, `pcap-audit ${version}`)
      if (misfits > 0) warn?.(`${relation.name}: ${misfits} values did not fit the type of their column and are NULL`)
    })()
  }
}
