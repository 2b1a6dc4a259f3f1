import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { checkIdl } from '../../../src/protocols/thrift/idl.js'
import { thrift } from '../../../src/protocols/thrift/index.js'
import { decimal } from '../../../src/protocols/thrift/text.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { run } from '../../support/run.js'
import * as w from './wire.js'

const samples = join(import.meta.dirname, '../../../samples/thrift')
const harbour = { name: 'harbour.thrift', text: readFileSync(join(samples, 'harbour.thrift'), 'utf8'), sha256: '' }
const see = async (steps: readonly Step[], options: object = {}) => {
  const driven = await drive(thrift, steps, { options })
  return { ...driven, said: driven.transactions.map((tx) => `${tx.query} ${tx.complete} ${tx.status}`) }
}

describe('dialects', () => {
  const add = [w.i32(1, 1), w.i32(2, -2)]
  it.each<[string, Buffer, Buffer, string]>([
    ['binary', w.call('add', ...add), w.reply('add', w.i32(0, -1)), 'binary socket'],
    ['binary framed', w.framed(w.call('add', ...add)), w.framed(w.reply('add', w.i32(0, -1))), 'binary framed'],
    ['old binary', w.old(1, 'add', 5, ...add), w.old(2, 'add', 5, w.i32(0, -1)), 'binary-old socket'],
    ['old binary framed', w.framed(w.old(1, 'add', 5, ...add)), w.framed(w.old(2, 'add', 5, w.i32(0, -1))), 'binary-old framed'],
    [
      'compact',
      w.compact(1, 'add', 300, Buffer.from([0x15, 2, 0x15, 3])),
      w.compact(2, 'add', 300, Buffer.from([0x05, 0, 1])),
      'compact socket',
    ],
    [
      'compact framed',
      w.framed(w.compact(1, 'add', 1, Buffer.from([0x15, 2, 0x15, 3]))),
      w.framed(w.compact(2, 'add', 1, Buffer.from([0x05, 0, 1]))),
      'compact framed',
    ],
  ])('%s', async (_name, call, reply, kind) => {
    const steps: Step[] = [
      ['client', call],
      ['server', reply],
    ]
    const whole = await drive(thrift, steps)
    const [tx] = whole.transactions
    expect(tx).toMatchObject({ method: 'add', query: 'add(1: 1, 2: -2)', params: '{"1":1,"2":-2}', complete: 'complete', status: 'OK' })
    expect(tx!.row).toMatchObject({ call_params: '(1: 1, 2: -2)', return_value: '-1' })
    expect(`${tx!.row.protocol_type} ${tx!.row.transport_type}`).toBe(kind)
    expect(tx!.request_bytes).toBe(call.length - (kind.endsWith('framed') ? 4 : 0))
    for (const chunk of [1, 2, 3, 7]) expect(rowsOf(await drive(thrift, steps, { chunk }))).toEqual(rowsOf(whole))
  })
  it('shows values as Packetbeat does, but signed', async () => {
    const { transactions } = await see([
      [
        'client',
        w.call(
          'show',
          w.str(1, 'a "b"\n\x01é'),
          w.str(2, Buffer.from('ab0c1d', 'hex')),
          w.list(3, 1, -1),
          w.map(4, { k: 'v' }),
          w.field(4, 5, Buffer.from('3ff3333333333333', 'hex')),
          w.str(6, ''),
        ),
      ],
    ])
    expect(transactions[0]!.row.call_params).toBe('(1: "a \\"b\\"\\n\\x01é", 2: ab0c1d, 3: [1, -1], 4: {"k": "v"}, 5: 1.2, 6: "")')
  })
  it('writes doubles without exponents', () => {
    expect([1e21, 1.5e-7, -0, 0.1, Number.NaN, -1 / 0].map(decimal)).toEqual([
      '1000000000000000000000',
      '0.00000015',
      '-0',
      '0.1',
      'NaN',
      '-Inf',
    ])
  })
  it('caps strings, containers and structs', async () => {
    const { transactions } = await see([['client', w.call('big', w.str(1, 'x'.repeat(300)), w.list(2, ...Array(20).keys()))]], {
      string_max_size: 5,
      collection_max_size: 3,
    })
    expect(transactions[0]!.row.call_params).toBe('(1: "xxxxx...", 2: [0, 1, 2, ...])')
    const many = await see(
      [
        ['client', w.call('many', ...Array.from({ length: 20 }, (_, i) => w.i32(i, i)))],
        ['client', w.call('next')],
      ],
      { drop_after_n_struct_fields: 10 },
    )
    expect(many.anomalies).toContain('thrift.body')
    expect(many.transactions[0]!.complete).toBe('truncated')
  })
  it('obfuscates strings on demand, for good', async () => {
    const { transactions } = await drive(thrift, [['client', w.call('f', w.str(1, 'hello'))]], {
      options: { obfuscate_strings: true },
      showSecrets: true,
    })
    expect(transactions[0]).toMatchObject({ query: 'f(1: "*")', params: '{"1":"*"}' })
  })
})

