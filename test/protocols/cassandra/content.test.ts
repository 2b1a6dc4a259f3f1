/** Statements, values, results, errors, secrets. */
import { describe, expect, it } from 'vitest'
import { cassandra } from '../../../src/protocols/cassandra/index.js'
import { StatementCache } from '../../../src/protocols/cassandra/statements.js'
import { drive, type Step } from '../../support/drive.js'
import {
  all,
  ask,
  bytes,
  error,
  execute,
  frame,
  INT,
  i32,
  i64,
  login,
  long,
  OP,
  prepared,
  query,
  reply,
  rows,
  type Spec,
  short,
  startup,
  str,
  TEXT,
  u8,
  u16,
  VOID,
  values,
} from './talk.js'

const id = Buffer.from('0102030405060708090a0b0c0d0e0f10', 'hex')
const one = async (request: Buffer, response: Buffer, options: object = {}) =>
  (
    await drive(
      cassandra,
      [
        ['client', request],
        ['server', response],
      ],
      options,
    )
  ).transactions.at(-1)!

const preparation = (text: string, params: readonly Spec[], results: readonly Spec[] = []): Step[] => [
  ['client', ask(9, OP.PREPARE, long(text))],
  ['server', reply(9, OP.RESULT, prepared(id, params, results))],
]
const run = async (
  text: string,
  params: readonly Spec[],
  bound: Buffer,
  response = VOID,
  results: readonly Spec[] = [],
  options: object = {},
) =>
  (
    await drive(
      cassandra,
      [
        ...preparation(text, params, results),
        ['client', ask(1, OP.EXECUTE, execute(id, bound))],
        ['server', reply(1, OP.RESULT, response)],
      ],
      options,
    )
  ).transactions.at(-1)!

