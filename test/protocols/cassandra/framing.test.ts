/** Segments of v5, compressed bodies, losses, damage, lies. */
import { createRequire } from 'node:module'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cassandra } from '../../../src/protocols/cassandra/index.js'
import { crc24 } from '../../../src/protocols/cassandra/segment.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { lz4Block } from '../../support/lz4-block.js'
import {
  all,
  ask,
  compressedSegment,
  error,
  execute,
  frame,
  i32,
  long,
  OP,
  prepared,
  query,
  reply,
  rows,
  segment,
  segments,
  startup,
  TEXT,
  u16,
  VOID,
  values,
} from './talk.js'

const load = createRequire(import.meta.url)
const snappy = load('snappyjs') as { compress(data: Uint8Array): Uint8Array }
const block = lz4Block

const v5 = (stream: number, op: number, body?: Buffer): Buffer => frame(5, stream, op, body)
const v5r = (stream: number, op: number, body?: Buffer): Buffer => frame(0x85, stream, op, body)
const opening: Step[] = [
  ['client', v5(0, OP.STARTUP, startup())],
  ['server', v5r(0, OP.READY)],
]
const select = (text: string): Buffer => query(text, 5)
const seen = (driven: Awaited<ReturnType<typeof drive>>) => driven.transactions.map((tx) => [tx.complete, tx.query])

