/** Messages that are too long to be held: counts, ids and failures are those of the whole message. */
import { Long } from 'bson'
import { describe, expect, test } from 'vitest'
import { rowsOf } from '../../support/drive.js'
import { ask, bson, cstring, i32, message, opReply, query, reply, row, sequence, talk } from './talk.js'

const docs = (n: number, size = 400) => Array.from({ length: n }, (_, i) => ({ _id: i, text: 'x'.repeat(size), in: { list: [1, 2, 3] } }))

describe('a long OP_MSG', () => {
  test('insert: the fields behind the documents count', async () => {
    const driven = await talk([
      ['client', ask(1, { insert: 'c', documents: docs(2000), ordered: true, $db: 'd' })],
      ['server', reply(1, { n: 2000, ok: 1 })],
    ])
    expect(driven.transactions[0]).toMatchObject({
      method: 'insert',
      resource: 'd.c',
      rows: 2000,
      query: 'd.c.insert({"ordered":true})',
      complete: 'complete',
    })
    expect(row(driven)).toMatchObject({ document_count: 2000, shortened: ['documents'] })
    expect(JSON.parse(row(driven).documents as string)[0]._id).toBe(0)
  })

  test('find: the cursor behind the batch counts', async () => {
    const driven = await talk(
      [
        ['client', ask(1, { find: 'c', $db: 'd' })],
        ['server', reply(1, { cursor: { firstBatch: docs(1500), id: Long.fromNumber(99), ns: 'd.c' }, ok: 1 })],
      ],
      { options: { send_response: true, max_docs: 3 } },
    )
    expect(driven.transactions[0]).toMatchObject({ rows: 1500, row: { cursor_id: '99', number_returned: 1500 } })
    expect(driven.transactions[0]!.response_text!.split('\n')).toHaveLength(4)
  })

  test('sequences, documents larger than what is kept, a failure at the end', async () => {
    const driven = await talk([
      ['client', ask(1, { insert: 'c', $db: 'd' }, 0, sequence('documents', docs(5, 90_000)))],
      ['server', reply(1, { huge: 'y'.repeat(400_000), list: docs(900), ok: 0, errmsg: 'too much', code: 13 })],
    ])
    expect(driven.transactions[0]).toMatchObject({
      status: 'Error',
      error: 'too much',
      row: { document_count: 5, error_code_name: 'Unauthorized' },
    })
  })

  test('gives the same row however it is cut', async () => {
    const steps = [
      ['client', ask(1, { insert: 'c', documents: docs(700), ordered: true, $db: 'd' })],
      ['server', reply(1, { n: 700, note: 'z'.repeat(300_000), ok: 1 })],
    ] as const
    const whole = rowsOf(await talk(steps))
    for (const chunk of [7, 61, 1448, 16384, 300_001]) expect(rowsOf(await talk(steps, { chunk })), `${chunk}`).toEqual(whole)
  })

  test('a loss inside of it costs that message alone', async () => {
    const long = ask(1, { insert: 'c', documents: docs(2000), ordered: true, $db: 'd' })
    const driven = await talk([
      ['client', long.subarray(0, 100_000)],
      ['gap', 'client', 1448],
      ['client', long.subarray(101_448)],
      ['server', reply(1, { n: 2000, ok: 1 })],
      ['client', ask(2, { count: 'c', $db: 'd' })],
      ['server', reply(2, { n: 2000, ok: 1 })],
    ])
    expect(driven.transactions.map((tx) => [tx.method, tx.complete])).toEqual([
      ['insert', 'lost'],
      ['count', 'complete'],
    ])
  })

  test('the end inside of it is told', async () => {
    const long = reply(1, { cursor: { firstBatch: docs(2000), id: Long.ZERO, ns: 'd.c' }, ok: 1 })
    const driven = await talk([
      ['client', ask(1, { find: 'c', $db: 'd' })],
      ['server', long.subarray(0, 300_000)],
    ])
    expect(driven.transactions[0]).toMatchObject({ method: 'find', complete: 'truncated' })
  })
})

test('a long OP_REPLY and OP_INSERT are read from their beginning', async () => {
  const insert = message(2002, 2, 0, i32(0), cstring('d.c'), ...docs(1000).map(bson))
  const steps = [
    ['client', query(1, 'd.c', {})],
    ['server', opReply(1, docs(1000))],
    ['client', insert],
    ['client', query(3, 'd.c', {})],
    ['server', opReply(3, [])],
  ] as const
  const driven = await talk(steps)
  expect(driven.transactions.map((tx) => [tx.method, tx.rows, tx.complete])).toEqual([
    ['find', 1000, 'complete'],
    ['insert', undefined, 'complete'],
    ['find', 0, 'complete'],
  ])
  expect(driven.transactions[1]!.request!.bytes).toBe(insert.length)
  expect(rowsOf(await talk(steps, { chunk: 1448 }))).toEqual(rowsOf(driven))
})
