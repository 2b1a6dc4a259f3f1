/** Requests and answers of every opcode as rows: what was asked, of what, and how it ended. */
import { Binary, Long } from 'bson'
import { describe, expect, test } from 'vitest'
import { ask, bson, cstring, i32, i64, message, opReply, query, reply, row, section, sequence, talk, zlib } from './talk.js'

describe('OP_MSG', () => {
  test('find: filter, counts, cursor', async () => {
    const driven = await talk([
      ['client', ask(1, { find: 'ships', filter: { berth: 7 }, sort: { _id: 1 }, limit: 5, skip: 2, $db: 'yard' })],
      [
        'server',
        reply(1, { cursor: { firstBatch: [{ a: 1 }, { a: 2 }], id: Long.fromString('9007199254740993'), ns: 'yard.ships' }, ok: 1 }),
      ],
    ])
    expect(driven.transactions[0]).toMatchObject({
      method: 'find',
      resource: 'yard.ships',
      query: 'yard.ships.find({"filter":{"berth":7},"sort":{"_id":1},"limit":5,"skip":2})',
      status: 'OK',
      complete: 'complete',
      rows: 2,
    })
    expect(row(driven)).toMatchObject({
      opcode: 'OP_MSG',
      database: 'yard',
      collection: 'ships',
      filter: '{"berth":7}',
      sort: '{"_id":1}',
      number_to_skip: 2,
      number_to_return: 5,
      number_returned: 2,
      cursor_id: '9007199254740993',
      cursor_exhausted: false,
    })
  })

  test('document sequences, in front of the body too', async () => {
    const docs = [{ _id: 1 }, { _id: 2 }, { _id: 3 }]
    const front = message(2013, 4, 0, i32(0), sequence('documents', docs), section({ insert: 'ships', $db: 'yard' }))
    const driven = await talk([
      ['client', front],
      ['server', reply(4, { n: 3, ok: 1 })],
      ['client', ask(5, { update: 'ships', $db: 'yard' }, 0, sequence('updates', [{ q: { a: 1 }, u: { $set: { b: 2 } } }]))],
      ['server', reply(5, { n: 1, nModified: 1, ok: 1 })],
    ])
    expect(driven.transactions[0]).toMatchObject({ method: 'insert', resource: 'yard.ships', rows: 3 })
    expect(row(driven)).toMatchObject({ document_count: 3, documents: '[{"_id":1},{"_id":2},{"_id":3}]' })
    expect(row(driven, 1)).toMatchObject({ filter: '{"a":1}', changes: '{"$set":{"b":2}}', n_modified: 1 })
  })

  test('answers are paired by responseTo in any order, one that comes first too', async () => {
    const driven = await talk([
      ['server', reply(3, { n: 3, ok: 1 })],
      ['client', Buffer.concat([ask(1, { count: 'a', $db: 'd' }), ask(2, { count: 'b', $db: 'd' }), ask(3, { count: 'c', $db: 'd' })])],
      ['server', Buffer.concat([reply(2, { n: 2, ok: 1 }), reply(1, { n: 1, ok: 1 })])],
    ])
    expect(driven.transactions.map((tx) => [tx.resource, tx.rows, tx.complete])).toEqual([
      ['d.c', 3, 'complete'],
      ['d.b', 2, 'complete'],
      ['d.a', 1, 'complete'],
    ])
  })

  test('what is unanswered, an orphan, or answered by nobody says so', async () => {
    const driven = await talk([
      ['client', ask(1, { ping: 1, $db: 'admin' })],
      ['client', ask(2, { insert: 'log', documents: [{ a: 1 }], $db: 'd' }, 2)],
      ['server', reply(77, { ok: 0, errmsg: 'late', code: 50 })],
    ])
    const [silent, unanswered, orphan] = driven.transactions
    expect(silent).toMatchObject({ method: 'insert', status: 'OK', complete: 'complete', row: { acknowledged: false } })
    expect(unanswered).toMatchObject({ method: 'ping', status: 'Error', complete: 'no-response' })
    expect(orphan).toMatchObject({
      complete: 'orphan-response',
      status: 'Error',
      error: 'late',
      row: { error_code_name: 'MaxTimeMSExpired' },
    })
  })

  test('exhaust: each answer names the one before it and is a row', async () => {
    const batch = (n: number, id: number) => ({ cursor: { nextBatch: [{ n }], id: Long.fromNumber(id), ns: 'd.c' }, ok: 1 })
    const driven = await talk([
      ['client', ask(9, { getMore: Long.fromNumber(5), collection: 'c', $db: 'd' }, 1 << 16)],
      ['server', reply(9, batch(1, 5), 2, 100)],
      ['server', Buffer.concat([reply(100, batch(2, 5), 2, 101), reply(101, batch(3, 0), 0, 102)])],
    ])
    expect(
      driven.transactions.map((tx) => [tx.method, tx.rows, tx.row.exhaust, tx.row.cursor_exhausted, tx.request !== undefined]),
    ).toEqual([
      ['getMore', 1, true, false, true],
      ['getMore', 1, true, false, false],
      ['getMore', 1, true, true, false],
    ])
  })

  test.each([
    [{ ok: 0, errmsg: 'not allowed', code: 13, codeName: 'Unauthorized' }, 'not allowed', 13, 'Unauthorized'],
    [{ n: 0, writeErrors: [{ index: 0, code: 11000, errmsg: 'E11000' }], ok: 1 }, 'E11000', 11000, 'DuplicateKey'],
    [{ n: 1, writeConcernError: { code: 64, errmsg: 'waiting timed out' }, ok: 1 }, 'waiting timed out', 64, 'WriteConcernFailed'],
    [{ ok: 0 }, 'the command failed', undefined, undefined],
  ])('failures: %j', async (answer, error, code, name) => {
    const driven = await talk([
      ['client', ask(1, { insert: 'c', documents: [{ _id: 1 }], $db: 'd' })],
      ['server', reply(1, answer)],
    ])
    expect(driven.transactions[0]).toMatchObject({ status: 'Error', error })
    expect([row(driven).error_code, row(driven).error_code_name]).toEqual([code, name])
    expect(JSON.parse(row(driven).error_document as string)).toBeDefined()
  })

  test('a transaction, its session and preferences', async () => {
    const lsid = { id: new Binary(Buffer.from('00112233445566778899aabbccddeeff', 'hex'), 4) }
    const driven = await talk([
      [
        'client',
        ask(1, { insert: 'c', documents: [{}], lsid, txnNumber: Long.fromNumber(3), autocommit: false, startTransaction: true, $db: 'd' }),
      ],
      [
        'client',
        ask(2, {
          find: 'c',
          lsid,
          txnNumber: Long.fromNumber(4),
          $readPreference: { mode: 'nearest' },
          readConcern: { level: 'local' },
          maxTimeMS: 9,
          comment: 'x',
          $db: 'd',
        }),
      ],
    ])
    expect(row(driven).transaction_id).toBe('00112233-4455-6677-8899-aabbccddeeff:3')
    expect(row(driven, 1)).toMatchObject({ txn_number: 4, read_preference: 'nearest', read_concern: 'local', max_time_ms: 9, comment: 'x' })
    expect(row(driven, 1).transaction_id).toBeUndefined()
  })

  test.each([
    [{ renameCollection: 'd.a', to: 'd.b', $db: 'admin' }, 'd.a', 'd', 'a'],
    [{ replSetHeartbeat: 'rs0', $db: 'admin' }, 'admin.rs0', 'admin', undefined],
    [{ aggregate: 1, pipeline: [], $db: 'admin' }, 'admin.$cmd', 'admin', undefined],
    [{ explain: { find: 'c', filter: { a: 1 } }, $db: 'd' }, 'd.c', 'd', 'c'],
    [{ getMore: Long.fromNumber(7), collection: 'c', $db: 'd' }, 'd.c', 'd', 'c'],
    [{ createUser: 'bob', pwd: 'x', $db: 'd' }, 'd.bob', 'd', undefined],
  ])('what %j acts on', async (command, resource, database, collection) => {
    const driven = await talk([['client', ask(1, command)]])
    expect(driven.transactions[0]!.resource).toBe(resource)
    expect(row(driven)).toMatchObject({ database })
    expect(row(driven).collection).toBe(collection)
  })

  test('a checksum that does not fit, flags nobody knows, a section of unknown kind', async () => {
    const wrong = message(2013, 1, 0, i32(1), section({ ping: 1, $db: 'a' }), i32(4711))
    const odd = message(2013, 2, 0, i32(1 << 5), section({ ping: 1, $db: 'a' }))
    const kind = message(2013, 3, 0, i32(0), section({ ping: 1, $db: 'a' }), Buffer.from([2, 1, 2, 3]))
    const driven = await talk([['client', Buffer.concat([wrong, odd, kind])]])
    expect(driven.anomalies).toEqual(['mongodb.checksum', 'mongodb.unknown-flags'])
    expect(driven.transactions.map((tx) => tx.method)).toEqual(['ping', 'ping', 'ping'])
    expect(driven.transactions[2]!.notes).toContain('a section of unknown kind 2 was not read')
  })
})