describe('segments', () => {
  it('checks its CRC-24 against the specification of a known header', () => {
    // A self-contained segment of 50 bytes, as the Python driver writes it.
    expect(crc24(Buffer.from([0x32, 0x00, 0x02]), 0, 3)).toBe(Number.parseInt(crc24Slow([0x32, 0x00, 0x02]), 16))
  })

  it('reads several frames of a segment, and one frame of several segments', async () => {
    const big = 'x'.repeat(300_000)
    const steps: Step[] = [
      ...opening,
      ['client', segment(all(v5(1, OP.QUERY, select('SELECT a FROM t')), v5(2, OP.QUERY, select('SELECT b FROM t'))))],
      ['server', segment(all(v5r(2, OP.RESULT, VOID), v5r(1, OP.RESULT, VOID)))],
      ['client', segment(v5(3, OP.QUERY, select('SELECT c FROM t')))],
      ...segments(v5r(3, OP.RESULT, rows([['c', TEXT]], [['first'], [big]]))).map((one): Step => ['server', one]),
    ]
    const driven = await drive(cassandra, steps)
    expect(seen(driven)).toEqual([
      ['complete', 'STARTUP CQL_VERSION=3.0.0'],
      ['complete', 'SELECT b FROM t'],
      ['complete', 'SELECT a FROM t'],
      ['complete', 'SELECT c FROM t'],
    ])
    expect(driven.transactions[3]).toMatchObject({ rows: 2, response_text: 'c\nfirst\n', response_bytes: 300_056 })
    expect(driven.anomalies).toEqual([])
    const cut = await drive(cassandra, steps, { chunk: 997 })
    expect(seen(cut)).toEqual(seen(driven))
  })

  it('reads compressed segments, and those that are not worth it', async () => {
    const plain = all(v5(1, OP.QUERY, select(`SELECT a FROM t WHERE b IN (${'1, '.repeat(100)}2)`)))
    const packed = block(plain)
    const driven = await drive(cassandra, [
      ...opening,
      ['client', compressedSegment(packed, plain.length)],
      ['server', compressedSegment(v5r(1, OP.RESULT, VOID))],
    ])
    expect(driven.transactions[1]).toMatchObject({ complete: 'complete', method: 'SELECT', request_bytes: plain.length })
    expect(driven.anomalies).toEqual([])
  })

  it('does not read a payload whose checksum is wrong, and goes on behind it', async () => {
    const bad = segment(v5(1, OP.QUERY, select('SELECT a FROM t')))
    bad[20]! ^= 1
    const driven = await drive(cassandra, [
      ...opening,
      ['client', all(bad, segment(v5(2, OP.QUERY, select('SELECT b FROM t'))))],
      ['server', segment(all(v5r(1, OP.RESULT, VOID), v5r(2, OP.RESULT, VOID)))],
    ])
    expect(driven.anomalies).toEqual(['cassandra.segment-checksum'])
    expect(seen(driven)).toEqual([
      ['complete', 'STARTUP CQL_VERSION=3.0.0'],
      ['complete', 'SELECT b FROM t'],
      ['orphan-response', undefined],
    ])
  })

  it('finds the next segment behind a damaged header or a loss', async () => {
    const next = segment(v5(2, OP.QUERY, select('SELECT b FROM t')))
    const damaged = segment(v5(1, OP.QUERY, select('SELECT a FROM t')))
    damaged[4]! ^= 1
    const first = segment(v5(0, OP.OPTIONS))
    const driven = await drive(cassandra, [...opening, ['client', all(first, damaged, next)], ['server', segment(v5r(2, OP.RESULT, VOID))]])
    expect(driven.anomalies).toEqual(['cassandra.segment-header', 'cassandra.resync'])
    expect(seen(driven)).toContainEqual(['complete', 'SELECT b FROM t'])
    // The first of them is damaged: the frame inside is found, then the segments.
    const early = await drive(cassandra, [...opening, ['client', all(damaged, next)], ['server', segment(v5r(2, OP.RESULT, VOID))]])
    expect(seen(early)).toContainEqual(['complete', 'SELECT b FROM t'])
    const lost = await drive(cassandra, [
      ...opening,
      ['client', segment(v5(1, OP.QUERY, select('SELECT a FROM t')))],
      ['gap', 'server', 30],
      ['server', all(Buffer.from('tail of something'), segment(v5r(2, OP.RESULT, VOID)))],
    ])
    expect(seen(lost)).toEqual([
      ['complete', 'STARTUP CQL_VERSION=3.0.0'],
      ['orphan-response', undefined],
      ['lost', 'SELECT a FROM t'],
    ])
  })

  it('says what was lost of a frame that spans segments', async () => {
    const parts = segments(v5r(1, OP.RESULT, rows([['c', TEXT]], [['x'.repeat(400_000)]])))
    const driven = await drive(cassandra, [
      ...opening,
      ['client', segment(v5(1, OP.QUERY, select('SELECT a FROM t')))],
      ['server', parts[0]!],
      ['gap', 'server', parts[1]!.length],
      ['server', all(...parts.slice(2), segment(v5r(2, OP.RESULT, VOID)))],
    ])
    expect(seen(driven)).toContainEqual(['lost', 'SELECT a FROM t'])
    expect(driven.transactions.find((tx) => tx.complete === 'lost')).toMatchObject({ rows: 1 })
  })

  it('begins in the middle', async () => {
    const driven = await drive(cassandra, [
      ['client', segment(v5(1, OP.QUERY, select('SELECT a FROM t')))],
      ['server', segment(v5r(1, OP.RESULT, VOID))],
    ])
    expect(driven.transactions[0]).toMatchObject({ complete: 'complete', query: 'SELECT a FROM t', notes: ['login not seen'] })
  })

  it('reads the early v5 without segments', async () => {
    const driven = await drive(cassandra, [
      ...opening,
      ['client', v5(1, OP.QUERY, select('SELECT a FROM t'))],
      ['server', v5r(1, OP.RESULT, VOID)],
    ])
    expect(seen(driven).at(-1)).toEqual(['complete', 'SELECT a FROM t'])
  })

  it('reports what no frame is', async () => {
    const driven = await drive(cassandra, [...opening, ['client', segment(Buffer.from('nothing of the kind'))]])
    expect(driven.anomalies).toEqual(['cassandra.envelope'])
  })
})

