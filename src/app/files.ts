/** `audit files`: what HTTP and mail carried, from a case, and its bytes from the captures. Options in, files out; no flags, no terminal. */
import { basename } from 'node:path'
import type { Database } from 'better-sqlite3'
import { openCase } from '../case/open-case.js'
import { Spool, type SpooledBody } from '../evidence/body-spool.js'
import { captureRecords } from '../evidence/capture-rows.js'
import { CaptureFinder } from '../evidence/captures.js'
import { readCarried, type WantedCarrier } from '../evidence/carried-bytes.js'
import { CARRIERS, type CarriedRow, carriedRows } from '../evidence/carried-rows.js'
import { flowsOf, idsOf, transactionsOf } from '../evidence/case-rows.js'
import { runFacts } from '../evidence/run-rows.js'
import type { FoundCapture } from '../evidence/scan.js'
import { Selection } from '../evidence/selection.js'
import { UserError } from '../model/user-error.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { ExtractFolder } from './extract-folder.js'
import { type CarriedFile, FileExaminer } from './file-examiner.js'
import { findAll } from './found-captures.js'
import { knownProtocols } from './known-protocols.js'
import { NothingUsable } from './nothing-usable.js'
import { TemporaryFolder } from './temporary-folder.js'
import { wildcard } from './wildcard.js'

export interface FileChoice {
  /** Ids of transactions, numbers or content ids. */
  readonly transactions?: readonly string[]
  readonly protocols?: readonly string[]
  /** Patterns with `*` and `?`. */
  readonly name?: string | undefined
  readonly type?: string | undefined
  /** Hex. */
  readonly sha256?: string | undefined
  readonly minSize?: number | undefined
}

export interface FilesOptions extends FileChoice {
  readonly path: string
  /** Read the bytes again from the captures. */
  readonly examine?: boolean
  /** And write them into this folder. */
  readonly extract?: string | undefined
  readonly maxFile?: number
  readonly maxTotal?: number
  /** Where captures may be: files, and folders with all below. */
  readonly captures?: readonly string[]
  readonly version: string
  readonly signal?: AbortSignal
  readonly warn?: (message: string) => void
  /** Given the files in their order; waited for. */
  readonly take: (file: CarriedFile) => Promise<void> | undefined
  /** The text of the manifest of a folder. */
  readonly manifest: (files: readonly CarriedFile[], facts: ManifestFacts) => string
}

export interface ManifestFacts {
  readonly case: string
  readonly version: string
  readonly captures: readonly { readonly id: number; readonly name: string; readonly sha256: string | null }[]
}

export interface FilesOutcome {
  readonly files: number
  readonly written: number
  readonly bytes: number
  /** Left out, for a cap. */
  readonly leftOut: number
  /** Not whole. */
  readonly incomplete: number
  /** Named by a row, and not found in the captures again. */
  readonly notFound: number
  /** With other bytes than the case has the hash of. */
  readonly differing: number
  readonly exitCode: ExitCode
}

/** A file is held in memory whole nowhere; what is larger on the wire is a disk image or an attack, and wants to be asked for. */
export const MAX_FILE = 256 * 2 ** 20
/** What a disk that holds the captures can be expected to have left. */
export const MAX_TOTAL = 4 * 2 ** 30
/** Files read again at a time: each is remembered until its bytes come by, and a folder with more is of no use. */
const MAX_FILES = 100_000

export async function carriedFiles(options: FilesOptions): Promise<FilesOutcome> {
  const db = openCase(options.path)
  try {
    return options.examine || options.extract !== undefined ? await readAgain(db, options) : await listed(db, options)
  } finally {
    db.close()
  }
}

async function listed(db: Database, options: FilesOptions): Promise<FilesOutcome> {
  const fits = fitting(options)
  const outcome = new Tally()
  for (const row of carriedRows(db, choiceOf(db, options))) {
    options.signal?.throwIfAborted()
    const file = unread(row)
    if (!fits(file)) continue
    outcome.add(file)
    await options.take(file)
  }
  return outcome.result(0)
}

