import { spawn, spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { parametersOf } from '../../src/query/parameter.js'
import { type QueryOptions, type QueryResult, QuerySession, QueryTimeout, runQuery } from '../../src/query/run-query.js'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { bundle } from '../sinks/bundle.js'
import { record, tempFolder, writeRun } from '../sinks/rig.js'

let child: string
beforeAll(() => {
  child = bundle('src/query/child.ts')
}, 60_000)

async function makeCase(count = 3): Promise<string> {
  const path = join(tempFolder(), 'case.sqlite')
  const records = Array.from({ length: count }, (_, i) =>
    record(i, i, { row: { word: i === 1 ? '=cmd()|"x"\n\u001b[31m' : `word ${i}`, size: i } }),
  )
  await writeRun(openCase(path), { captures: [{ name: 'a.pcap', sha256: 'aaaa' }], records })
  return path
}

async function query(path: string, sql: string, options: Partial<QueryOptions> = {}): Promise<QueryResult & { text: string }> {
  const out = new PassThrough()
  let text = ''
  out.on('data', (chunk) => {
    text += String(chunk)
  })
  const result = await runQuery(path, sql, { format: 'ndjson', child, ...options }, out)
  return { ...result, text }
}

describe('a query', { timeout: 30_000 }, () => {
  test('writes its rows in any format, 64 bits exact', async () => {
    const path = await makeCase()
    const sql = 'select id, ts_ns, word, user, 0.5 as half from echo order by id limit 2'
    expect((await query(path, sql)).text).toBe(
      '{"id":1,"ts_ns":1440662455000000000,"word":"word 0","user":null,"half":0.5}\n' +
        '{"id":2,"ts_ns":1440662455001000000,"word":"=cmd()|\\"x\\"\\n\\u001b[31m","user":null,"half":0.5}\n',
    )
    expect((await query(path, sql, { format: 'csv' })).text).toBe(
      'id,ts_ns,word,user,half\n1,1440662455000000000,word 0,,0.5\n2,1440662455001000000,"\'=cmd()|""x""\n\u241b[31m",,0.5\n',
    )
    expect((await query(path, sql, { format: 'tsv' })).text).toBe(
      'id\tts_ns\tword\tuser\thalf\n1\t1440662455000000000\tword 0\t\t0.5\n2\t1440662455001000000\t\'=cmd()|"x"\u240a\u241b[31m\t\t0.5\n',
    )
    expect(JSON.parse((await query(path, sql, { format: 'json' })).text)).toHaveLength(2)
    expect((await query(path, 'select 1 where 0', { format: 'json' })).text).toBe('[]\n')
  })

  test('binds parameters by place and by name', async () => {
    const path = await makeCase()
    const parameters = parametersOf(['least=1', 'word 2'])
    expect((await query(path, 'select size from echo where size >= :least and word = ?', { parameters })).text).toBe('{"size":2}\n')
    await expect(query(path, 'select :a')).rejects.toMatchObject({ message: expect.stringContaining('without a value'), exitCode: 2 })
    await expect(query(path, 'select ?')).rejects.toThrow(/too few parameter/)
  })

  test('stops at the number of rows asked for and says that there are more', async () => {
    const path = await makeCase()
    expect(await query(path, 'select id from tx order by id', { maxRows: 2 })).toMatchObject({ rows: 2, more: true })
    expect(await query(path, 'select id from tx', { maxRows: 3 })).toMatchObject({ rows: 3, more: false })
  })

  test('is killed at its time limit, even when no row ever comes', async () => {
    const path = await makeCase()
    const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n'
    const error = await query(path, endless, { timeoutMs: 500 }).catch((e: unknown) => e)
    expect(error).toBeInstanceOf(QueryTimeout)
    expect(error).toMatchObject({ exitCode: 124, message: expect.stringContaining('0.5 s') })
  })

  test('is not charged for the time in which its reader looks at what it has', async () => {
    const path = await makeCase()
    const many = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 300000) select i from n'
    const out = new PassThrough()
    setTimeout(() => out.resume(), 3000)
    expect(await runQuery(path, many, { format: 'csv', child, timeoutMs: 2500 }, out)).toMatchObject({ rows: 300_000 })
  })

  test('can be interrupted', async () => {
    const path = await makeCase()
    const abort = new AbortController()
    setTimeout(() => abort.abort(), 200)
    const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n'
    expect(await query(path, endless, { signal: abort.signal })).toMatchObject({ rows: 0 })
  })

  test('writes any number of rows without holding them', async () => {
    const path = await makeCase()
    const many = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 200000) select i from n'
    const { rows, text } = await query(path, many, { format: 'csv' })
    expect(rows).toBe(200_000)
    expect(text.endsWith('\n200000\n')).toBe(true)
  })

  test('ends quietly when its reader leaves', async () => {
    const path = await makeCase()
    const script = join(tempFolder(), 'job.mjs')
    writeFileSync(
      script,
      `import { fork } from 'node:child_process'
       const child = fork(${JSON.stringify(child)}, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
       child.send({ path: ${JSON.stringify(path)}, sql: 'with recursive n(i) as (select 1 union all select i + 1 from n) select i from n', parameters: { positional: [], named: {} }, format: 'csv' })
       child.on('close', (code, signal) => process.stderr.write('ended ' + (code ?? signal)))`,
    )
    const { stdout, stderr } = spawnSync('sh', ['-c', `"${process.execPath}" "${script}" | head -n 3`], {
      encoding: 'utf8',
      timeout: 20_000,
    })
    expect(stdout).toBe('i\n1\n2\n')
    expect(stderr).toBe('ended 0')
  })
})

