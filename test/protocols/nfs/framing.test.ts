import { describe, expect, it } from 'vitest'
import { nfs } from '../../../src/protocols/nfs/index.js'
import { MAX_HEAD } from '../../../src/protocols/shared/oncrpc/record-stream.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { call, getattr, gotattr, gotread, handle, opaque, read, record, reply, xdr } from './build.js'

const data = (size: number): Buffer => Buffer.alloc(size, 'cargo')
const brief = async (steps: readonly Step[], opts?: Parameters<typeof drive>[2]) => {
  const { transactions, anomalies } = await drive(nfs, steps, opts)
  return { rows: transactions.map((t) => [t.method, t.row.xid, t.complete, t.status]), anomalies, transactions }
}

describe('records', () => {
  const big = Buffer.concat([record(read(1)), record(getattr(2))])
  const answers = Buffer.concat([record(gotread(1, data(9001))), record(gotattr(2))])

  it('give the same rows however they are cut', async () => {
    const whole = rowsOf(
      await drive(nfs, [
        ['client', big],
        ['server', answers],
      ]),
    )
    expect(whole).toHaveLength(2)
    for (const chunk of [1, 2, 3, 5, 7, 16, 61, 536, 1460])
      expect(
        rowsOf(
          await drive(
            nfs,
            [
              ['client', big],
              ['server', answers],
            ],
            { chunk },
          ),
        ),
        `${chunk}`,
      ).toEqual(whole)
  })

  it('of several fragments are one message', async () => {
    for (const chunk of [1, 13, 100_000]) {
      const { transactions } = await drive(
        nfs,
        [
          ['client', record(read(1), 1, 0, 9, 30)],
          ['server', record(gotread(1, data(3000)), 100, 7, 900)],
        ],
        { chunk },
      )
      expect(transactions).toMatchObject([{ method: 'READ', complete: 'complete', row: { moved: 3000, fragments: 5 } }])
    }
  })

  it('count without marks', async () => {
    const { transactions } = await brief([
      ['client', record(getattr(1))],
      ['server', record(gotattr(1), 12)],
    ])
    expect(transactions[0]).toMatchObject({ request_bytes: getattr(1).length, response_bytes: gotattr(1).length })
  })

  it('keep no content, however long', async () => {
    const kept: number[] = []
    const conversation = nfs.open({
      flow: { transport: 'tcp', client: { ip: '1', port: 1 }, server: { ip: '2', port: 2049 } } as never,
      options: { send_request: false, send_response: false },
      shared: nfs.shared!(),
      showSecrets: false,
      secret: (text) => text,
      emit: () => {},
      hold: (bytes) => kept.push(bytes) > 0,
      anomaly: () => {},
      upgradeTo: () => {},
    })
    const { Cursor } = await import('../../../src/bytes/cursor.js')
    const { Trace } = await import('../../../src/model/trace.js')
    const write = record(call(1, 7, xdr(handle('aa01'), 0n, 5_000_000, 2, opaque(data(5_000_000)))))
    for (let at = 0; at < write.length; at += 1448) {
      const cur = new Cursor().reset(write, at, Math.min(write.length, at + 1448))
      conversation.client.next(cur, (m) =>
        conversation.correlator.see('client', m, new Trace(1, { sec: 0, nsec: 0 }, { sec: 0, nsec: 0 }, 1)),
      )
      expect(cur.left).toBe(0)
    }
    expect(kept.reduce((a, b) => a + b, 0)).toBeLessThan(4096)
  })
})

