import { describe, expect, it } from 'vitest'
import { pgsql } from '../../../src/protocols/pgsql/index.js'
import { type Driven, drive, rowsOf, type Step } from '../../support/drive.js'
import { client, join, login, message, server } from './build.js'

const error = (code: string, text: string, more: Record<string, string> = {}) =>
  server.error({ S: 'ERROR', V: 'ERROR', C: code, M: text, ...more })
const column = server.columns(['id', 23])

async function rows(steps: readonly Step[], options: Parameters<typeof drive>[2] = {}): Promise<Driven['transactions']> {
  const whole = await drive(pgsql, steps, options)
  for (const chunk of [1, 2, 3, 5, 7, 16, 40]) {
    const cut = await drive(pgsql, steps, { ...options, chunk })
    expect(rowsOf(cut), `in pieces of ${chunk}`).toEqual(rowsOf(whole))
    expect(cut.anomalies).toEqual(whole.anomalies)
  }
  return whole.transactions
}

describe('the login', () => {
  it('says who, where, how, and stays on every later row', async () => {
    const [start, query, end] = await rows([
      ...login,
      ['client', client.query('select 1;')],
      ['server', join(column, server.row('1'), server.complete('SELECT 1'), server.ready())],
      ['client', client.terminate],
    ])
    expect(start).toMatchObject({ user: 'anna', resource: 'shop', status: 'OK', session_event: true, complete: 'complete' })
    expect(start!.row).toMatchObject({
      frontend: 'startup',
      auth_method: 'trust',
      auth_result: 'ok',
      server_version: '15.4',
      protocol_version: '3.0',
    })
    expect(query).toMatchObject({ user: 'anna', method: 'SELECT', query: 'select 1', rows: 1, request_bytes: 15, notes: [] })
    expect(query!.row).toMatchObject({ database: 'shop', application_name: 'till', backend_pid: 781, transaction_state: 'idle' })
    expect(end).toMatchObject({ user: 'anna', method: 'TERMINATE', session_event: true })
  })

  it.each([
    [
      'password',
      [
        ['server', server.auth(3)],
        ['client', client.password('S3CRET-pgsql-1')],
      ],
      { auth_method: 'password', auth_proof: 'xxxxx' },
    ],
    [
      'md5',
      [
        ['server', server.auth(5, 'salt')],
        ['client', client.password('md5S3CRET')],
      ],
      { auth_method: 'md5', auth_proof: 'xxxxx' },
    ],
    [
      'SCRAM',
      [
        ['server', server.auth(10, 'SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0')],
        ['client', client.saslFirst('SCRAM-SHA-256', 'n,,n=,r=abc')],
        ['server', server.auth(11, 'r=abcdef,s=c2FsdA==,i=4096')],
        ['client', client.saslNext('c=biws,r=abcdef,p=S3CRETproof=')],
        ['server', server.auth(12, 'v=xyz')],
      ],
      {
        auth_method: 'scram-sha-256',
        auth_iterations: 4096,
        auth_mechanisms: ['SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'],
        auth_proof: 'xxxxx',
      },
    ],
    [
      'SSPI',
      [
        ['server', server.auth(9)],
        ['client', message('p', Buffer.from('S3CRET'))],
      ],
      { auth_method: 'sspi' },
    ],
  ] as const)('by %s', async (_name, steps, wanted) => {
    const [row] = await rows([login[0], ...(steps as unknown as Step[]), ['server', join(server.auth(0), server.ready())]])
    expect(row!.row).toMatchObject({ ...wanted, auth_result: 'ok' })
    expect(JSON.stringify(row)).not.toContain('S3CRET')
    expect(row!.row).not.toHaveProperty('command_completed')
  })

  it('that is refused', async () => {
    const [row] = await rows([
      login[0],
      ['server', server.auth(3)],
      ['client', client.password('S3CRET-pgsql-1')],
      ['server', server.error({ S: 'FATAL', V: 'FATAL', C: '28P01', M: 'password authentication failed for user "anna"' })],
    ])
    expect(row).toMatchObject({ status: 'Error', complete: 'complete', error: 'password authentication failed for user "anna"' })
    expect(row!.row).toMatchObject({ auth_result: 'failed', error_code: '28P01', error_severity: 'FATAL' })
  })

  it('that the client gives up', async () => {
    const [row] = await rows([login[0], ['server', server.auth(5, 'salt')]])
    expect(row).toMatchObject({ status: 'Error', complete: 'truncated' })
    expect(row!.row.auth_result).toBe('abandoned')
  })

  it('behind refused encryption, both kinds', async () => {
    const all = await rows([['client', client.gss], ['server', 'N'], ['client', client.ssl], ['server', 'N'], ...login])
    expect(all.map(({ method }) => method)).toEqual(['GSSENCREQUEST', 'SSLREQUEST', 'LOGIN'])
    expect(all[0]!.row.gss_accepted).toBe(false)
    expect(all[1]!.row).toMatchObject({ ssl_accepted: false, frontend: 'ssl_request', backend: 'ssl_reply' })
  })

  it('behind TLS is no longer ours', async () => {
    const driven = await drive(pgsql, [
      ['client', client.ssl],
      ['server', 'S'],
      ['client', Buffer.from([0x16, 3, 1, 0, 5, 1, 2, 3, 4, 5])],
    ])
    expect(driven.upgradedTo).toBe('tls')
    expect(driven.transactions).toHaveLength(1)
    expect(driven.transactions[0]!.row.ssl_accepted).toBe(true)
  })

  it('in the clear although TLS was agreed on is told', async () => {
    const driven = await drive(pgsql, [['client', client.ssl], ['server', 'S'], ...login])
    expect(driven.anomalies).toEqual(['pgsql.plaintext-after-ssl'])
    expect(driven.transactions.map(({ method }) => method)).toEqual(['SSLREQUEST', 'LOGIN'])
  })

  it('refused without a length, as a server out of memory does', async () => {
    const [row] = await rows([login[0], ['server', 'Ecould not fork new process for connection: Out of memory\n\0']])
    expect(row).toMatchObject({ status: 'Error', error: 'could not fork new process for connection: Out of memory' })
  })
})