describe('prepared statements', () => {
  it('show their text and typed values', async () => {
    const tx = await run(
      'INSERT INTO users (id, name, n) VALUES (?, ?, ?)',
      [
        ['id', INT],
        ['name', TEXT],
        ['n', 2],
      ],
      values(i32(-7), 'Jürgen', i64(2n ** 62n)),
    )
    expect(tx).toMatchObject({
      method: 'INSERT',
      resource: 'shop.users',
      query: 'INSERT INTO users (id, name, n) VALUES (?, ?, ?)',
      params: '[-7,"Jürgen",4611686018427387904]',
      row: {
        statement_id: id.toString('hex'),
        param_count: 3,
        param_names: ['id', 'name', 'n'],
        param_types: ['int', 'text', 'bigint'],
        tables: ['users'],
      },
    })
  })

  it('show null, unset, empty and wrong values as what they are', async () => {
    const tx = await run(
      'x',
      [
        ['a', INT],
        ['b', INT],
        ['c', INT],
        ['d', INT],
        ['e', TEXT],
      ],
      values(null, 'unset', Buffer.alloc(0), Buffer.from([1, 2]), Buffer.alloc(0)),
    )
    expect(tx.params).toBe('[null,{"unset":true},{"bytes":0,"hex":""},{"bytes":2,"hex":"0102"},""]')
  })

  it('give the columns of a result that leaves them out', async () => {
    const columns: Spec[] = [
      ['a', INT],
      ['b', TEXT],
    ]
    const tx = await run(
      'SELECT a, b FROM users WHERE a = ?',
      [['a', INT]],
      values(i32(1)),
      rows(
        columns,
        [
          [i32(1), 'x,"y"'],
          [null, null],
        ],
        { noMetadata: true },
      ),
      columns,
    )
    expect(tx).toMatchObject({
      rows: 2,
      resource: 'shop.users',
      response_text: 'a,b\n1,"x,""y"""\n,\n',
      row: { columns: ['a', 'b'], rows_flags: 'NoMetaData' },
    })
  })

  it('take new columns from a changed result (v5)', async () => {
    const after: Spec[] = [
      ['a', INT],
      ['c', INT],
    ]
    const ex = frame(5, 1, OP.EXECUTE, execute(id, values(i32(1)), 5))
    const driven = await drive(cassandra, [
      ['client', frame(5, 0, OP.PREPARE, all(long('SELECT * FROM users WHERE a = ?'), i32(0)))],
      ['server', frame(0x85, 0, OP.RESULT, prepared(id, [['a', INT]], [['a', INT]], 5))],
      ['client', ex],
      ['server', frame(0x85, 1, OP.RESULT, rows(after, [[i32(1), i32(2)]], { newId: Buffer.alloc(16, 9) }))],
      ['client', ex],
      ['server', frame(0x85, 1, OP.RESULT, rows(after, [[i32(3), i32(4)]], { noMetadata: true }))],
    ])
    expect(driven.transactions.map((tx) => tx.response_text)).toEqual([undefined, 'a,c\n1,2\n', 'a,c\n3,4\n'])
    expect(driven.transactions[1]!.row.rows_flags).toBe('GlobalTableSpec,MetadataChanged')
  })

  it('show bytes when the preparation was not seen', async () => {
    const tx = await one(ask(1, OP.EXECUTE, execute(id, values(i32(41), 'Anna'))), reply(1, OP.RESULT, VOID))
    expect(tx).toMatchObject({
      method: 'EXECUTE',
      query: undefined,
      params: '[{"bytes":4,"hex":"00000029"},{"bytes":4,"hex":"416e6e61","text":"Anna"}]',
      notes: ['the preparation of the statement was not seen', 'login not seen'],
    })
  })

  it('are known to later connections of the run, the own server first', () => {
    const cache = new StatementCache()
    const base = { id: 'a', inKeyspace: undefined, keyspace: 'k', table: 't', parameters: [], results: [] }
    cache.learn({ ...base, query: 'one', server: '10.0.0.1:9042' })
    cache.learn({ ...base, query: 'two', server: '10.0.0.2:9042' })
    expect(cache.find('a', '10.0.0.1:9042')?.query).toBe('one')
    expect(cache.find('a', '10.0.0.3:9042')?.query).toBe('two')
    for (let i = 0; i < 30_000; i++) cache.learn({ ...base, id: `x${i}`, query: 'q', server: 's' })
    expect(cache.find('a', '10.0.0.1:9042')).toBeUndefined()
    expect(cache.find('x29999', 's')?.query).toBe('q')
    for (let i = 0; i < 40; i++) cache.learn({ ...base, id: `y${i}`, query: 'q'.repeat(1 << 20), server: 's' })
    expect(cache.find('y0', 's')).toBeUndefined()
    expect(cache.find('y39', 's')).toBeDefined()
  })
})

