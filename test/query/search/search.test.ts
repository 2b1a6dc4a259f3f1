import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import Database from 'better-sqlite3'
import { beforeAll, describe, expect, test } from 'vitest'
import { QueryTimeout, runSearch, type SearchOptions } from '../../../src/query/run-query.js'
import { expressionOf } from '../../../src/query/search/words.js'
import { openCase } from '../../../src/sinks/sqlite/case-sink.js'
import { bundle } from '../../sinks/bundle.js'
import { record, tempFolder, writeRun } from '../../sinks/rig.js'

let child: string
beforeAll(() => {
  child = bundle('src/query/child.ts')
}, 60_000)

async function makeCase(words: readonly (string | null)[]): Promise<string> {
  const path = join(tempFolder(), 'case.sqlite')
  const records = words.map((word, i) => record(i, i, { row: { word: word ?? undefined, size: i } }))
  await writeRun(openCase(path), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records })
  return path
}

interface Searched {
  readonly rows: Record<string, string | null>[]
  readonly more: boolean
  /** Transactions of the indexes that were built. */
  readonly built: number[]
}

async function search(path: string, words: string, options: Partial<SearchOptions> & { fts?: boolean } = {}): Promise<Searched> {
  const out = new PassThrough()
  let text = ''
  out.on('data', (chunk) => {
    text += String(chunk)
  })
  const built: number[] = []
  const { fts, ...rest } = options
  const expression = fts ? words : expressionOf(words)
  const { more } = await runSearch(path, expression, { format: 'ndjson', child, indexing: (n) => built.push(n), ...rest }, out)
  const rows = text
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, string | null>)
  return { rows, more, built }
}

const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex')