describe('loss', () => {
  it('inside content costs the mark only', async () => {
    const answer = record(gotread(1, data(9000)))
    const { rows, anomalies } = await brief([
      ['client', Buffer.concat([record(read(1)), record(getattr(2))])],
      ['server', answer.subarray(0, 3000)],
      ['gap', 'server', 3000],
      ['server', Buffer.concat([answer.subarray(6000), record(gotattr(2))])],
    ])
    expect(rows).toEqual([
      ['READ', '00000001', 'lost', 'OK'],
      ['GETATTR', '00000002', 'complete', 'OK'],
    ])
    expect(anomalies).toEqual([])
  })

  it('inside the values of a reply keeps what was read and the place', async () => {
    const answer = record(gotattr(1))
    const { transactions, anomalies } = await brief([
      ['client', Buffer.concat([record(getattr(1)), record(getattr(2))])],
      ['server', answer.subarray(0, 40)],
      ['gap', 'server', 20],
      ['server', Buffer.concat([answer.subarray(60), record(gotattr(2))])],
    ])
    expect(transactions).toMatchObject([
      { complete: 'lost', row: { nfs_status: 'NFS_OK' } },
      { complete: 'complete', row: { file_size: 42 } },
    ])
    expect(transactions[0]!.row.file_size).toBeUndefined()
    expect(anomalies).toEqual([])
  })

  it('of whole records leads to the next one', async () => {
    for (const chunk of [1, 11, 5000]) {
      const { rows, anomalies } = await brief(
        [
          ['client', Buffer.concat([1, 2, 3].map((n) => record(getattr(n))))],
          ['server', record(gotattr(1))],
          ['gap', 'server', 50],
          ['server', Buffer.concat([data(777), record(gotattr(3))])],
        ],
        { chunk },
      )
      expect(rows).toEqual([
        ['GETATTR', '00000001', 'complete', 'OK'],
        ['GETATTR', '00000003', 'complete', 'OK'],
        ['GETATTR', '00000002', 'lost', 'NO_REPLY'],
      ])
      expect(anomalies).toEqual(['nfs.resync'])
    }
  })

  it('of calls leaves their replies as orphans', async () => {
    const { rows } = await brief([
      ['client', record(getattr(1))],
      ['gap', 'client', getattr(2).length + 4],
      ['client', record(getattr(3))],
      ['server', Buffer.concat([1, 2, 3].map((n) => record(gotattr(n))))],
    ])
    expect(rows).toEqual([
      ['GETATTR', '00000001', 'complete', 'OK'],
      ['unknown', '00000002', 'orphan-response', 'Error'],
      ['GETATTR', '00000003', 'complete', 'OK'],
    ])
  })

  it('at the beginning: a server in the middle of a reply', async () => {
    const { rows } = await brief([
      ['server', data(2000)],
      ['client', record(getattr(5))],
      ['server', Buffer.concat([data(800), record(gotattr(5))])],
    ])
    expect(rows).toEqual([['GETATTR', '00000005', 'complete', 'OK']])
  })

  it('at the end cuts the message', async () => {
    const { transactions } = await brief([
      ['client', record(read(1))],
      ['server', record(gotread(1, data(5000))).subarray(0, 1000)],
    ])
    expect(transactions).toMatchObject([{ method: 'READ', complete: 'truncated', status: 'OK', row: { moved: 5000 } }])
  })
})

describe('hostile bytes', () => {
  it.each<[string, Buffer]>([
    ['a fragment of two gigabytes', xdr(0xffffffff, 5, 1, 0)],
    ['empty records', Buffer.concat(Array.from({ length: 50 }, () => xdr(0x80000000)))],
    ['endless empty fragments', Buffer.alloc(4000)],
    ['a list of four billion groups', record(call(9, 1, handle('aa'), { cred: xdr(1, opaque(xdr(1, 'x', 0, 0, 0xffffffff))) }))],
    ['a handle longer than allowed', record(call(9, 1, xdr(0xffffff, 1)))],
    ['a COMPOUND of a million operations', record(call(9, 1, xdr('', 0, 1_000_000), { version: 4 }))],
    ['credentials of a megabyte', record(call(9, 1, Buffer.alloc(0), { cred: xdr(1, 1 << 20) }))],
  ])('%s', async (_name, bytes) => {
    for (const chunk of [1, 7, 5000]) {
      const { transactions } = await drive(
        nfs,
        [
          ['client', record(getattr(1))],
          ['client', bytes],
          ['client', record(getattr(2))],
          ['server', record(gotattr(1))],
        ],
        {
          chunk,
        },
      )
      expect(transactions.find((t) => t.row.xid === '00000001')).toMatchObject({ complete: 'complete' })
    }
  })

  it('a directory that never ends is kept up to the cap', async () => {
    const entry = xdr(1, 5n, 'a name of some length, as names are', 6n)
    const message = reply(1, xdr(0, 0, 0n, Buffer.concat(Array.from({ length: 30_000 }, () => entry))))
    expect(message.length).toBeGreaterThan(MAX_HEAD)
    const { transactions, anomalies } = await brief(
      [
        ['client', record(call(1, 16, xdr(handle('aa01'), 0n, 0n, 1 << 22)))],
        ['server', Buffer.concat([record(message), record(gotattr(2))])],
      ],
      { chunk: 1448 },
    )
    expect(anomalies).toContain('nfs.message-size')
    expect(transactions[0]).toMatchObject({ method: 'READDIR', complete: 'truncated' })
    expect(transactions[0]!.row.entries).toBeGreaterThan(15_000)
    expect(transactions[1]).toMatchObject({ complete: 'orphan-response' })
  })

  it('noise never throws', async () => {
    let state = 7
    const random = (below: number): number => {
      state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
      return (state >>> 8) % below
    }
    const base = Buffer.concat([record(read(1)), record(getattr(2)), record(getattr(3))])
    const answers = Buffer.concat([record(gotread(1, data(700))), record(gotattr(2)), record(gotattr(3))])
    for (let i = 0; i < 300; i++) {
      const [a, b] = [Buffer.from(base), Buffer.from(answers)]
      for (let k = 0; k < 6; k++) {
        a[random(a.length)] = random(256)
        b[random(b.length)] = random(256)
      }
      await drive(
        nfs,
        [
          ['client', a],
          ['server', b],
        ],
        { chunk: 1 + random(400) },
      )
    }
  })
})