describe('simple query', () => {
  it('gives a row for each statement, split where the server splits', async () => {
    const [, one, two, three] = await rows([
      ...login,
      ['client', client.query("insert into t values (';'); /* ; */ select $q$;$q$; -- ;\n delete from t;")],
      [
        'server',
        join(
          server.complete('INSERT 0 1'),
          column,
          server.row(';'),
          server.complete('SELECT 1'),
          server.complete('DELETE 3'),
          server.ready(),
        ),
      ],
    ])
    expect([one, two, three].map((row) => row!.query)).toEqual(["insert into t values (';')", 'select $q$;$q$', 'delete from t'])
    expect([one, two, three].map((row) => row!.row.command_completed)).toEqual(['INSERT 0 1', 'SELECT 1', 'DELETE 3'])
    expect(three!.row).toMatchObject({ affected_rows: 3, statement_ordinal: 3, statement_count: 3 })
  })

  it('stops at an error, undoes what ran before it and skips the rest', async () => {
    const [, one, two, three] = await rows([
      ...login,
      ['client', client.query('insert into t values (1); select 1/0; select 2')],
      ['server', join(server.complete('INSERT 0 1'), column, error('22012', 'division by zero'), server.ready())],
    ])
    expect(one).toMatchObject({ status: 'OK', notes: ['Undone: something after it in the same query or batch failed.'] })
    expect(two).toMatchObject({ status: 'Error', error: 'division by zero' })
    expect(three).toMatchObject({ status: 'Error', row: { skipped: true } })
  })

  it('that is no SQL fails as a whole, at the statement with the mistake', async () => {
    const [, one, two] = await rows([
      ...login,
      ['client', client.query('select 1; selec 2')],
      ['server', join(error('42601', 'syntax error at or near "selec"', { P: '11' }), server.ready())],
    ])
    expect(one!.row).toMatchObject({ skipped: true })
    expect(two).toMatchObject({ error: 'syntax error at or near "selec"', row: { error_position: 11 } })
  })

  it('that is empty is answered so', async () => {
    const [, row] = await rows([...login, ['client', client.query(' ; ')], ['server', join(server.empty, server.ready())]])
    expect(row).toMatchObject({ status: 'OK', row: { backend: 'empty_query' } })
  })

  it('keeps detail, hint, place and notices', async () => {
    const [, row] = await rows([
      ...login,
      ['client', client.query('insert into t values (1)')],
      [
        'server',
        join(
          server.notice({ S: 'WARNING', C: '01000', M: 'careful' }),
          error('23505', 'duplicate key', {
            D: 'Key (id)=(1) already exists.',
            H: 'Try 2.',
            s: 'public',
            t: 't',
            n: 't_pkey',
            W: 'PL/pgSQL',
          }),
          server.ready('E'),
        ),
      ],
    ])
    expect(row!.row).toMatchObject({
      error_detail: 'Key (id)=(1) already exists.',
      error_hint: 'Try 2.',
      error_table: 'public.t',
      error_constraint: 't_pkey',
      notice_code: '01000',
      notices: ['WARNING: careful'],
      transaction_state: 'failed',
    })
  })

  it('numbers the transactions of a connection', async () => {
    const ask = (text: string, tag: string, state: string): Step[] => [
      ['client', client.query(text)],
      ['server', join(server.complete(tag), server.ready(state))],
    ]
    const all = await rows([
      ...login,
      ...ask('begin', 'BEGIN', 'T'),
      ...ask('delete from t', 'DELETE 0', 'T'),
      ...ask('commit', 'COMMIT', 'I'),
      ...ask('select 1', 'SELECT 0', 'I'),
    ])
    expect(all.slice(1).map(({ row }) => row.transaction_id)).toEqual([
      '0123456789abcdef-1',
      '0123456789abcdef-1',
      '0123456789abcdef-1',
      undefined,
    ])
  })

  it('writes rows as CSV on request', async () => {
    const result = [
      server.columns(['a', 25], ['b', 25]),
      server.row('1,2', null),
      server.row('x"', ''),
      server.row('last', 'row'),
      server.complete('SELECT 3'),
      server.ready(),
    ]
    const [, row] = await rows([...login, ['client', client.query('select a, b from t')], ['server', join(...result)]], {
      options: { send_request: true, send_response: true, max_rows: 2 },
    })
    expect(row).toMatchObject({ request_text: 'select a, b from t', response_text: 'a,b\n"1,2",\n"x""",\n', rows: 3 })
  })
})