async function readAgain(db: Database, options: FilesOptions): Promise<FilesOutcome> {
  const { path, signal, warn, extract, maxFile = MAX_FILE, maxTotal = MAX_TOTAL } = options
  const rows = rowsToRead(db, options)
  if (rows.size === 0) {
    if (extract !== undefined) throw new NothingUsable('the case names no file that fits', [`audit files ${path}   lists what there is`])
    return new Tally().result(0)
  }
  const captures = new Map(captureRecords(db).map((capture) => [capture.id, capture]))
  const runs = runFacts(db)
  const flowIds = [...new Set([...rows.values()].map(([first]) => first!.flowId))]
  const flows = flowsOf(db, { numbers: flowIds, contents: [] })
  const selection = new Selection({ rows: [], flows: flows.map((row) => ({ row })) }, { captures, runs })
  const found = await findAll(new CaptureFinder({ casePath: path, places: options.captures ?? [], signal, warn }), selection.captures())
  const wanted = [...rows.values()].map(([first]): WantedCarrier => {
    const { id, tx, protocol, captureId } = first!
    return { id, tx, protocol, runId: selection.runOf(captureId) }
  })
  const { protocols } = await knownProtocols([])
  const folder = extract === undefined ? undefined : new ExtractFolder(extract)
  const temporary = new TemporaryFolder()
  const spool = new Spool(() => folder?.waitingRoom ?? temporary.path, { maxFile, maxWaiting: maxTotal }, folder !== undefined)
  const outcome = new Tally()
  try {
    const files: CarriedFile[] = []
    const examiner = new FileExaminer({ folder, maxFile, maxTotal, fits: fitting(options) })
    const take = async (id: number, bodies: readonly SpooledBody[]): Promise<void> => {
      for (const row of rows.get(id) ?? []) {
        const body = bodies.find(({ facts }) => facts.part === row.part)
        const file = body ? await examiner.examine(row, body) : lacking(row)
        if (file) files.push(file)
      }
      rows.delete(id)
    }
    await readCarried({ selection, found, runs, protocols, wanted, spool, take, options: { signal } })
    for (const left of rows.values()) files.push(...left.map(lacking))
    // They come out as their exchanges end; the case has them in the order in which those began, and the parts of one stay as they are.
    files.sort((a, b) => a.id - b.id)
    for (const file of files) outcome.add(file)
    if (folder) {
      folder.write('files.json', options.manifest(files, factsOf(options, found)))
      folder.write('SHA256SUMS', sumsOf(files))
      folder.finish()
    }
    for (const file of files) await options.take(file)
  } finally {
    spool.end()
    folder?.abort()
    temporary.remove()
  }
  return outcome.result(outcome.bytes)
}

/** By transaction; those whose type or hash their bytes must tell are read as well. */
function rowsToRead(db: Database, options: FilesOptions): Map<number, CarriedRow[]> {
  const fits = fitting({ name: options.name })
  const rows = new Map<number, CarriedRow[]>()
  let count = 0
  for (const row of carriedRows(db, choiceOf(db, options))) {
    if (!fits(unread(row)) || isOtherFile(row, options)) continue
    if (++count > MAX_FILES)
      throw new UserError(`more than ${MAX_FILES} files fit`, ['narrow the choice with --tx, --protocol, --name, --sha256 or --min-size'])
    const alike = rows.get(row.id)
    if (alike) alike.push(row)
    else rows.set(row.id, [row])
  }
  return rows
}

/** What the case alone tells for sure. */
function isOtherFile(row: CarriedRow, { sha256, minSize = 0 }: FileChoice): boolean {
  if (row.protocol === 'smtp' && row.size < minSize && row.complete === 'complete') return true
  return sha256 !== undefined && row.hashes.sha256 !== undefined && !row.hashOfEncoded && row.hashes.sha256 !== sha256
}

function choiceOf(db: Database, { transactions = [], protocols }: FilesOptions) {
  const ids = transactions.length > 0 ? transactionsOf(db, idsOf('--tx', 'tx', transactions)).map(({ id }) => id) : undefined
  return { protocols: protocols && protocols.length > 0 ? protocols : CARRIERS, transactions: ids && new Set(ids) }
}

function fitting({ name, type, sha256, minSize = 0 }: FileChoice): (file: CarriedFile) => boolean {
  const hasName = name === undefined ? undefined : wildcard(name)
  const hasType = type === undefined ? undefined : wildcard(type)
  return ({ name: itsName = '', declaredType = '', size, hashes, bytes }) =>
    (!hasName || hasName(itsName)) &&
    (!hasType || hasType(declaredType) || hasType(bytes?.type ?? '')) &&
    (sha256 === undefined || [hashes.sha256, bytes?.sha256, bytes?.transferredSha256].includes(sha256)) &&
    (bytes?.size ?? size) >= minSize
}

const unread = (row: CarriedRow): CarriedFile => ({ ...row, notes: [], differs: false, leftOut: false })

const NOT_FOUND = 'not found again: its flow goes on in captures that the case no longer has, or its run read it otherwise'
const lacking = (row: CarriedRow): CarriedFile => ({ ...unread(row), notes: [NOT_FOUND] })

class Tally {
  private files = 0
  private written = 0
  private leftOut = 0
  private incomplete = 0
  private notFound = 0
  private differing = 0
  bytes = 0

  add(file: CarriedFile): void {
    this.files++
    if (file.file !== undefined) {
      this.written++
      this.bytes += file.bytes?.size ?? 0
    }
    if (file.leftOut) this.leftOut++
    if (file.complete === 'lost' || file.complete === 'truncated') this.incomplete++
    if (file.notes[0] === NOT_FOUND) this.notFound++
    if (file.differs) this.differing++
  }

  result(bytes: number): FilesOutcome {
    const { files, written, leftOut, incomplete, notFound, differing } = this
    const exitCode = differing > 0 ? exitCodes.no : leftOut + notFound > 0 ? exitCodes.damaged : exitCodes.done
    return { files, written, bytes, leftOut, incomplete, notFound, differing, exitCode }
  }
}

const factsOf = ({ path, version }: FilesOptions, found: readonly FoundCapture[]): ManifestFacts => ({
  case: basename(path),
  version,
  captures: found.map(({ capture: { id, name, sha256 } }) => ({ id, name, sha256 })),
})

/** As `sha256sum -c` reads it. */
const sumsOf = (files: readonly CarriedFile[]): string =>
  files.flatMap(({ file, bytes }) => (file === undefined ? [] : [`${bytes!.sha256}  ${file}\n`])).join('')