describe('pairing', () => {
  it('goes by sequence id and method', async () => {
    const { said } = await see([
      ['client', Buffer.concat([w.binary(1, 'a', 1), w.binary(1, 'a', 2, w.i32(1, 2)), w.binary(4, 'b', 3)])],
      ['server', Buffer.concat([w.binary(2, 'a', 2), w.binary(2, 'a', 1), w.binary(2, 'c', 9)])],
    ])
    expect(said).toEqual(['b() complete OK', 'a(1: 2) complete OK', 'a() complete OK', 'c orphan-response OK'])
  })
  it('takes older calls with the same id for one-way', async () => {
    const { transactions } = await see([
      ['client', w.call('zip')],
      ['client', w.call('ping')],
      ['server', w.reply('ping')],
    ])
    expect(transactions.map((tx) => [tx.method, tx.complete, tx.status, tx.row.return_value])).toEqual([
      ['zip', 'no-response', 'OK', undefined],
      ['ping', 'complete', 'OK', ''],
    ])
  })
  it('types exceptions', async () => {
    const { transactions } = await see([
      ['client', w.call('f')],
      ['server', w.binary(3, 'f', 0, w.str(1, 'no f'), w.i32(2, 1))],
      ['client', w.call('g')],
      ['server', w.reply('g', w.struct(1, w.i32(1, 4), w.str(2, 'by 0')))],
    ])
    expect(transactions[0]).toMatchObject({
      status: 'Error',
      error: 'no f',
      row: { exception_type: 'TApplicationException', exception_kind: 'UNKNOWN_METHOD' },
    })
    expect(transactions[1]).toMatchObject({
      status: 'Error',
      error: 'by 0',
      row: { exceptions: '(1: (1: 4, 2: "by 0"))', return_value: '' },
    })
  })
})