describe('compressed bodies', () => {
  const body = query(`SELECT a FROM t WHERE b IN (${'1, '.repeat(50)}2)`)
  const pack = { lz4: (data: Buffer) => all(i32(data.length), block(data)), snappy: (data: Buffer) => Buffer.from(snappy.compress(data)) }

  it.each(['lz4', 'snappy'] as const)('%s: as STARTUP agreed, as the option says, or as it turns out', async (name) => {
    const talk: Step[] = [
      ['client', ask(1, OP.QUERY, pack[name](body), 1)],
      ['server', reply(1, OP.RESULT, pack[name](rows([['a', TEXT]], [['x'.repeat(50)]])), 1)],
    ]
    const agreed: Step[] = [
      ['client', ask(0, OP.STARTUP, startup({ COMPRESSION: name }))],
      ['server', reply(0, OP.READY, name === 'lz4' ? i32(0) : Buffer.from([0]), 1)],
    ]
    for (const [steps, options] of [
      [[...agreed, ...talk], {}],
      [talk, { compressor: name }],
      [talk, { compressor: name === 'lz4' ? 'snappy' : 'lz4' }],
      [talk, {}],
    ] as const) {
      const driven = await drive(cassandra, steps, { options, chunk: 7 })
      expect(driven.transactions.at(-1)).toMatchObject({
        complete: 'complete',
        method: 'SELECT',
        rows: 1,
        row: { compression: name, num_rows: 1 },
      })
      expect(driven.anomalies).toEqual([])
    }
  })

  it('says what it cannot read', async () => {
    const driven = await drive(cassandra, [
      ['client', ask(1, OP.QUERY, Buffer.from('neither of them'), 1)],
      ['server', reply(1, OP.RESULT, all(i32(2_000_000_000), Buffer.alloc(20)), 1)],
    ])
    expect(driven.anomalies).toEqual(['cassandra.decompress', 'cassandra.decompress'])
    expect(driven.transactions[0]).toMatchObject({
      query: 'QUERY',
      notes: [
        'the compressed body of the request could not be read',
        'the compressed body of the response could not be read',
        'login not seen',
      ],
    })
  })
})