describe('OP_COMPRESSED', () => {
  test('is read, also where only the request is compressed', async () => {
    const driven = await talk([
      ['client', zlib(ask(1, { find: 'c', filter: { a: 'b'.repeat(300) }, $db: 'd' }))],
      ['server', reply(1, { cursor: { firstBatch: [], id: Long.ZERO, ns: 'd.c' }, ok: 1 })],
    ])
    expect(driven.transactions[0]).toMatchObject({
      method: 'find',
      resource: 'd.c',
      rows: 0,
      row: { opcode: 'OP_MSG', compressor: 'zlib' },
    })
  })

  test('damage, lies about the size and nesting keep the pair and say so', async () => {
    const good = zlib(ask(1, { ping: 1, $db: 'd' }))
    const damaged = Buffer.from(good)
    damaged.fill(0xff, 30)
    const nested = message(2012, 3, 0, i32(2012, 20), Buffer.from([0]), Buffer.alloc(20))
    const driven = await talk([
      ['client', damaged],
      ['server', reply(1, { ok: 1 })],
      ['client', zlib(ask(2, { ping: 1, $db: 'd' }), 1 << 27)],
      ['server', reply(2, { ok: 1 })],
      ['client', nested],
    ])
    expect(driven.anomalies).toEqual(['mongodb.decompression', 'mongodb.decompression-cap', 'mongodb.decompression'])
    expect(driven.transactions.map((tx) => [tx.complete, tx.notes?.length])).toEqual([
      ['complete', 2],
      ['complete', 2],
      ['no-response', 2],
    ])
  })

  test('many small messages that inflate to much are not all inflated', async () => {
    const bomb = zlib(ask(1, { insert: 'c', documents: [{ a: Buffer.alloc(15 << 20) }], $db: 'd' }))
    const driven = await talk(Array.from({ length: 12 }, () => ['client', bomb] as const))
    expect(driven.anomalies.filter((code) => code === 'mongodb.decompression-cap').length).toBeGreaterThan(5)
  })
})