describe('IDL', () => {
  const options = { idl_files: [harbour] }
  it('names arguments, nested fields, enums and exceptions', async () => {
    const { transactions } = await see(
      [
        ['client', w.call('book', w.struct(1, w.i32(1, 3), w.i32(2, 2)), w.str(2, 'Aurora'))],
        ['server', w.reply('book', w.struct(1, w.i32(1, 3), w.str(2, 'taken')))],
        ['client', w.call('Weather:report', w.str(1, 'quay'))],
        ['client', w.call('log', w.str(1, 'line'))],
      ],
      options,
    )
    expect(transactions[1]).toMatchObject({ method: 'log', complete: 'complete', row: { oneway: true } })
    expect(transactions[0]).toMatchObject({
      resource: 'Harbour',
      params: '{"berth":{"quay":3,"state":"TAKEN"},"ship":"Aurora"}',
      error: 'taken',
      row: {
        call_params: '(berth: (1: 3, 2: 2), ship: "Aurora")',
        exceptions: '(missing: (1: 3, 2: "taken"))',
        exception_type: 'NoSuchBerth',
      },
    })
    expect(transactions[2]).toMatchObject({ method: 'report', query: 'report(place: "quay")', row: { service: 'Weather' } })
  })
  it('takes the service whose arguments fit', async () => {
    const file = { name: 'x.thrift', text: 'service A { void f(1: i32 n) } service B { void f(1: string s, 2: list<i32> l) }' }
    const { transactions } = await see([['client', w.call('f', w.str(1, 'x'), w.list(2, 1))]], { idl_files: [file] })
    expect(transactions[0]!.row).toMatchObject({ service: 'B', call_params: '(s: "x", l: [1])' })
  })
  it.each([
    ['struct A { 1: i32 }', 'line 1: a name should stand where "}" does'],
    ['\nfoo', 'line 2: "foo" defines nothing'],
    ['service A {\n void f(', 'line 2: the file ends where a name should stand'],
    ['enum E { A = "x" }', 'line 1: a number should stand where ""x"" does'],
    ['struct A { 1: i32 a ! }', 'line 1: "!" is no part of an IDL'],
  ])('says what is wrong with %j', (text, wanted) => {
    expect(checkIdl({ name: 'x.thrift', text, sha256: '' })).toBe(wanted)
  })
  it('reads what real files hold', () => {
    const text = `/* c */ # c
      include "shared.thrift"
      namespace * a.b.c
      const map<string, list<i32>> M = {'a': [1, 2], "b": []}
      const double D = -1.5e3
      typedef map<string, set<i64>> T (cpp.type = "x")
      senum S { "a", "b" }
      union U { 1: i32 a = 5 (k = "v"); string b, 3: optional shared.X c }
      service A extends shared.B { async void f(), shared.X g(1: T t = {}) throws (1: U u) (a = "b"); } (c = "d")`
    expect(checkIdl({ name: 'x.thrift', text, sha256: '' })).toBeUndefined()
  })
})

describe('damage', () => {
  it('ends with the frame', async () => {
    const broken = w.framed(Buffer.concat([w.call('f').subarray(0, -1), Buffer.from([99, 0, 1, 2])]))
    const { said, anomalies } = await see([['client', Buffer.concat([w.framed(w.call('ok')), broken, w.framed(w.call('g', w.i32(1, 1)))])]])
    expect(said).toEqual(['ok() no-response OK', 'g(1: 1) no-response OK'])
    expect(anomalies).toEqual(['thrift.lost-sync'])
    const late = w.framed(Buffer.concat([w.call('f', w.i32(1, 1)).subarray(0, -1), Buffer.from([99, 0, 1, 2])]))
    const next = await see([['client', Buffer.concat([late, w.framed(w.call('g', w.i32(1, 1)))])]])
    expect(next.said).toEqual(['f(1: 1) truncated Error', 'g(1: 1) no-response OK'])
    expect(next.transactions[0]!.notes![0]).toBe('the call is damaged: type 99 of a field is none')
  })
  it('counts on through a loss in a string or a frame', async () => {
    const call = w.call('f', w.str(1, 'x'.repeat(100)), w.i32(2, 7))
    const inString = await see(
      [
        ['client', call.subarray(0, 60)],
        ['gap', 'client', 20],
        ['client', call.subarray(80)],
      ],
      { string_max_size: 4 },
    )
    expect(inString.said).toEqual(['f(1: "xxxx...", 2: 7) lost Error'])
    expect(inString.transactions[0]!.notes![0]).toBe('20 bytes of the call were not captured')
    const frame = w.framed(w.call('f', w.list(1, ...Array(50).keys())))
    const inFrame = await see([
      ['client', frame.subarray(0, 60)],
      ['gap', 'client', 20],
      ['client', Buffer.concat([frame.subarray(80), w.framed(w.call('g'))])],
    ])
    expect(inFrame.transactions.map((tx) => [tx.method, tx.request_bytes])).toEqual([
      ['f', frame.length - 4],
      ['g', 14],
    ])
  })
  it('looks for the next message', async () => {
    const { transactions } = await see([
      ['client', w.call('f')],
      ['gap', 'client', 50],
      ['client', Buffer.concat([Buffer.from('rest of something'), w.call('good')])],
      ['server', w.reply('good')],
    ])
    expect(transactions.map((tx) => tx.method)).toEqual(['f', 'good'])
  })
  it('never throws, hangs or grows on flipped and cut bytes', async () => {
    const all = Buffer.concat([
      w.framed(w.call('f', w.str(1, 'abc'), w.map(2, { a: 'b' }), w.struct(3, w.list(1, 1, 2)))),
      w.framed(w.compact(1, 'g', 1, Buffer.from([0x15, 2, 0x19, 0x25, 2, 4]))),
    ])
    for (let i = 0; i < all.length; i++)
      for (const mask of [0xff, 0x80, 0x01]) {
        const flipped = Buffer.from(all)
        flipped[i] = flipped[i]! ^ mask
        await drive(thrift, [
          ['client', flipped],
          ['server', flipped],
        ])
        await drive(thrift, [['client', all.subarray(0, i)]])
      }
  })
  it('stops at structs without end inside each other', async () => {
    const deep = Buffer.concat(Array.from({ length: 1000 }, () => Buffer.from([12, 0, 1])))
    expect((await see([['client', Buffer.concat([w.call('f').subarray(0, -1), deep])]])).anomalies[0]).toBe('thrift.body')
  })
})

