/** Where results go: the default case's name, and refusing to write over the evidence. */
import { realpath, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { UserError } from '../model/user-error.js'

const STDOUT = '-'
/** Endings that say how the capture is stored; what is left is its name. Rings end in a number: cap.pcap0, cap.pcapng12. */
const CAPTURE_ENDING = /\.(?:gz|zst|lz4|xz|pcapng\d*|pcap\d*|cap|dmp)$/i

/** `evidence/smtp.pcapng.gz` -> `smtp.sqlite` in the working directory. */
export function defaultTarget(firstCapture: string): string {
  if (firstCapture === '-') return 'stdin.sqlite'
  let name = basename(firstCapture)
  // A file that is called nothing but its ending keeps it.
  while (CAPTURE_ENDING.test(name) && name.replace(CAPTURE_ENDING, '') !== '') name = name.replace(CAPTURE_ENDING, '')
  return `${name.startsWith('-') ? './' : ''}${name}.sqlite`
}

export async function refuseUnsafeTargets(targets: readonly string[], inputs: readonly string[]): Promise<void> {
  const seen = new Set<string>()
  const evidence = await Promise.all(inputs.filter((input) => input !== '-').map(identity))
  for (const target of targets) {
    if (target === '') throw new UserError('-o needs a file name, or - for standard output')
    const name = target === STDOUT ? STDOUT : await finalPath(target)
    if (seen.has(name)) throw new UserError(`-o ${target} is given twice`)
    seen.add(name)
    if (target === STDOUT) continue
    refuseOtherFormats(target)
    const found = await stat(target).catch(() => undefined)
    if (found?.isDirectory()) throw new UserError(`${target} is a directory`, [`-o ${join(target, 'case.sqlite')}`])
    if (!(await stat(dirname(resolve(target))).catch(() => undefined))?.isDirectory())
      throw new UserError(`${target} cannot be written: its folder does not exist`)
    if (!found) continue
    const own = await identity(target)
    if (evidence.some((other) => other !== undefined && own === other))
      throw new UserError(`${target} is one of the captures; evidence is never written to`, ['choose another file with -o'])
  }
}

/** Only a case has a seal: a signature that nothing carries would be missed by whoever asked for it. */
export function refuseUnsigned(targets: readonly string[], sign: unknown): void {
  if (sign !== undefined && targets.every((target) => target === STDOUT || DOCUMENT_NAMES.has(extname(target).toLowerCase())))
    throw new UserError('--sign signs the seal of a case, and no case is written', ['-o case.sqlite'])
}

/** A case takes any name but one that promises something else: a SQLite file called out.csv helps nobody. */
const CASE_NAMES = new Set(['', '.sqlite', '.sqlite3', '.db', '.db3', '.s3db', '.sl3', '.case'])
const DOCUMENT_NAMES = new Set(['.ndjson', '.jsonl'])

function refuseOtherFormats(target: string): void {
  const extension = extname(target).toLowerCase()
  if (CASE_NAMES.has(extension) || DOCUMENT_NAMES.has(extension)) return
  const stem = target.slice(0, target.length - extension.length)
  throw new UserError(`${target}: nothing is written as ${extension}`, [
    `-o ${stem}.sqlite   for a case`,
    `-o ${stem}.ndjson   for documents`,
    'audit query CASE "select ..." --csv   for tables of what a case holds',
  ])
}

/** Whether a name, link or hard link leads to one of these files. */
export async function isOneOf(target: string, files: readonly string[]): Promise<boolean> {
  const own = await identity(target)
  return own !== undefined && (await Promise.all(files.map(identity))).includes(own)
}

/** Device and inode: the same for every name, link or hard link of one file. */
async function identity(path: string): Promise<string | undefined> {
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found && `${found.dev}:${found.ino}`
}

/** Links followed as far as the file exists. */
const finalPath = async (path: string): Promise<string> =>
  await realpath(path).catch(async () => join(await realpath(dirname(resolve(path))).catch(() => dirname(resolve(path))), basename(path)))