describe('extended query', () => {
  const int4 = Buffer.from([0, 0, 1, 0])
  const parse = client.parse('', 'select * from t where id = $1', [23])

  it('is one row of Parse, Bind, Describe, Execute and Sync, with its values', async () => {
    const [, row] = await rows([
      ...login,
      ['client', join(parse, client.bind('', '', [int4], [1]), client.describe('P', ''), client.execute(''), client.sync)],
      ['server', join(server.parsed, server.bound, column, server.row('256'), server.complete('SELECT 1'), server.ready())],
    ])
    expect(row).toMatchObject({ method: 'SELECT', query: 'select * from t where id = $1', params: '[256]', rows: 1, resource: 't' })
    expect(row!.row).toMatchObject({ frontend: 'execute', parameter_types: ['int4'], num_rows: 1, num_fields: 1 })
    expect(row!.response_bytes).toBe(column.length + server.row('256').length + server.complete('SELECT 1').length)
  })

  it('uses named statements again, with types the server told', async () => {
    const use = (n: number): Step[] => [
      ['client', join(client.bind('', 's', [Buffer.from([0, 0, 0, n])], [1]), client.execute(''), client.sync)],
      ['server', join(server.bound, server.complete('DELETE 1'), server.ready())],
    ]
    const all = await rows([
      ...login,
      ['client', join(client.parse('s', 'delete from t where id = $1'), client.describe('S', 's'), client.sync)],
      ['server', join(server.parsed, server.types(23), server.noData, server.ready())],
      ...use(1),
      ...use(2),
    ])
    expect(all.slice(1).map(({ method, params, session_event }) => [method, params, session_event])).toEqual([
      ['PARSE', undefined, true],
      ['DELETE', '[1]', undefined],
      ['DELETE', '[2]', undefined],
    ])
  })

  it('fetches from a portal in steps', async () => {
    const step = (end: Buffer): Step[] => [
      ['client', join(client.execute('c', 1), client.sync)],
      ['server', join(server.row('1'), end, server.ready('T'))],
    ]
    const [, , first, second] = await rows([
      ...login,
      ['client', join(client.parse('', 'select 1'), client.bind('c', '', []), client.sync)],
      ['server', join(server.parsed, server.bound, server.ready('T'))],
      ...step(server.suspended),
      ...step(server.complete('SELECT 1')),
    ])
    expect(first!.row).toMatchObject({ suspended: true, max_rows: 1, portal_name: 'c', num_rows: 1 })
    expect(second!.row).toMatchObject({ continued: true, command_completed: 'SELECT 1' })
    expect(second!.query).toBe('select 1')
  })

  it('pipelined: an error skips to the next Sync', async () => {
    const ask = (n: number): Buffer => join(client.parse('', `select ${n}`), client.bind('', '', []), client.execute(''))
    const answer = join(server.parsed, server.bound, server.row('1'), server.complete('SELECT 1'))
    const all = await rows([
      ...login,
      ['client', join(ask(1), ask(2), ask(3), client.sync, ask(4), client.sync)],
      ['server', join(answer, error('42601', 'syntax error'), server.ready(), answer, server.ready())],
    ])
    expect(all.slice(1).map(({ query, status, row }) => [query, status, row.skipped])).toEqual([
      ['select 1', 'OK', undefined],
      ['select 2', 'Error', undefined],
      ['select 3', 'Error', true],
      ['select 4', 'OK', undefined],
    ])
  })

  it('keeps the old statement when its successor is refused', async () => {
    const all = await rows([
      ...login,
      ['client', join(client.parse('s', 'select 1'), client.sync)],
      ['server', join(server.parsed, server.ready())],
      ['client', join(client.parse('s', 'select 2'), client.sync)],
      ['server', join(error('42P05', 'prepared statement "s" already exists'), server.ready())],
      ['client', join(client.bind('', 's', []), client.execute(''), client.sync)],
      ['server', join(server.bound, server.complete('SELECT 0'), server.ready())],
    ])
    expect(all.map(({ query }) => query)).toEqual([undefined, 'select 1', 'select 2', 'select 1'])
    expect(all[2]!.session_event).toBeUndefined()
  })

  it('of a statement that was not seen is a row with a note', async () => {
    const all = await rows([
      ['client', join(client.bind('', 'S_1', ['7']), client.execute(''), client.sync)],
      ['server', join(server.bound, server.complete('INSERT 0 1'), server.ready())],
    ])
    expect(all).toHaveLength(1)
    expect(all[0]).toMatchObject({ user: undefined, params: '["7"]', row: { statement_name: 'S_1', affected_rows: 1 } })
    expect(all[0]!.notes).toEqual(['Statement "S_1" was not seen being parsed: its text is not known.', 'The login was not seen.'])
  })

  it('with Sync alone is housekeeping', async () => {
    const [, row] = await rows([...login, ['client', client.sync], ['server', server.ready()]])
    expect(row).toMatchObject({ method: 'SYNC', session_event: true, status: 'OK' })
  })
})

