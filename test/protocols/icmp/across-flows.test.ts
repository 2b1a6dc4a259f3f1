/** Answers that come in another flow than their request: errors of routers, replies of a group's members. */
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import type { Side } from '../../../src/model/side.js'
import { packetRef, Trace } from '../../../src/model/trace.js'
import type { Transaction } from '../../../src/model/transaction.js'
import { Askers } from '../../../src/protocols/icmp/askers.js'
import { IcmpCorrelator } from '../../../src/protocols/icmp/correlator.js'
import type { IcmpRow } from '../../../src/protocols/icmp/fields.js'
import { IcmpParser } from '../../../src/protocols/icmp/parser.js'
import { message, numbered, ping, pong, quote4 } from './messages.js'

/** Flows of one capture; `say` is one packet. */
function network(version: 4 | 6 = 4) {
  const shared = new Askers()
  const rows: Transaction<IcmpRow>[] = []
  const parser = new IcmpParser(version, false, false)
  let frame = 0
  return {
    rows,
    short: () => rows.map((tx) => [tx.method, tx.complete, tx.status, tx.error, tx.row.sequence]),
    flow(client: string, server: string) {
      const session = {
        flow: { client: { ip: client }, server: { ip: server } },
        shared,
        emit: (tx: Transaction<IcmpRow>) => rows.push(tx),
      }
      const correlator = new IcmpCorrelator(session as never, version)
      return {
        say(side: Side, bytes: Buffer): void {
          const at = { sec: 1, nsec: ++frame * 1000 }
          parser.next(new Cursor().reset(bytes, 0, bytes.length, true), (seen) =>
            correlator.see(side, seen, new Trace(packetRef(0, frame), at, at, bytes.length)),
          )
        },
        end: () => correlator.end(),
      }
    },
  }
}

/** As a router quotes an echo request from 10.0.0.1 to `dst`. */
const quoting = (type: number, code: number, seq: number, dst = '10.0.9.9'): Buffer =>
  message(type, code, [0, 0, 0, 0], quote4('10.0.0.1', dst, { proto: 1, bytes: ping(seq) }))

describe('an error', () => {
  it('answers the request that it quotes, and stays a row of its own', () => {
    const { flow, short, rows } = network()
    const echo = flow('10.0.0.1', '10.0.9.9')
    const router = flow('10.0.0.254', '10.0.0.1')
    echo.say('client', ping(1))
    echo.say('client', ping(2))
    router.say('client', quoting(3, 1, 1))
    echo.end()
    router.end()
    expect(short()).toEqual([
      ['EchoRequest', 'complete', 'Error', 'DestinationUnreachable(Host)', 1],
      ['DestinationUnreachable', 'complete', 'Error', 'DestinationUnreachable(Host)', undefined],
      ['EchoRequest', 'no-response', 'Error', undefined, 2],
    ])
    expect(rows[0]).toMatchObject({
      notes: ['10.0.0.254 answered with an error: DestinationUnreachable(Host).'],
      response_bytes: 0,
      row: { response_type: 3, response_code: 1 },
    })
    expect([rows[0]!.row.quoted_id, rows[0]!.row.same_data]).toEqual([undefined, undefined])
    expect(rows[0]!.response?.refs).toEqual([3, 3])
  })

  it.each([
    ['source quench', quoting(4, 0, 1)],
    ['a redirect', quoting(5, 1, 1)],
    ['another number', quoting(3, 1, 7)],
    ['another address', quoting(3, 1, 1, '10.0.9.8')],
  ])('is none for the request: %s', (_what, bytes) => {
    const { flow, short } = network()
    const echo = flow('10.0.0.1', '10.0.9.9')
    echo.say('client', ping(1))
    flow('10.0.0.254', '10.0.0.1').say('client', bytes)
    echo.say('server', pong(1))
    expect(short()[1]).toEqual(['EchoRequest', 'complete', 'OK', undefined, 1])
  })

  it('that comes after the end of the flow finds nobody', () => {
    const { flow, short } = network()
    const echo = flow('10.0.0.1', '10.0.9.9')
    echo.say('client', ping(1))
    echo.end()
    flow('10.0.0.254', '10.0.0.1').say('client', quoting(3, 1, 1))
    expect(short().map((row) => row[1])).toEqual(['no-response', 'complete'])
  })
})

describe('a request to a group', () => {
  it.each([
    [4, '224.0.0.1'],
    [4, '255.255.255.255'],
    [4, '10.0.0.255'],
    [6, 'ff02::1'],
  ] as const)('in version %s to %s gets all its replies in one row', (version, group) => {
    const { flow, rows } = network(version)
    const [ask, reply] = version === 4 ? [8, 0] : [128, 129]
    const echo = flow('me', group)
    echo.say('client', numbered(ask, 5, 1, 'data'))
    for (const from of ['b', 'c', 'c']) flow('me', from).say('server', numbered(reply, 5, 1, 'data'))
    flow('me', 'd').say('server', numbered(reply, 5, 2, 'data'))
    echo.end()
    expect(rows.map((tx) => [tx.complete, tx.status, tx.row.replies, tx.row.responders])).toEqual([
      ['orphan-response', 'Error', undefined, undefined],
      ['complete', 'OK', 3, ['b', 'c']],
    ])
    expect(rows[1]).toMatchObject({ response_bytes: 12, row: { same_data: true }, response: { refs: [2, 4] } })
  })

  it('that one host was asked is no group', () => {
    const { flow, rows } = network()
    flow('me', '10.0.0.7').say('client', ping(1))
    flow('me', '10.0.0.8').say('server', pong(1))
    expect(rows.map((tx) => tx.complete)).toEqual(['orphan-response'])
  })
})