describe('secrets', () => {
  it('are masked by name, by key, by method and by their words', async () => {
    const steps: Step[] = [
      [
        'client',
        w.call('signIn', w.struct(1, w.str(1, 'anna'), w.str(2, 'S3CRET-1')), w.map(2, { token: 'S3CRET-2', url: 'db://a:S3CRET-3@h/' })),
      ],
      ['server', w.reply('signIn')],
      ['client', w.call('setPassword', w.str(1, 'S3CRET-4'))],
      ['client', w.call('log', w.str(1, 'password=S3CRET-5'))],
    ]
    for (const options of [{}, { idl_files: [harbour] }]) {
      expect(JSON.stringify((await see(steps, { ...options, send_request: true })).transactions)).not.toContain('S3CRET')
      const shown = JSON.stringify((await drive(thrift, steps, { options, showSecrets: true })).transactions)
      for (let n = 1; n <= 5; n++) expect(shown).toContain(`S3CRET-${n}`)
    }
  })
  it.each(['secrets', 'header'])('stay hidden in %s.pcap', async (name) => {
    const text = (all: Awaited<ReturnType<typeof run>>) =>
      JSON.stringify(
        all.sink.records.map((record) => record.tx),
        (_, value) => (typeof value === 'bigint' ? String(value) : value),
      )
    expect(text(await run([join(samples, `${name}.pcap`)]))).not.toContain('S3CRET')
    expect(text(await run([join(samples, `${name}.pcap`)], { showSecrets: true }))).toContain('S3CRET')
  })
})

describe('probe', () => {
  const likeness = (client: Buffer | string, server: Buffer | string = '') => {
    const cursor = (b: Buffer | string) =>
      new Cursor().reset(Buffer.from(b as string, 'latin1'), 0, Buffer.from(b as string, 'latin1').length)
    return thrift.probe({
      client: cursor(client),
      server: cursor(server),
      transport: 'tcp',
      hinted: false,
      flow: { clientPort: 1, serverPort: 2, serverIp: '' },
    })
  }
  it.each<[string, Buffer | string, Buffer | string, string]>([
    ['binary', w.call('ping'), '', 'yes'],
    ['a reply in the middle', '', w.reply('ping'), 'yes'],
    ['the wrong way round', w.reply('ping'), '', 'no'],
    ['framed compact', w.framed(w.compact(1, 'ping', 1)), '', 'yes'],
    ['half a name', w.call('ping').subarray(0, 10), '', 'maybe'],
    ['a name that is none', w.call('pi ng'), '', 'no'],
    ['old binary', w.old(1, 'ping', 1), '', 'yes'],
    ['PostgreSQL', Buffer.from('\0\0\0\x08\x04\xd2\x16\x2f', 'latin1'), '', 'no'],
    ['an RPC fragment', Buffer.from('80010028000000010000000000000002000186a3', 'hex'), '', 'no'],
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', '', 'no'],
  ])('%s', (_name, client, server, wanted) => {
    expect(likeness(client, server)).toBe(wanted)
  })
})