describe('loss', () => {
  const q = (stream: number, name: string): Buffer => ask(stream, OP.QUERY, query(`SELECT ${name} FROM t`))

  it('costs one body and nothing behind it', async () => {
    const answer = reply(1, OP.RESULT, rows([['a', TEXT]], [['x'.repeat(2000)], ['y']]))
    const driven = await drive(cassandra, [
      ['client', all(q(1, 'a'), q(2, 'b'))],
      ['server', answer.subarray(0, 500)],
      ['gap', 'server', 1000],
      ['server', all(answer.subarray(1500), reply(2, OP.RESULT, VOID))],
    ])
    expect(seen(driven)).toEqual([
      ['lost', 'SELECT a FROM t'],
      ['complete', 'SELECT b FROM t'],
    ])
    expect(driven.transactions[0]).toMatchObject({
      rows: 2,
      notes: [`1000 of ${answer.length - 9} bytes of the response were not captured`, 'login not seen'],
    })
    expect(driven.anomalies).toEqual([])
  })

  it('finds the next frame by its content', async () => {
    const driven = await drive(cassandra, [
      ['client', q(1, 'a')],
      ['gap', 'client', 900],
      ['client', all(Buffer.from('the rest of something that was lost \x04\x00\x00\x01\x07'), q(3, 'c'), q(4, 'd'))],
      ['server', all(reply(1, OP.RESULT, VOID), reply(2, OP.RESULT, VOID), reply(3, OP.RESULT, VOID), reply(4, OP.RESULT, VOID))],
    ])
    expect(seen(driven)).toEqual([
      ['complete', 'SELECT a FROM t'],
      ['complete', 'SELECT c FROM t'],
      ['complete', 'SELECT d FROM t'],
      ['orphan-response', undefined],
    ])
    expect(driven.anomalies).toEqual(['cassandra.resync'])
  })

  it('marks requests whose answer may be among what was lost', async () => {
    const driven = await drive(cassandra, [
      ['client', q(1, 'a')],
      ['gap', 'server', 13],
      ['client', q(1, 'b')],
      ['server', reply(1, OP.RESULT, VOID)],
    ])
    expect(seen(driven)).toEqual([
      ['lost', 'SELECT a FROM t'],
      ['complete', 'SELECT b FROM t'],
    ])
    expect(driven.anomalies).toEqual([])
  })

  it('tells a frame that the end cut', async () => {
    const answer = reply(1, OP.RESULT, rows([['a', TEXT]], [['x'.repeat(2000)]]))
    const driven = await drive(
      cassandra,
      [
        ['client', q(1, 'a')],
        ['server', answer.subarray(0, 300)],
      ],
      { end: 'eof' },
    )
    expect(driven.transactions[0]).toMatchObject({ complete: 'truncated', status: 'OK', rows: 1 })
    const half = await drive(cassandra, [['client', ask(1, OP.QUERY, long('INSERT INTO t (a) VALUES (1)')).subarray(0, 25)]], {
      end: 'eof',
    })
    expect(half.transactions[0]).toMatchObject({ complete: 'truncated', query: 'INSERT INTO ' })
  })

  it('survives the end and a loss at every byte', async () => {
    const id = Buffer.alloc(16, 3)
    const conversations: Step[][] = [
      [
        ['client', all(ask(0, OP.STARTUP, startup()), ask(1, OP.PREPARE, long('SELECT a FROM t WHERE b = ?')))],
        ['server', all(reply(0, OP.READY), reply(1, OP.RESULT, prepared(id, [['b', TEXT]], [['a', TEXT]])))],
        ['client', ask(2, OP.EXECUTE, execute(id, values('x')))],
        [
          'server',
          all(
            reply(2, OP.RESULT, rows([['a', TEXT]], [['x']], { noMetadata: true })),
            reply(3, OP.ERROR, error(0x1000, 'x', all(u16(1), i32(1), i32(0)))),
          ),
        ],
      ],
      [...opening, ['client', segment(v5(1, OP.QUERY, select('SELECT a FROM t')))], ['server', segment(v5r(1, OP.RESULT, VOID))]],
    ]
    for (const steps of conversations)
      for (let i = 0; i < steps.length; i++) {
        const [side, bytes] = steps[i] as ['client' | 'server', Buffer]
        for (let at = 0; at < bytes.length; at++) {
          const before = steps.slice(0, i)
          const driven = await drive(cassandra, [...before, [side, bytes.subarray(0, at)]], { end: 'eof' })
          for (const tx of driven.transactions) expect(tx.complete).toMatch(/^(complete|no-response|orphan-response|truncated|lost)$/)
          await drive(cassandra, [
            ...before,
            [side, bytes.subarray(0, at)],
            ['gap', side, 5],
            [side, bytes.subarray(at + 5)],
            ...steps.slice(i + 1),
          ])
        }
      }
  })
})

