/** Broken, cut and lying messages: a row with what could be read, never a crash, never much work. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { dns } from '../../../src/protocols/dns/index.js'
import { drive } from '../../support/drive.js'
import { a, bytes, hex, message, name, opt, option, pointer, query, question, RESPONSE, record, response, soa, str, u16 } from './build.js'

const one = (datagram: Uint8Array, transport: 'udp' | 'tcp' = 'udp') => drive(dns, [['server', datagram]], { transport })

const rich = message({
  id: 7,
  flags: RESPONSE,
  questions: [question('rich.example.com', 255)],
  answers: [
    a(pointer(12), '192.0.2.1'),
    record(pointer(12), 16, bytes(str('one'), str('two'))),
    record(pointer(12), 65, bytes(u16(1), name(''), u16(1), u16(3), str('h2'))),
    soa(pointer(17), 3),
    record(pointer(12), 47, bytes(name('b.test'), [0, 2, 0x40, 1])),
  ],
  authorities: [record(pointer(17), 2, bytes(str('ns'), pointer(17)))],
  additionals: [a(bytes(str('ns'), pointer(17)), '192.0.2.53'), opt(bytes(option(10, hex('0102030405060708')), option(12, [0, 0])))],
})

describe('names', () => {
  const named = async (wire: Uint8Array) => {
    const driven = await drive(dns, [['client', message({ questions: [bytes(wire, u16(1), u16(1))] })]], { transport: 'udp' })
    return { text: driven.transactions[0]!.row.question_name, anomalies: driven.anomalies }
  }

  it('escape what cannot be shown, and dots and backslashes inside a label', async () => {
    expect(await named(bytes([7], 'a.b\\c d', [3, 0x00, 0xff, 0x7e], name('test')))).toEqual({
      text: 'a\\.b\\\\c\\032d.\\000\\255~.test',
      anomalies: [],
    })
  })

  it('are kept apart by case', async () => {
    expect((await named(name('AbC.Test'))).text).toBe('AbC.Test')
    expect((await named(name('abc.test'))).text).toBe('abc.test')
  })

  it('may take 255 octets and no more', async () => {
    const label = 'x'.repeat(63)
    const longest = name(`${label}.${label}.${label}.${'y'.repeat(61)}`)
    expect(longest.length).toBe(255)
    expect((await named(longest)).text).toHaveLength(253)
    expect(await named(name(`${label}.${label}.${label}.${'y'.repeat(62)}`))).toEqual({ text: undefined, anomalies: ['dns.malformed'] })
  })

  it.each([
    ['a pointer to itself', pointer(12)],
    ['a pointer ahead', pointer(20)],
    ['a pointer beyond the end', pointer(0x3fff)],
    ['a label of an unknown kind', [0x41, 1, 0]],
  ])('%s is a fault', async (_title, wire) => {
    expect(await named(bytes(wire))).toEqual({ text: undefined, anomalies: ['dns.malformed'] })
  })

  it('loops of pointers end', async () => {
    const driven = await one(
      message({ flags: RESPONSE, questions: [question('a.test')], answers: [record(bytes(str('x'), pointer(26)), 1, [1, 2, 3, 4])] }),
    )
    expect(driven.anomalies).toEqual(['dns.malformed'])
    expect(driven.transactions[0]!.notes).toContain('Response: Reading stopped at byte 26. A compression pointer does not point backwards.')
  })

  it('reach any place before them, through several pointers', async () => {
    const driven = await one(
      message({
        flags: RESPONSE,
        questions: [question('a.b.test')],
        answers: [
          record(pointer(14), 5, bytes(str('c'), pointer(16))),
          // Owner: the data of the record before, which itself ends in a pointer.
          record(pointer(26 + 12), 5, bytes(str('d'), pointer(26 + 12))),
        ],
      }),
    )
    const answers = driven.transactions[0]!.row.answers as { name: string; data: string }[]
    expect(answers.map((r) => [r.name, r.data])).toEqual([
      ['b.test', 'c.test'],
      ['c.test', 'd.c.test'],
    ])
  })

  it('do not expand without bound', async () => {
    const label = 'x'.repeat(63)
    const long = `${label}.${label}.${label}.${'y'.repeat(57)}`
    // Each record of 14 bytes names two names of 250 characters.
    const records = Array.from({ length: 4000 }, () => record(pointer(12), 5, pointer(12)))
    const driven = await one(message({ flags: RESPONSE, questions: [question(long)], answers: records }))
    const [tx] = driven.transactions
    expect(JSON.stringify(tx!.row).length).toBeLessThan(1 << 20)
    expect(driven.anomalies).toContain('dns.malformed')
    expect(tx!.notes?.some((note) => note.includes('expand'))).toBe(true)
    expect(tx!.row.answers_count).toBe(4000)
  })
})

describe('bitmaps', () => {
  it('do not expand without bound either', async () => {
    const full = bytes(name('b'), ...Array.from({ length: 256 }, (_, window) => bytes([window, 32], Buffer.alloc(32, 255))))
    const driven = await one(
      response(
        'b.test',
        Array.from({ length: 7 }, () => record(pointer(12), 47, full)),
      ),
    )
    const [tx] = driven.transactions
    expect(JSON.stringify(tx!.row).length).toBeLessThan(1 << 19)
    expect(driven.anomalies).toContain('dns.record-data')
    expect(tx!.row.answers_count).toBe(7)
  })

  it('must not name a window twice', async () => {
    const driven = await one(response('b.test', [record(pointer(12), 47, bytes(name('b'), [0, 1, 0x40, 0, 1, 0x40]))]))
    expect(driven.transactions[0]!.row.answers).toMatchObject([{ data: 'b', raw: '016200000140000140' }])
  })
})

describe('cut and broken messages', () => {
  it('gives a row for every length of a response, and says that it is cut', async () => {
    const whole = (await one(rich)).transactions[0]!
    expect(whole.row.answers).toHaveLength(5)
    for (let length = 12; length < rich.length; length++) {
      const driven = await one(rich.subarray(0, length))
      expect(driven.transactions).toHaveLength(1)
      const [tx] = driven.transactions
      expect(tx!.row).toMatchObject({ dns_id: 7, answers_count: 5 })
      expect(tx!.notes?.some((note) => note.includes('ends early'))).toBe(true)
      expect(driven.anomalies[0]).toBe('dns.malformed')
      const answers = (tx!.row.answers as unknown[] | undefined) ?? []
      expect(answers).toEqual((whole.row.answers as unknown[]).slice(0, answers.length))
    }
  })

  it('pairs a cut response and calls it truncated', async () => {
    const wire = response('s.test', [a(pointer(12), '192.0.2.1'), a(pointer(12), '192.0.2.2')])
    const driven = await drive(
      dns,
      [
        ['client', query('s.test')],
        ['server', wire.subarray(0, wire.length - 3)],
      ],
      { transport: 'udp' },
    )
    expect(driven.transactions[0]).toMatchObject({ complete: 'truncated', status: 'OK' })
    expect(driven.transactions[0]!.row.resolved_ip).toEqual(['192.0.2.1'])
  })

  it('reports a datagram that has no header', async () => {
    for (let length = 1; length < 12; length++) {
      const driven = await one(rich.subarray(0, length))
      expect(driven.transactions).toEqual([])
      expect(driven.anomalies).toEqual(['dns.malformed'])
    }
  })

  it('counts that lie end where the bytes end', async () => {
    const lying = Buffer.from(query('l.test'))
    for (const at of [4, 6, 8, 10]) lying.writeUInt16BE(0xffff, at)
    const driven = await drive(dns, [['client', lying]], { transport: 'udp' })
    expect(driven.transactions[0]!.row).toMatchObject({ question_name: 'l.test', answers_count: 0xffff })
    expect(driven.anomalies).toEqual(['dns.malformed'])
  })

  it('says how much follows the last record', async () => {
    const driven = await drive(dns, [['client', bytes(query('t.test'), 'smuggled')]], { transport: 'udp' })
    expect(driven.anomalies).toEqual(['dns.trailing'])
    expect(driven.transactions[0]!.notes).toContain('8 bytes follow the last record.')
  })

  it('keeps the bytes of a record that is not what its type says', async () => {
    const driven = await one(response('b.test', [record(pointer(12), 1, [1, 2, 3]), record(pointer(12), 28, [1])]))
    expect(driven.anomalies).toEqual(['dns.record-data'])
    const [tx] = driven.transactions
    expect(tx!.row.answers).toMatchObject([{ data: '010203' }, { data: '01' }])
    expect(tx!.row.resolved_ip).toBeUndefined()
  })

  it('never throws and always ends, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), fc.boolean(), async (noise, stream) => {
        await one(noise, stream ? 'tcp' : 'udp')
      }),
      { numRuns: 500 },
    )
  })

  it('never throws on a good message with a few bytes changed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(rich.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 }), async (changes) => {
        const broken = Buffer.from(rich)
        for (const [at, value] of changes) broken[at] = value
        const driven = await one(broken)
        expect(driven.transactions).toHaveLength(1)
      }),
      { numRuns: 2000 },
    )
  })
})