describe('COPY, functions, notifications, replication', () => {
  it('counts what goes in, and swallows a Sync on the way', async () => {
    const [, row, next] = await rows([
      ...login,
      ['client', join(client.parse('', 'copy t from stdin'), client.bind('', '', []), client.execute(''), client.sync)],
      ['server', join(server.parsed, server.bound, server.copyIn)],
      ['client', join(client.copyData('1\n'), client.copyData('2\n'), client.copyDone, client.sync)],
      ['server', join(server.complete('COPY 2'), server.ready())],
      ['client', client.query('select 1')],
      ['server', join(server.complete('SELECT 0'), server.ready())],
    ])
    expect(row).toMatchObject({ method: 'COPY', resource: 't', rows: 2, row: { copy_direction: 'in', copy_messages: 2, copy_bytes: 4 } })
    expect(next).toMatchObject({ query: 'select 1', status: 'OK', complete: 'complete' })
  })

  it('tells a client that gives up', async () => {
    const [, row] = await rows([
      ...login,
      ['client', client.query('copy t from stdin')],
      ['server', server.copyIn],
      ['client', join(client.copyData('1\n'), client.copyFail('no more'))],
      ['server', join(error('57014', 'COPY from stdin failed: no more'), server.ready())],
    ])
    expect(row).toMatchObject({ status: 'Error', row: { copy_error: 'no more', error_code: '57014' } })
  })

  it('counts what comes out', async () => {
    const [, row] = await rows([
      ...login,
      ['client', client.query('copy t to stdout')],
      [
        'server',
        join(server.copyOut, server.copyData('1\n'), server.copyData('22\n'), server.copyDone, server.complete('COPY 2'), server.ready()),
      ],
    ])
    expect(row!.row).toMatchObject({ copy_direction: 'out', copy_messages: 2, copy_bytes: 5, affected_rows: 2 })
  })

  it('counts WAL until the connection ends', async () => {
    const wal = Buffer.concat([
      Buffer.from('w'),
      Buffer.alloc(8),
      Buffer.from([0, 0, 0, 1, 0xab, 0, 0, 0]),
      Buffer.alloc(8),
      Buffer.from('change'),
    ])
    const [start, row] = await rows([
      ['client', client.startup({ user: 'r', database: 'shop', replication: 'database' })],
      login[1],
      ['client', client.query('START_REPLICATION SLOT "changes" LOGICAL 0/0')],
      ['server', join(server.copyBoth, server.copyData(wal), server.copyData(wal))],
      ['client', client.copyData('r0000')],
    ])
    expect(start!.row.replication).toBe('database')
    expect(row).toMatchObject({ method: 'START_REPLICATION', resource: 'changes', complete: 'truncated' })
    expect(row!.row).toMatchObject({ copy_direction: 'both', wal_messages: 2, wal_bytes: 12, wal_end: '1/AB000000', standby_messages: 1 })
  })

  it('gives functions and notifications rows', async () => {
    const [, call, notify] = await rows([
      ...login,
      ['client', client.call(764, ['7'])],
      ['server', join(server.result('8'), server.ready(), server.notification(9, 'jobs', 'token=S3CRET-pgsql-9'))],
    ])
    expect(call).toMatchObject({ method: 'FUNCTION', params: '["7"]', status: 'OK', row: { function_oid: 764 } })
    expect(notify).toMatchObject({ method: 'NOTIFY', resource: 'jobs', session_event: true, row: { payload: 'token=xxxxx' } })
  })

  it('says when the server ends the session', async () => {
    const [, row] = await rows([...login, ['server', server.error({ S: 'FATAL', V: 'FATAL', C: '57P01', M: 'terminating connection' })]])
    expect(row).toMatchObject({
      method: 'ERROR',
      status: 'Error',
      complete: 'complete',
      session_event: true,
      error: 'terminating connection',
    })
  })

  it('marks a cancel request', async () => {
    const [row] = await rows([['client', client.cancel(781, 99)]])
    expect(row).toMatchObject({ method: 'CANCEL', resource: '781', session_event: true, row: { target_pid: 781 } })
    expect(JSON.stringify(row)).not.toContain('"99"')
  })
})