describe('requests', () => {
  it('QUERY with everything that can stand behind it', async () => {
    const body = all(
      long('SELECT * FROM t WHERE a = :a'),
      ...[
        u16(6),
        i32(0x1fd),
        u16(1),
        str('a'),
        bytes('x'),
        i32(100),
        bytes(Buffer.from('cafe', 'hex')),
        u16(9),
        i64(1_767_225_600_000_000n),
      ],
      ...[str('shop'), i32(1_767_225_600)],
    )
    const tx = await one(frame(5, 1, OP.QUERY, body), frame(0x85, 1, OP.RESULT, VOID))
    expect(tx).toMatchObject({
      resource: 'shop.t',
      params: '{"a":{"bytes":1,"hex":"78","text":"x"}}',
      row: {
        ...{ consistency: 'LOCAL_QUORUM', serial_consistency: 'LOCAL_SERIAL', page_size: 100, paging_state: 'cafe', keyspace: 'shop' },
        ...{ timestamp: 1_767_225_600_000_000n, now_in_seconds: 1_767_225_600, param_names: ['a'] },
      },
    })
  })

  it('BATCH of texts and ids', async () => {
    const batch = all(
      ...[u8(1), u16(3), u8(0), long("DELETE FROM shop.a WHERE id = 'k';"), u16(0)],
      ...[u8(1), short(id), values(i32(5)), u8(1), short(Buffer.alloc(16)), values('?')],
      ...[u16(4), u8(0x30), u16(8), i64(7n)],
    )
    const driven = await drive(cassandra, [
      ...preparation('UPDATE users SET n = ?', [['n', INT]]),
      ['client', ask(1, OP.BATCH, batch)],
      ['server', reply(1, OP.RESULT, VOID)],
    ])
    expect(driven.transactions[1]).toMatchObject({
      method: 'BATCH',
      resource: 'shop.a',
      query: `DELETE FROM shop.a WHERE id = 'k'; UPDATE users SET n = ?; (statement ${'0'.repeat(32)})`,
      params: '[[],[5],[{"bytes":1,"hex":"3f","text":"?"}]]',
      row: {
        batch_type: 'UNLOGGED',
        batch_statements: 3,
        param_count: 2,
        consistency: 'QUORUM',
        serial_consistency: 'SERIAL',
        timestamp: 7n,
      },
    })
  })

  it('REGISTER, CREDENTIALS of v1, custom payload', async () => {
    const register = await one(ask(1, OP.REGISTER, all(u16(2), str('STATUS_CHANGE'), str('SCHEMA_CHANGE'))), reply(1, OP.READY))
    expect(register).toMatchObject({
      query: 'REGISTER STATUS_CHANGE, SCHEMA_CHANGE',
      row: { register_events: ['STATUS_CHANGE', 'SCHEMA_CHANGE'] },
    })
    const v1 = await one(
      frame(1, 1, 4, all(u16(2), str('username'), str('anna'), str('password'), str('S3CRET'))),
      frame(0x81, 1, OP.READY),
    )
    expect(v1).toMatchObject({ method: 'CREDENTIALS', user: 'anna', params: '{"user":"anna","password":"xxxxx"}' })
    const payload = all(u16(2), str('k'), bytes('v'), str('token'), bytes('S3CRET'))
    const tx = await one(ask(1, OP.QUERY, all(payload, query('SELECT a FROM t')), 4), reply(1, OP.RESULT, all(payload, VOID), 4))
    expect(tx).toMatchObject({
      query: 'SELECT a FROM t',
      row: { request_payload: { k: 'v', token: 'xxxxx' }, response_payload: { k: 'v', token: 'xxxxx' } },
    })
  })
})

describe('answers', () => {
  it('with tracing id and warnings', async () => {
    const head = all(Buffer.from('d2b7a4f03c0f11e68f1d0f0e6a1b2c3d', 'hex'), u16(1), str('careful'))
    const tx = await one(ask(1, OP.QUERY, query('SELECT a FROM t'), 2), reply(1, OP.RESULT, all(head, rows([['a', TEXT]], [['x']])), 0x0a))
    expect(tx).toMatchObject({
      rows: 1,
      row: {
        trace_id: 'd2b7a4f0-3c0f-11e6-8f1d-0f0e6a1b2c3d',
        warnings: ['careful'],
        request_flags: 'Tracing',
        response_flags: 'Tracing,Warning',
      },
    })
  })

  it('of conditional writes', async () => {
    for (const applied of [true, false]) {
      const tx = await one(
        ask(1, OP.QUERY, query('UPDATE t SET a = 1 IF a = 2')),
        reply(1, OP.RESULT, rows([['[applied]', 4]], [[u8(applied ? 1 : 0)]])),
        {
          options: { send_response: true, max_rows: 0 },
        },
      )
      expect(tx.row.applied).toBe(applied)
    }
  })

  it('that change the schema', async () => {
    const change = (...parts: Buffer[]) => one(ask(1, OP.QUERY, query('CREATE X')), reply(1, OP.RESULT, all(i32(5), ...parts)))
    expect(await change(str('CREATED'), str('KEYSPACE'), str('k'))).toMatchObject({ resource: 'k' })
    expect(await change(str('DROPPED'), str('TYPE'), str('k'), str('t'))).toMatchObject({ resource: 'k.t' })
    expect(await change(str('UPDATED'), str('FUNCTION'), str('k'), str('f'), u16(1), str('int'))).toMatchObject({
      resource: 'k.f',
      row: {
        result_type: 'schemaChanged',
        schema_change: { change: 'UPDATED', target: 'FUNCTION', keyspace: 'k', name: 'f', args: ['int'] },
      },
    })
  })

  it('that are errors', async () => {
    const fail = (code: number, extra?: Buffer) =>
      one(ask(1, OP.QUERY, query('SELECT a FROM t')), reply(1, OP.ERROR, error(code, 'why', extra)))
    expect(await fail(0x1000, all(u16(1), i32(2), i32(0)))).toMatchObject({
      status: 'Error',
      error: 'why',
      row: {
        error_code: 0x1000,
        error_type: 'errUnavailable',
        error_msg: 'why',
        error_details: { read_consistency: 'ONE', required: 2, alive: 0 },
      },
    })
    expect((await fail(0x2400, all(str('k'), str('')))).resource).toBe('k')
    expect((await fail(0x2500, short(id))).row.error_details).toEqual({ stmt_id: id.toString('hex') })
    expect((await fail(0x7777)).row).toMatchObject({ error_type: 'ErrUnknown' })
    expect((await fail(0x1000)).row.error_details).toBeUndefined()
  })
})