describe('legacy opcodes', () => {
  const insert = message(2002, 2, 0, i32(1), cstring('d.c'), bson({ _id: 1 }), bson({ _id: 2 }))
  const update = message(2001, 3, 0, i32(0), cstring('d.c'), i32(3), bson({ _id: 1 }), bson({ $set: { a: 1 } }))
  const remove = message(2006, 4, 0, i32(0), cstring('d.c'), i32(1), bson({ _id: 1 }))
  const kill = message(2007, 5, 0, i32(0, 1), i64(77n))

  test('writes are not answered', async () => {
    const driven = await talk([['client', Buffer.concat([insert, update, remove, kill])]])
    expect(driven.transactions.map((tx) => [tx.method, tx.resource, tx.status, tx.complete])).toEqual([
      ['insert', 'd.c', 'OK', 'complete'],
      ['update', 'd.c', 'OK', 'complete'],
      ['delete', 'd.c', 'OK', 'complete'],
      ['killCursors', undefined, 'OK', 'complete'],
    ])
    expect(row(driven)).toMatchObject({
      document_count: 2,
      documents: '[{"_id":1},{"_id":2}]',
      flags: ['ContinueOnError'],
      full_collection_name: 'd.c',
    })
    expect(row(driven, 1)).toMatchObject({ legacy_selector: '{"_id":1}', changes: '{"$set":{"a":1}}', flags: ['Upsert', 'MultiUpdate'] })
  })

  test('find, getMore with its origin, failures', async () => {
    const driven = await talk([
      ['client', query(1, 'd.c', { $query: { a: 1 }, $orderby: { b: 1 } }, 2, 3)],
      ['server', opReply(1, [{ a: 1 }], 8, 77n)],
      ['client', message(2005, 2, 0, i32(0), cstring('d.c'), i32(3), i64(77n))],
      ['server', opReply(2, [{ a: 1 }, { a: 1 }])],
      ['client', message(2005, 3, 0, i32(0), cstring('d.c'), i32(3), i64(78n))],
      ['server', opReply(3, [], 1)],
      ['client', query(4, 'd.c', { $bad: 1 })],
      ['server', opReply(4, [{ $err: 'bad', code: 17287 }], 2)],
    ])
    const [find, more, none, bad] = driven.transactions
    expect(find).toMatchObject({
      query: 'd.c.find({"$query":{"a":1},"$orderby":{"b":1}}).skip(2).limit(3)',
      row: { filter: '{"a":1}', sort: '{"b":1}' },
    })
    expect(more).toMatchObject({ rows: 2, row: { origin_request_id: 1, cursor_exhausted: true } })
    expect(none).toMatchObject({ status: 'Error', error: 'CursorNotFound' })
    expect(bad).toMatchObject({ status: 'Error', error: 'bad', rows: 0, row: { error_code: 17287 } })
  })

  test('documents that look like failures are data', async () => {
    const driven = await talk([
      ['client', query(1, 'd.c', {})],
      ['server', opReply(1, [{ ok: 0, errmsg: 'only data', writeErrors: [{ code: 1 }] }])],
    ])
    expect(driven.transactions[0]).toMatchObject({ status: 'OK', rows: 1 })
  })

  test('request and response as text: ten documents, each cut', async () => {
    const docs = Array.from({ length: 15 }, (_, i) => ({ i, text: 'x'.repeat(50) }))
    const steps = [
      ['client', query(1, 'd.c', { a: 1 })],
      ['server', opReply(1, docs)],
    ] as const
    const options = { send_request: true, send_response: true, max_docs: 10, max_doc_length: 20 }
    const [tx] = (await talk(steps, { options })).transactions
    expect(tx!.request_text).toBe('d.c.find({"a":1})')
    const lines = tx!.response_text!.split('\n')
    expect(lines).toHaveLength(11)
    expect(lines[10]).toBe('[...]')
    expect(lines[0]).toBe('{"i":0,"text":"xxxxx ...')
  })
})