describe('hostile', () => {
  it('reads noise without an end, a throw or a growing', async () => {
    const piece = fc.oneof(
      fc
        .tuple(
          fc.integer({ min: 1, max: 6 }),
          fc.integer({ min: -1, max: 4 }),
          fc.integer({ min: 0, max: 17 }),
          fc.uint8Array({ maxLength: 40 }),
          fc.integer({ min: 0, max: 31 }),
        )
        .map(
          ([version, stream, op, body, flags]) =>
            [frame(version, stream, op, Buffer.from(body), flags), frame(0x80 | version, stream, op, Buffer.from(body), flags)] as const,
        ),
      fc.uint8Array({ maxLength: 60 }).map((b) => [Buffer.from(b), Buffer.from(b)] as const),
      fc.uint8Array({ maxLength: 60 }).map((b) => [segment(Buffer.from(b)), compressedSegment(Buffer.from(b), b.length * 2)] as const),
    )
    const step = fc.oneof(
      fc
        .tuple(fc.constantFrom('client' as const, 'server' as const), piece)
        .map(([side, [a, b]]): Step => [side, side === 'client' ? a : b]),
      fc
        .tuple(fc.constantFrom('client' as const, 'server' as const), fc.integer({ min: 1, max: 50 }))
        .map(([side, n]): Step => ['gap', side, n]),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), fc.integer({ min: 1, max: 9 }), async (steps, chunk) => {
        const driven = await drive(cassandra, steps)
        for (const tx of driven.transactions) expect(tx.complete).toMatch(/^(complete|no-response|orphan-response|truncated|lost)$/)
        await drive(cassandra, steps, { chunk })
      }),
      { numRuns: 2000 },
    )
  }, 60_000)

  it('does not believe lengths and counts', async () => {
    const lies: Buffer[] = [
      all(i32(2), i32(1), i32(2_000_000_000), u16(65535)),
      all(i32(2), i32(4), i32(0), i32(2_000_000_000)),
      all(i32(2), i32(4), i32(1000), i32(2_000_000_000)),
      all(i32(2), i32(4), i32(-1), i32(-5)),
      all(i32(4), u16(65535)),
      all(i32(4), u16(1), Buffer.from('x'), i32(1), i32(1), i32(2_000_000_000)),
      // A type that nests without an end.
      all(
        i32(2),
        i32(1),
        i32(1),
        u16(1),
        Buffer.from('k'),
        u16(1),
        Buffer.from('t'),
        u16(1),
        Buffer.from('c'),
        ...Array.from({ length: 5000 }, () => u16(0x20)),
      ),
    ]
    for (const lie of lies) {
      const driven = await drive(cassandra, [
        ['client', ask(1, OP.QUERY, query('SELECT a FROM t'))],
        ['server', reply(1, OP.RESULT, lie)],
      ])
      expect(driven.transactions).toHaveLength(1)
      expect(driven.transactions[0]!.complete).toBe('complete')
    }
    const driven = await drive(cassandra, [
      ['client', ask(1, OP.QUERY, query('SELECT a FROM t'))],
      ['server', reply(1, OP.RESULT, lies[2])],
    ])
    expect(driven.anomalies).toEqual(['cassandra.row-count'])
  })

  it('keeps no more than it says of a long frame', async () => {
    const head = rows([['a', TEXT]], [['first']], { count: 90_000 })
    const answer = reply(1, OP.RESULT, all(head, Buffer.alloc(2_000_000, 0)))
    const driven = await drive(
      cassandra,
      [
        ['client', ask(1, OP.QUERY, query('SELECT a FROM t'))],
        ['server', answer],
      ],
      { chunk: 1400 },
    )
    expect(driven.transactions[0]).toMatchObject({ complete: 'complete', rows: 90_000, response_bytes: answer.length })
    expect(driven.transactions[0]!.notes).toContain(`the response has ${answer.length - 9} bytes; its first 262144 were read`)
    const same = await drive(
      cassandra,
      [
        ['client', ask(1, OP.QUERY, query('SELECT a FROM t'))],
        ['server', answer],
      ],
      { chunk: 3000 },
    )
    expect(rowsOf(same).map((r) => ({ ...(r as object), responseBytes: 0 }))).toEqual(
      rowsOf(driven).map((r) => ({ ...(r as object), responseBytes: 0 })),
    )
  })
})

function crc24Slow(data: number[]): string {
  let crc = 0x875060
  for (const byte of data) {
    crc ^= byte << 16
    for (let i = 0; i < 8; i++) {
      crc *= 2
      if (crc >= 0x1000000) crc ^= 0x1974f0b
    }
  }
  return crc.toString(16)
}