test('a query ends with the program that asked', { timeout: 30_000 }, async () => {
  const path = await makeCase()
  const script = join(tempFolder(), 'asks.mjs')
  const sql = 'with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n'
  writeFileSync(
    script,
    `import { fork } from 'node:child_process'
     const child = fork(${JSON.stringify(child)}, [], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'], execArgv: [] })
     child.send(${JSON.stringify({ path, sql, parameters: { positional: [], named: {} }, format: 'csv' })}, () => console.log(child.pid))`,
  )
  const asker = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [pid] = (await once(asker.stdout, 'data')) as [Buffer]
  const alive = () => {
    try {
      return process.kill(Number(pid), 0)
    } catch {
      return false
    }
  }
  expect(alive()).toBe(true)
  await new Promise((done) => setTimeout(done, 300))
  asker.kill('SIGKILL')
  for (let i = 0; i < 100 && alive(); i++) await new Promise((done) => setTimeout(done, 100))
  expect(alive()).toBe(false)
})

describe('a session', { timeout: 30_000 }, () => {
  const endless = 'with recursive n(i) as (select 1 union all select i + 1 from n) select i from n'

  test('asks one process after another, and another one when one was killed', async () => {
    const session = new QuerySession(await makeCase(), child, false).open()
    const ask = async (sql: string, options: Partial<QueryOptions> = {}): Promise<string> => {
      const out = new PassThrough()
      let text = ''
      out.on('data', (chunk) => {
        text += String(chunk)
      })
      await session.run(sql, { format: 'csv', ...options }, out, true)
      return text
    }
    try {
      expect(await ask('select count(*) n from tx')).toBe('n\n3\n')
      await expect(ask('select nosuch')).rejects.toThrow(/no column/)
      await expect(ask(endless, { timeoutMs: 300 })).rejects.toThrow(QueryTimeout)
      expect(await ask('select 2 as n')).toBe('n\n2\n')
      const abort = new AbortController()
      setTimeout(() => abort.abort(), 200)
      const stopped = await session.run(endless, { format: 'csv', signal: abort.signal }, new PassThrough().resume(), true)
      expect(stopped).toMatchObject({ stopped: true })
      expect(await ask('select 3 as n')).toBe('n\n3\n')
    } finally {
      session.close()
    }
  })

  test('ends a query whose reader has left', async () => {
    const session = new QuerySession(await makeCase(), child, false)
    const out = new PassThrough()
    out.once('data', () => out.destroy())
    expect(await session.run(endless, { format: 'csv' }, out, true)).toMatchObject({ stopped: true })
    session.close()
  })
})

describe('a query is refused', { timeout: 30_000 }, () => {
  test('when it would change the case, whatever it looks like', async () => {
    const path = await makeCase()
    const before = createHash('sha256').update(readFileSync(path)).digest('hex')
    for (const [sql, message] of [
      ['with a as (select 1) insert into run (id) select * from a', /would change the case/],
      ['with a as (select 1) delete from capture', /would change the case/],
      ['select 1; delete from capture', /one statement/],
      ["select load_extension('/tmp/x.so')", /refused|not authorized|no such function/],
      ['delete from capture', /DELETE is refused/],
    ] as const)
      await expect(query(path, sql), sql).rejects.toThrow(message)
    expect(createHash('sha256').update(readFileSync(path)).digest('hex')).toBe(before)
  })

  test('with the names there are, when it names what is not there', async () => {
    const path = await makeCase()
    const suggest = (word: string, known: readonly string[]) => known.find((k) => k.startsWith(word.slice(0, 3)))
    await expect(
      query(path, 'select * from ecko', { suggest: (w, k) => k.find((n) => n.startsWith(w.slice(0, 2))) }),
    ).rejects.toMatchObject({
      message: 'there is no table or view "ecko" in this case; did you mean "echo"?',
      nextSteps: [expect.stringMatching(/\becho,.* flow,.* ping\b/)],
      exitCode: 2,
    })
    await expect(query(path, 'select wordd from echo', { suggest })).rejects.toMatchObject({
      message: 'there is no column "wordd" in what the query reads; did you mean "word"?',
      nextSteps: [expect.stringContaining('letters')],
    })
    await expect(query(path, 'select * from echo where word = "quoted"')).rejects.toMatchObject({
      nextSteps: [expect.stringContaining('single quotes'), expect.anything()],
    })
    await expect(query(path, 'select from')).rejects.toThrow(/^SQL: .*syntax error/)
  })

  test('on what is not a case', async () => {
    const folder = tempFolder()
    writeFileSync(join(folder, 'text.sqlite'), 'text '.repeat(100))
    writeFileSync(join(folder, 'empty.sqlite'), '')
    await expect(query(join(folder, 'none.sqlite'), 'select 1')).rejects.toThrow(/does not exist/)
    await expect(query(join(folder, 'text.sqlite'), 'select 1')).rejects.toThrow(/nor any SQLite file/)
    await expect(query(join(folder, 'empty.sqlite'), 'select 1')).rejects.toThrow(/empty/)
    await expect(query(folder, 'select 1')).rejects.toThrow(/folder/)
  })
})
