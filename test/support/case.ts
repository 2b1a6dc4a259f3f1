/** Cases and extracts in a temporary folder, made by the functions behind the commands. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { analyzeCaptures } from '../../src/app/analyze.js'
import { extractPackets, type PacketsOptions, type PacketsOutcome } from '../../src/app/packets.js'
import { PrivateFile } from '../../src/app/private-file.js'

export const newFolder = (): string => mkdtempSync(join(tmpdir(), 'audit-case-'))

/** Analyzes captures into a case, a new one or one that is there. */
export async function caseOf(
  path: string,
  captures: readonly string[],
  more: Partial<Parameters<typeof analyzeCaptures>[0]> = {},
): Promise<string> {
  await analyzeCaptures({ captures, outputs: [path], version: '0', commandLine: 'test', ...more })
  return path
}

/** Writes an extract over whatever is at `output`. */
export async function extractTo(output: string, options: Omit<PacketsOptions, 'version' | 'target'>): Promise<PacketsOutcome> {
  const target = new PrivateFile(output, true)
  try {
    const outcome = await extractPackets({ version: '0', target, ...options })
    target.end()
    return outcome
  } finally {
    target.abort()
  }
}

/** Rows of a case; integers are bigint. */
export function rowsOf(path: string, sql: string, ...values: unknown[]): Record<string, unknown>[] {
  const db = new Database(path, { readonly: true })
  try {
    return db
      .prepare(sql)
      .safeIntegers()
      .all(...values) as Record<string, unknown>[]
  } finally {
    db.close()
  }
}

/** Changes a case as somebody with another tool would. */
export function edit(path: string, sql: string): void {
  const db = new Database(path)
  db.exec(sql)
  db.close()
}

/** What tshark reads, a line a packet, fields by tabs; undefined where there is no tshark. */
export const tsharkFields: ((path: string, ...fields: string[]) => string[]) | undefined = (() => {
  try {
    execFileSync('tshark', ['--version'], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return (path: string, ...fields: string[]): string[] =>
    execFileSync('tshark', ['-n', '-r', path, '-T', 'fields', ...fields.flatMap((field) => ['-e', field])], {
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
      stdio: ['ignore', 'pipe', 'ignore'],
    })
      .split('\n')
      .slice(0, -1)
})()