describe('secrets', () => {
  const S = 'S3CRET-cassandra-1'
  const params: Spec[] = [
    ['id', INT],
    ['password', TEXT],
  ]
  const insert = 'INSERT INTO users (id, password) VALUES (?, ?)'
  const conversation: Step[] = [
    ['client', ask(0, OP.STARTUP, startup({ API_TOKEN: S }))],
    ['server', reply(0, OP.AUTHENTICATE, str('org.apache.cassandra.auth.PasswordAuthenticator'))],
    ['client', ask(0, OP.AUTH_RESPONSE, login('anna', S))],
    ['server', reply(0, OP.ERROR, error(0x0100, `bad password ${S}`))],
    ['client', ask(0, OP.AUTH_RESPONSE, bytes(S))],
    ['server', reply(0, OP.AUTH_SUCCESS, bytes(S))],
    ['client', ask(0, OP.QUERY, query(`ALTER ROLE anna WITH PASSWORD = '${S}'`))],
    ['server', reply(0, OP.ERROR, error(0x2000, `line 1:4 (ALTER ROLE anna WITH PASSWORD = '${S}')`))],
    ...preparation(insert, params),
    ['client', ask(0, OP.EXECUTE, execute(id, values(i32(1), S)))],
    ['server', reply(0, OP.RESULT, all(u16(1), str(`value ${S} is odd`), VOID), 8)],
    ['client', ask(0, OP.QUERY, all(long('UPDATE users SET password = :p'), u16(1), u8(0x41), u16(1), str('p'), bytes(S)))],
    [
      'server',
      reply(
        0,
        OP.RESULT,
        rows(
          [
            ['salted_hash', TEXT],
            ['password', 0x0003],
          ],
          [[S, S]],
        ),
      ),
    ],
    ['client', ask(0, OP.BATCH, all(u8(0), u16(1), u8(1), short(id), values(i32(1), S), u16(1), u8(0)))],
    ['server', reply(0, OP.RESULT, VOID)],
  ]
  const textOf = async (showSecrets: boolean): Promise<string> => {
    const driven = await drive(cassandra, conversation, { showSecrets })
    return JSON.stringify(driven.transactions, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  }

  it('are nowhere', async () => {
    const text = await textOf(false)
    expect(text).not.toContain('S3CRET')
    expect(text).not.toContain(Buffer.from(S).toString('hex'))
    expect(text).toContain('xxxxx')
  })

  it('are where they were, when asked for', async () => {
    expect((await textOf(true)).split(S).length).toBeGreaterThan(10)
  })
})