describe('connections', () => {
  test('a login names the user of all that follows, until logout', async () => {
    const payload = (text: string) => new Binary(Buffer.from(text))
    const driven = await talk([
      [
        'client',
        ask(1, {
          hello: 1,
          client: { application: { name: 'desk' }, driver: { name: 'drv', version: '2' }, os: { type: 'Linux' } },
          $db: 'admin',
        }),
      ],
      ['server', reply(1, { isWritablePrimary: true, setName: 'rs0', maxWireVersion: 21, hosts: ['a:1'], ok: 1 })],
      ['client', ask(2, { saslStart: 1, mechanism: 'SCRAM-SHA-256', payload: payload('n,,n=a=2Cb=3D,r=abc'), $db: 'admin' })],
      ['server', reply(2, { conversationId: 1, done: false, payload: payload('r=abcd'), ok: 1 })],
      ['client', ask(3, { saslContinue: 1, conversationId: 1, payload: payload('c=biws'), $db: 'admin' })],
      ['server', reply(3, { conversationId: 1, done: true, payload: payload(''), ok: 1 })],
      ['client', ask(4, { count: 'c', $db: 'd' })],
      ['server', reply(4, { n: 1, ok: 1 })],
      ['client', ask(5, { logout: 1, $db: 'admin' })],
      ['server', reply(5, { ok: 1 })],
      ['client', ask(6, { count: 'c', $db: 'd' })],
      ['server', reply(6, { n: 1, ok: 1 })],
    ])
    expect(driven.transactions.map((tx) => [tx.method, tx.user, tx.session_event === true])).toEqual([
      ['hello', undefined, true],
      ['saslStart', 'a,b=', true],
      ['saslContinue', 'a,b=', true],
      ['count', 'a,b=', false],
      ['logout', undefined, true],
      ['count', undefined, false],
    ])
    expect(row(driven)).toMatchObject({
      application: 'desk',
      driver: 'drv 2',
      replica_set: 'rs0',
      server_role: 'primary',
      max_wire_version: 21,
    })
    expect(row(driven, 3)).toMatchObject({ application: 'desk', replica_set: 'rs0' })
    expect(driven.transactions[3]!.notes).toBeUndefined()
  })

  test('a failed login names nobody', async () => {
    const driven = await talk([
      ['client', ask(1, { saslStart: 1, mechanism: 'PLAIN', payload: new Binary(Buffer.from('\0anna\0pw')), $db: '$external' })],
      ['server', reply(1, { ok: 0, errmsg: 'Authentication failed.', code: 18 })],
      ['client', ask(2, { count: 'c', $db: 'd' })],
    ])
    expect(driven.transactions[0]).toMatchObject({ user: 'anna', row: { auth_result: 'failed', auth_mechanism: 'PLAIN' } })
    expect(driven.transactions[1]!.user).toBeUndefined()
  })

  test('begun in the middle, it says that the login was not seen', async () => {
    const driven = await talk([['client', ask(1, { count: 'c', $db: 'd' })]])
    expect(driven.transactions[0]!.notes).toEqual(['login not seen'])
  })
})
