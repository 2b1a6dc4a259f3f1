/**
 * Every saved query runs on one case made of all samples. What it answers and how SQLite goes about it stand in test/queries/golden;
 * `npx vitest run test/queries -u` rewrites them, for review as code.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { goldens } from '../../scripts/golden.js'
import { analyzeCaptures } from '../../src/app/analyze.js'
import { programRoot, shippedQueries } from '../../src/app/program.js'
import { allSaved, type Saved, savedValues } from '../../src/app/saved-queries.js'
import { protocols } from '../../src/protocols/registry.js'
import { boundValue } from '../../src/query/parameter.js'
import { checkCompiled, checkReads } from '../../src/query/read-only.js'
import { placeholdersOf } from '../../src/query/saved/placeholders.js'
import { sanitize } from '../../src/report/sanitize.js'

/** Enough to judge a query by, few enough to be read. */
const ROWS = 12
const golden = join(import.meta.dirname, 'golden')

const nowhere = { env: { XDG_CONFIG_HOME: '/nonexistent' } }
const { queries, problems } = allSaved(nowhere)
const named = queries.map((one) => [one.name, one] as const)

let db: Database.Database
beforeAll(async () => {
  process.chdir(programRoot())
  const folder = mkdtempSync(join(tmpdir(), 'audit-queries-'))
  const path = join(folder, 'samples.sqlite')
  await analyzeCaptures({ captures: goldens().map(({ capture }) => capture), outputs: [path], version: 'test', commandLine: 'test' })
  db = new Database(path, { readonly: true })
  db.pragma('query_only = 1')
  return () => {
    db.close()
    rmSync(folder, { recursive: true, force: true })
  }
}, 120_000)

const valuesOf = (saved: Saved, given: readonly string[] = []): Record<string, unknown> =>
  Object.fromEntries(Object.entries(savedValues(saved, given).named).map(([name, value]) => [name, boundValue(value)]))

/** The plan's lines, alike ones folded: a view of all protocols repeats each twenty times. */
function planOf(saved: Saved): string[] {
  const lines = db.prepare(`EXPLAIN QUERY PLAN ${saved.sql}`).all(valuesOf(saved)) as { id: number; parent: number; detail: string }[]
  const depths = new Map<number, number>()
  const counts = new Map<string, number>()
  for (const { id, parent, detail } of lines) {
    const depth = (depths.get(parent) ?? -1) + 1
    depths.set(id, depth)
    const line = `${'  '.repeat(depth)}${detail}`
    counts.set(line, (counts.get(line) ?? 0) + 1)
  }
  return [...counts].map(([line, count]) => (count === 1 ? line : `${line}   (${count} times)`))
}

function answerOf(saved: Saved): string {
  const statement = db.prepare(saved.sql)
  checkReads(saved.sql)
  checkCompiled(statement)
  const columns = statement.columns().map(({ name }) => name)
  const rows = statement.raw().all(valuesOf(saved)) as unknown[][]
  const shown = rows.slice(0, ROWS).map((row) => row.map((value) => (value === null ? '' : sanitize(String(value)))).join(' | '))
  const more = rows.length > ROWS ? [`(${rows.length} rows)`] : []
  return [...planOf(saved), '', columns.join(' | '), ...shown, ...more, ''].join('\n')
}

describe('a saved query', () => {
  test.each(named)('%s answers and is planned as its golden says', async (name, saved) => {
    await expect(answerOf(saved)).toMatchFileSnapshot(join(golden, `${name}.txt`))
  })

  test.each(named)('%s has a header that agrees with its SQL', (_name, { description, parameters, sql }) => {
    expect(description).toMatch(/^[A-Z].*\.$/)
    const body = sql.replace(/^--.*$/gm, '')
    expect([...placeholdersOf(body).names].sort()).toEqual(parameters.map((one) => one.name).sort())
    for (const { name, type, fallback, meaning } of parameters) {
      expect(type, name).not.toBe('any')
      expect(meaning, name).toMatch(/^[A-Z].*\.$/)
      expect(fallback, `${name} can be left out`).not.toBeUndefined()
      // Pasted into another program nothing is bound: what the header calls the default stands in the SQL as well.
      const uses = [...body.matchAll(new RegExp(`(coalesce\\()?:${name}\\b(?:, ([^)]+)\\))?`, 'g'))]
      if (fallback !== null) for (const use of uses) expect([use[1], use[2]], name).toEqual(['coalesce(', fallback])
    }
  })

  test.each(named)('%s is plain SQLite, as of 3.37', (_name, { sql }) => {
    const newer =
      /->|\bunixepoch\(|\bformat\(|\bstring_agg\(|\b(?:right|full)\s+(?:outer\s+)?join\b|\bdistinct from\b|\btimediff\(|\boctet_length\(|\bconcat(?:_ws)?\(|\bjsonb/i
    expect(sql.replace(/^--.*$/gm, '')).not.toMatch(newer)
    expect(sql.endsWith(';\n')).toBe(true)
  })

  test('has no golden when it is gone', () => {
    expect(problems).toEqual([])
    expect(readdirSync(golden).sort()).toEqual(queries.map(({ name }) => `${name}.txt`))
  })
})

const rowsOf = (name: string, given: readonly string[] = []): Record<string, unknown>[] => {
  const saved = queries.find((one) => one.name === name)!
  return db.prepare(saved.sql).all(valuesOf(saved, given)) as Record<string, unknown>[]
}

describe('parameters', () => {
  test('narrow what is answered', () => {
    const all = rowsOf('slow-requests', ['min_ms=0', 'limit=100000'])
    const some = rowsOf('slow-requests', ['min_ms=0', 'limit=100000', 'protocol=mysql'])
    expect(some.length).toBeGreaterThan(0)
    expect(some).toEqual(all.filter((row) => row.protocol === 'mysql'))
    const since = '2026-11-21T13:00:00Z'
    const late = rowsOf('slow-requests', ['min_ms=0', 'limit=100000', `since=${since}`])
    expect(late).toEqual(all.filter((row) => String(row.ts) >= since))
    expect(late.length).toBeLessThan(all.length)
    expect(rowsOf('logins', ['result=failed']).every((row) => row.result === 'failed')).toBe(true)
    expect(rowsOf('table-access', ['table=ORDERS']).map((row) => row.table)).toContain('orders')
    expect(rowsOf('certificates', ['at=2035-02-08T00:00:00Z', 'within_days=0']).length).toBeGreaterThan(3)
    expect(rowsOf('hosts', ['ip=10.20.0.25'])).toHaveLength(1)
  })

  test('of a percentile: the smallest value that so many do not exceed', () => {
    const [row] = rowsOf('errors-by-service', ['protocol=mysql'])
    const durations = db
      .prepare('select duration_ns / 1000000.0 from mysql where server_ip = ? and duration_ns is not null order by 1')
      .pluck()
      .all(row!.server_ip) as number[]
    expect(row!.p95_ms).toBeCloseTo(durations[Math.ceil(durations.length * 0.95) - 1]!, 3)
  })
})

test('no secret of the samples is in any answer', () => {
  for (const { name } of queries) expect(JSON.stringify(rowsOf(name)), name).not.toMatch(/S3CRET/)
})

test('odd-ports knows every port that a protocol is expected on', () => {
  const sql = readFileSync(join(shippedQueries(), 'odd-ports.sql'), 'utf8')
  for (const { name, ports } of protocols) for (const port of ports) expect(sql).toContain(`('${name}', ${port})`)
})