describe('a search', { timeout: 30_000 }, () => {
  test('gives the rows in the order of time, each with the column, its words marked, and the packets', async () => {
    const path = await makeCase(['GET /etc/passwd', 'nothing', 'etc and passwd', null, 'again /etc/passwd\u001b[31m'])
    const { rows } = await search(path, '/etc/passwd')
    expect(rows).toHaveLength(2)
    expect(rows[0]).toMatchObject({ protocol: 'echo', column: 'word', snippet: 'GET /[etc/passwd]', also: null })
    expect(Object.keys(rows[0]!)).toEqual(['ts', 'protocol', 'tx', 'client', 'server', 'column', 'snippet', 'also', 'frames'])
    expect(rows[0]!.tx).toMatch(/^[0-9a-f]{16}$/)
    expect(rows.map((row) => row.ts)).toEqual([...rows.map((row) => row.ts)].sort())
    expect((await search(path, 'etc passwd')).rows).toHaveLength(3)
    expect((await search(path, 'elsewhere')).rows).toEqual([])
  })

  test('marks by no character that a captured text could hold', async () => {
    const path = await makeCase(['\ufdd0fake\ufdd1 word'])
    expect((await search(path, 'word')).rows[0]).toMatchObject({ snippet: 'fake  [word]'.padStart(13) })
  })

  test('stops at the number of rows asked for', async () => {
    const path = await makeCase(Array.from({ length: 200 }, (_, i) => `word ${i}`))
    const some = await search(path, 'word', { maxRows: 130 })
    expect(some).toMatchObject({ more: true })
    expect(some.rows).toHaveLength(130)
    expect((await search(path, 'word')).rows.map((row) => row.snippet)).toEqual(Array.from({ length: 200 }, (_, i) => `[word] ${i}`))
  })

  test('takes the syntax of FTS5 when asked, and explains what is wrong with it', async () => {
    const path = await makeCase(['alpha beta', 'alpha gamma'])
    expect((await search(path, 'alpha NOT beta', { fts: true })).rows.map((row) => row.snippet)).toEqual(['[alpha] gamma'])
    expect((await search(path, 'word : gam*', { fts: true })).rows).toHaveLength(1)
    await expect(search(path, 'foo@bar', { fts: true })).rejects.toMatchObject({
      message: expect.stringContaining('near "@"'),
      exitCode: 2,
    })
    await expect(search(path, 'nowhere : alpha', { fts: true })).rejects.toThrow(
      'no protocol in this case has a text in the column "nowhere"',
    )
  })

  test('ends at its time limit, also while an index is made of a view that never does', async () => {
    const path = await makeCase(['alpha'])
    const db = new Database(path)
    const columns = db.pragma('table_xinfo(echo)') as { name: string }[]
    const endless = 'WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n WHERE i < 0'
    db.exec(`DROP VIEW echo; CREATE VIEW echo AS SELECT ${columns.map(({ name }) => `NULL AS "${name}"`).join(', ')} FROM (${endless})`)
    db.close()
    const error = await search(path, 'alpha', { timeoutMs: 500 }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(QueryTimeout)
    expect(error).toMatchObject({ exitCode: 124 })
  })

  test('leaves the case as it was, and refuses what is none', async () => {
    const path = await makeCase(['alpha'])
    const before = digest(path)
    await search(path, 'alpha', { indexFolder: tempFolder() })
    expect(digest(path)).toBe(before)
    expect(readdirSync(join(path, '..'))).toEqual(['case.sqlite'])
    await expect(search(join(tempFolder(), 'none.sqlite'), 'x')).rejects.toThrow(/does not exist/)
  })
})

describe('the index of a case', { timeout: 30_000 }, () => {
  test('is built once, for its owner alone, and found again by a copy of the case', async () => {
    const path = await makeCase(['alpha', 'beta'])
    const indexFolder = join(tempFolder(), 'deep', 'search')
    expect((await search(path, 'alpha', { indexFolder })).built).toEqual([2])
    const copy = join(tempFolder(), 'copy.sqlite')
    copyFileSync(path, copy)
    const again = await search(copy, 'beta', { indexFolder })
    expect(again).toMatchObject({ built: [], rows: [{ snippet: '[beta]' }] })
    const [file, ...others] = readdirSync(indexFolder)
    expect(others).toEqual([])
    expect(statSync(join(indexFolder, file!)).mode & 0o777).toBe(0o600)
    expect(statSync(indexFolder).mode & 0o777).toBe(0o700)
    expect(readFileSync(join(indexFolder, file!)).includes('alpha beta')).toBe(false)
  })

  test('is not taken for that of a case which has been written to since', async () => {
    const path = await makeCase(['alpha'])
    const indexFolder = tempFolder()
    await search(path, 'alpha', { indexFolder })
    const db = new Database(path)
    db.exec("UPDATE tx_echo SET word = 'omega'")
    db.close()
    expect(await search(path, 'omega', { indexFolder })).toMatchObject({ built: [1], rows: [{ snippet: '[omega]' }] })
    expect((await search(path, 'alpha', { indexFolder })).rows).toEqual([])
  })

  test('of a case that is being written is not kept', async () => {
    const path = await makeCase(['alpha'])
    const indexFolder = tempFolder()
    const db = new Database(path)
    db.pragma('journal_mode = WAL')
    db.exec("UPDATE tx_echo SET word = 'omega'")
    try {
      expect((await search(path, 'omega', { indexFolder })).rows).toHaveLength(1)
      expect(readdirSync(indexFolder)).toEqual([])
    } finally {
      db.close()
    }
  })

  test('that is damaged, empty or cut short is built anew', async () => {
    const path = await makeCase(['alpha'])
    const indexFolder = tempFolder()
    await search(path, 'alpha', { indexFolder })
    const file = join(indexFolder, readdirSync(indexFolder)[0]!)
    for (const content of [Buffer.from('not an index'), Buffer.alloc(0), readFileSync(file).subarray(0, 100)]) {
      writeFileSync(file, content)
      expect(await search(path, 'alpha', { indexFolder })).toMatchObject({ built: [1], rows: [{ snippet: '[alpha]' }] })
    }
    expect((await search(path, 'alpha', { indexFolder })).built).toEqual([])
  })

  test('is made in passing where none can be kept', async () => {
    const path = await makeCase(['alpha'])
    const file = join(tempFolder(), 'file')
    writeFileSync(file, '')
    expect(await search(path, 'alpha', { indexFolder: join(file, 'search') })).toMatchObject({ built: [1], rows: [{ snippet: '[alpha]' }] })
  })

  test('takes the place of old ones and of drafts that were left behind', async () => {
    const path = await makeCase(['alpha'])
    const indexFolder = tempFolder()
    mkdirSync(indexFolder, { recursive: true })
    for (let i = 0; i < 20; i++) {
      const old = join(indexFolder, `old${String(i).padStart(2, '0')}.sqlite`)
      writeFileSync(old, '')
      utimesSync(old, 1000 + i, 1000 + i)
    }
    const drafts = [join(indexFolder, 'x.sqlite.4194999'), join(indexFolder, `x.sqlite.${process.pid}`)]
    for (const draft of drafts) writeFileSync(draft, '')
    await search(path, 'alpha', { indexFolder })
    const kept = readdirSync(indexFolder).filter((name) => name.endsWith('.sqlite'))
    expect(kept).toHaveLength(16)
    expect(kept).not.toContain('old04.sqlite')
    expect(kept).toContain('old05.sqlite')
    expect(drafts.map((draft) => existsSync(draft))).toEqual([false, true])
  })
})
