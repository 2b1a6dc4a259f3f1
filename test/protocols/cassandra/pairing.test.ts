/** Requests find their answers by stream id; what is missing on either side is a row that says so. */
import { describe, expect, it } from 'vitest'
import { cassandra } from '../../../src/protocols/cassandra/index.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { all, ask, error, frame, i32, login, OP, query, reply, rows, startup, str, TEXT, u8, u16, VOID } from './talk.js'

const short = ({ transactions }: Awaited<ReturnType<typeof drive>>) =>
  transactions.map((tx) => [tx.complete, tx.status, tx.method, tx.query, tx.row.request_stream, tx.row.response_op])

describe('pairing', () => {
  it('pairs by stream id in any order', async () => {
    const driven = await drive(cassandra, [
      [
        'client',
        all(
          ask(1, OP.QUERY, query('SELECT a FROM t')),
          ask(2, OP.QUERY, query('SELECT b FROM t')),
          ask(3, OP.QUERY, query('SELECT c FROM t')),
        ),
      ],
      ['server', all(reply(3, OP.RESULT, VOID), reply(1, OP.ERROR, error(0x2200, 'no')), reply(2, OP.RESULT, VOID))],
    ])
    expect(short(driven)).toEqual([
      ['complete', 'OK', 'SELECT', 'SELECT c FROM t', 3, 'RESULT'],
      ['complete', 'Error', 'SELECT', 'SELECT a FROM t', 1, 'ERROR'],
      ['complete', 'OK', 'SELECT', 'SELECT b FROM t', 2, 'RESULT'],
    ])
    expect(driven.transactions[0]).toMatchObject({ request_bytes: 31, response_bytes: 13 })
    expect(driven.anomalies).toEqual([])
  })

  it('tells unanswered requests, answers without request, events', async () => {
    const event = all(str('STATUS_CHANGE'), str('UP'), u8(4), u8(10), u8(0), u8(0), u8(9), i32(9042))
    const driven = await drive(cassandra, [
      ['client', ask(0, OP.STARTUP, startup())],
      ['server', all(reply(0, OP.READY), reply(5, OP.RESULT, VOID), reply(-1, OP.EVENT, event))],
      ['client', ask(1, OP.QUERY, query('SELECT a FROM t'))],
    ])
    expect(short(driven)).toEqual([
      ['complete', 'OK', 'STARTUP', 'STARTUP CQL_VERSION=3.0.0', 0, 'READY'],
      ['complete', 'OK', 'EVENT', undefined, undefined, 'EVENT'],
      ['orphan-response', 'Error', 'RESULT', undefined, undefined, 'RESULT'],
      ['no-response', 'Error', 'SELECT', 'SELECT a FROM t', 1, undefined],
    ])
    expect(driven.transactions[1]).toMatchObject({
      resource: '10.0.0.9',
      row: {
        no_request: true,
        response_stream: -1,
        event_type: 'STATUS_CHANGE',
        event_change: 'UP',
        event_host: '10.0.0.9',
        event_port: 9042,
      },
    })
  })

  it('gives an unanswered request its row when its stream id is used again', async () => {
    const driven = await drive(cassandra, [
      ['client', all(ask(1, OP.QUERY, query('SELECT a FROM t')), ask(1, OP.QUERY, query('SELECT b FROM t')))],
      ['server', reply(1, OP.RESULT, VOID)],
    ])
    expect(short(driven).map(([complete, , , text]) => [complete, text])).toEqual([
      ['no-response', 'SELECT a FROM t'],
      ['complete', 'SELECT b FROM t'],
    ])
    expect(driven.anomalies).toEqual(['cassandra.stream-reused'])
  })

  it('knows who is logged in, and when that was not captured', async () => {
    const steps: Step[] = [
      ['client', ask(0, OP.STARTUP, startup())],
      ['server', reply(0, OP.AUTHENTICATE, str('org.apache.cassandra.auth.PasswordAuthenticator'))],
      ['client', ask(1, OP.AUTH_RESPONSE, login('anna', 'wrong'))],
      ['server', reply(1, OP.ERROR, error(0x0100, 'no'))],
      ['client', ask(1, OP.AUTH_RESPONSE, login('jon', 'right'))],
      ['server', reply(1, OP.AUTH_SUCCESS, i32(-1))],
      ['client', ask(1, OP.QUERY, query('SELECT a FROM t'))],
      ['server', reply(1, OP.RESULT, VOID)],
    ]
    const driven = await drive(cassandra, steps)
    expect(driven.transactions.map((tx) => [tx.user, tx.status, tx.notes])).toEqual([
      [undefined, 'OK', undefined],
      ['anna', 'Error', undefined],
      ['jon', 'OK', undefined],
      ['jon', 'OK', undefined],
    ])
    expect(driven.transactions[1]).toMatchObject({
      query: 'AUTH_RESPONSE PLAIN anna',
      params: '{"user":"anna","password":"xxxxx"}',
      error: 'no',
    })
    expect((await drive(cassandra, steps.slice(6))).transactions[0]!.notes).toEqual(['login not seen'])
    const lost = await drive(cassandra, [...steps.slice(0, 2), ...steps.slice(6)])
    expect(lost.transactions.at(-1)!.notes).toEqual(['login not seen'])
    const open = await drive(cassandra, [steps[0]!, ['server', reply(0, OP.READY)], ...steps.slice(6)])
    expect(open.transactions.at(-1)!.notes).toBeUndefined()
  })

  it('follows the keyspace', async () => {
    const driven = await drive(cassandra, [
      ['client', ask(0, OP.QUERY, query('USE shop'))],
      ['server', reply(0, OP.RESULT, all(i32(3), str('shop')))],
      ['client', ask(0, OP.QUERY, query('DELETE FROM users WHERE id = 1'))],
      ['server', reply(0, OP.RESULT, VOID)],
      ['client', ask(0, OP.QUERY, query('DELETE FROM other.users WHERE id = 1'))],
      ['server', reply(0, OP.RESULT, VOID)],
    ])
    expect(driven.transactions.map((tx) => [tx.method, tx.resource, tx.row.keyspace, tx.row.set_keyspace])).toEqual([
      ['USE', 'shop', undefined, 'shop'],
      ['DELETE', 'shop.users', 'shop', undefined],
      ['DELETE', 'other.users', 'shop', undefined],
    ])
  })

  it('takes an answer that was captured one packet too early for what it is', async () => {
    const [q1, r1] = [ask(1, OP.QUERY, query('SELECT a FROM t')), reply(1, OP.RESULT, VOID)]
    const [q2, r2] = [ask(1, OP.QUERY, query('SELECT b FROM t')), reply(1, OP.RESULT, rows([['b', TEXT]], [['x']]))]
    const swapped = await drive(cassandra, [
      ['server', r1],
      ['client', q1],
      ['client', q2],
      ['server', r2],
    ])
    expect(short(swapped).map(([complete, , , text]) => [complete, text])).toEqual([
      ['complete', 'SELECT a FROM t'],
      ['complete', 'SELECT b FROM t'],
    ])
    // The same bytes, but the client goes on only after a second answer: the first was to somebody before the capture.
    const late = await drive(cassandra, [
      ['server', r1],
      ['client', q1],
      ['server', r2],
      ['client', q2],
      ['server', r2],
    ])
    expect(short(late).map(([complete, , , text]) => [complete, text])).toEqual([
      ['orphan-response', undefined],
      ['complete', 'SELECT a FROM t'],
      ['complete', 'SELECT b FROM t'],
    ])
    // At the end of a capture nothing tells; two halves are what was seen.
    const end = await drive(cassandra, [
      ['server', r1],
      ['client', q1],
    ])
    expect(short(end).map(([complete]) => complete)).toEqual(['orphan-response', 'no-response'])
  })

  it('leaves out what ignored_ops names, and still learns from it', async () => {
    const driven = await drive(
      cassandra,
      [
        ['client', all(ask(0, OP.OPTIONS), ask(1, OP.QUERY, query('USE shop')), ask(2, OP.QUERY, query('DELETE FROM t WHERE a = 1')))],
        ['server', all(reply(0, OP.SUPPORTED, u16(0)), reply(1, OP.RESULT, all(i32(3), str('shop'))), reply(2, OP.ERROR, error(0, 'x')))],
      ],
      { options: { ignored_ops: ['options', 'ERROR'] } },
    )
    expect(driven.transactions.map((tx) => tx.method)).toEqual(['USE'])
  })

  it('leaves out headers, requests and answers as the options say', async () => {
    const steps: Step[] = [
      ['client', ask(0, OP.QUERY, query('SELECT a FROM shop.t'))],
      ['server', reply(0, OP.RESULT, rows([['a', TEXT]], [['x']]))],
    ]
    const only = async (options: object) => (await drive(cassandra, steps, { options })).transactions[0]!
    const all = await only({})
    expect(all).toMatchObject({ request_text: 'SELECT a FROM shop.t', response_text: 'a\nx\n' })
    const headless = await only({ send_request_header: false, send_response_header: false })
    expect(headless.row).toMatchObject({ request_query: 'SELECT a FROM shop.t', num_rows: 1 })
    expect(
      Object.keys(headless.row).filter(
        (key) => headless.row[key] !== undefined && /_(op|stream|version|flags|length)$/.test(key) && key !== 'rows_flags',
      ),
    ).toEqual([])
    const bare = await only({ send_request: false, send_response: false })
    expect(bare).toMatchObject({ method: 'SELECT', query: 'SELECT a FROM shop.t', rows: 1, resource: 'shop.users' })
    expect(bare.request_text ?? bare.response_text ?? bare.row.request_query ?? bare.row.num_rows ?? bare.row.request_op).toBeUndefined()
  })

  it('reads v1 and v2, whose header is shorter', async () => {
    const driven = await drive(cassandra, [
      ['client', all(frame(2, 7, OP.QUERY, query('SELECT a FROM t')), frame(1, 8, OP.QUERY, all(i32(3), Buffer.from('USE'), u16(4))))],
      ['server', all(frame(0x82, 7, OP.RESULT, VOID), frame(0x81, 8, OP.RESULT, all(i32(3), str('k'))))],
    ])
    expect(driven.transactions).toMatchObject([
      { request_bytes: 30, row: { request_version: '2', request_stream: 7, consistency: 'ONE' } },
      { response_bytes: 15, row: { request_version: '1', consistency: 'QUORUM', set_keyspace: 'k' } },
    ])
  })

  it('gives the same rows for any pieces', async () => {
    const steps: Step[] = [
      ['client', all(ask(1, OP.QUERY, query('SELECT a FROM t')), ask(2, OP.OPTIONS))],
      ['server', all(reply(2, OP.SUPPORTED, u16(0)), reply(1, OP.RESULT, rows([['a', TEXT]], [['x'], [null]])))],
    ]
    const whole = rowsOf(await drive(cassandra, steps)).map((row) => ({ ...(row as object), requestBytes: 0, responseBytes: 0 }))
    for (let chunk = 1; chunk < 50; chunk++) {
      const cut = rowsOf(await drive(cassandra, steps, { chunk })).map((row) => ({ ...(row as object), requestBytes: 0, responseBytes: 0 }))
      expect(cut).toEqual(whole)
    }
  })
})
