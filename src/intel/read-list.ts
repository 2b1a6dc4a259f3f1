/** Files of indicators: read whole, hashed, and told apart by how they begin. */
import { createHash } from 'node:crypto'
import { open, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import type { IntelList } from '../model/intel-list.js'
import { UserError } from '../model/user-error.js'
import { Indicators, MAX_SAME } from './indicators.js'
import { type ListReport, MAX_INDICATORS, type Problem } from './list.js'
import { readStix } from './read-stix.js'
import { readTable } from './read-table.js'

/** A list is held as one text while it is read: a million hashes are 65 MB, 100,000 indicators of STIX about as much. */
const MAX_BYTES = 128 * 1024 * 1024

export interface Intel {
  readonly files: readonly IntelList[]
  readonly indicators: Indicators
  /** In words, what was not taken from the lists. */
  readonly warnings: readonly string[]
}

export async function readIntel(paths: readonly string[], max = MAX_INDICATORS): Promise<Intel> {
  const indicators = new Indicators()
  const files: IntelList[] = []
  const warnings: string[] = []
  for (const path of paths) {
    const name = basename(path)
    if (files.some((file) => file.name === name))
      throw new UserError(`two lists are called ${name}; findings name their list, so each needs its own name`, ['rename one of them'])
    const bytes = await contentOf(path)
    if (bytes[0] === 0x1f && bytes[1] === 0x8b)
      throw new UserError(`${path} is compressed with gzip, and lists are read as they are`, [`gzip -dc ${name} > list.txt`])
    const text = textOf(bytes)
    const report = /^\s*(?:\{|\[\s*[{\]])/.test(text) ? readStix(text, name, path, indicators, max) : readTable(text, name, indicators, max)
    if (report.added + report.repeated + report.withdrawn + report.left === 0) throw nothingIn(path, report)
    files.push({
      name,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      indicators: report.added,
      repeated: report.repeated,
      withdrawn: report.withdrawn,
      not_understood: report.problems,
      left_out: report.left,
    })
    warnings.push(...warningsOf(path, report, max))
  }
  return { files, indicators, warnings }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    // Opening a pipe would wait for who writes it.
    const found = await stat(path)
    if (!found.isFile()) throw new UserError(`${path} is not a regular file`, ['--intel takes a file of indicators'])
    const file = await open(path, 'r')
    try {
      if (found.size > MAX_BYTES)
        throw new UserError(`${path} is larger than a list of indicators may be (${MAX_BYTES / 2 ** 20} MiB), since it is read at once`, [
          'split it: --intel may be given several times',
        ])
      return await file.readFile()
    } finally {
      await file.close()
    }
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, ['check the path and its permissions'])
  }
}

/** UTF-8, or UTF-16 where its mark stands in front, as some tools on Windows write. */
function textOf(bytes: Buffer): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.subarray(2).toString('utf16le').replaceAll('\r\n', '\n')
  const text = bytes.toString('utf8')
  return text.startsWith('\ufeff') ? text.slice(1) : text
}

const quoted = ({ line, text, reason }: Problem): string => `${line > 0 ? `line ${line}, ` : ''}"${text}": ${reason}`

function nothingIn(path: string, { problems, named }: ListReport): UserError {
  return new UserError([`${path} holds no indicator${problems > 0 ? ' that is understood' : ''}`, ...named.map(quoted)].join('\n'), [
    'one indicator a line, a CSV with a header (indicator,type,severity), or a STIX 2.1 bundle',
  ])
}

function warningsOf(path: string, { problems, named, left }: ListReport, max: number): string[] {
  const warnings = named.map((problem) => `${path}: ${quoted(problem)}; it is not looked for`)
  if (problems > named.length) warnings.push(`${path}: ${problems - named.length} more are not understood and not looked for`)
  if (left > 0)
    warnings.push(
      `${path}: ${left} indicators are left out; ${max} are held at most, and ${MAX_SAME} that say different things of one value`,
    )
  return warnings
}
