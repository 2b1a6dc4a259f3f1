/** The same rows from every cut of the bytes; every truncation, loss and flipped byte survived; long input in linear time. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { rowsOf, type Step } from '../../support/drive.js'
import { answer, conversations, flat, get, one, talk } from './talk.js'

const bytesOf = (step: Step): Buffer =>
  step[0] === 'gap' || step[0] === 'close'
    ? Buffer.alloc(0)
    : typeof step[1] === 'string'
      ? Buffer.from(step[1], 'latin1')
      : Buffer.from(step[1])
const isData = (step: Step): boolean => step[0] !== 'gap' && step[0] !== 'close'
const completeness = /^(complete|no-response|orphan-response|truncated|lost)$/

describe.each(conversations)('$name', ({ steps, options }) => {
  const settings = options ? { options } : {}

  test('gives the same rows from every chunk size', async () => {
    const whole = await talk(steps, settings)
    for (let chunk = 1; chunk <= 64; chunk++) {
      const cut = await talk(steps, { ...settings, chunk })
      expect(rowsOf(cut), `chunks of ${chunk}`).toEqual(rowsOf(whole))
      expect(cut.anomalies).toEqual(whole.anomalies)
      expect(cut.upgradedTo).toEqual(whole.upgradedTo)
    }
  })

  test('survives truncation at every byte, and every end', async () => {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!
      if (!isData(step)) continue
      const bytes = bytesOf(step)
      for (let to = 0; to < bytes.length; to++) {
        const cut: Step[] = [...steps.slice(0, i), [step[0], bytes.subarray(0, to)] as Step]
        for (const end of ['close', 'eof', 'reset'] as const)
          for (const tx of (await talk(cut, { ...settings, end })).transactions) expect(tx.complete).toMatch(completeness)
      }
    }
  })

  test('survives a loss of any length at any byte', async () => {
    for (let i = 0; i < steps.length; i++) {
      const step = steps[i]!
      if (!isData(step)) continue
      const bytes = bytesOf(step)
      const side = step[0] as 'client' | 'server'
      for (let from = 0; from < bytes.length; from += 3)
        for (const length of [1, 7, 40, 1000]) {
          const cut: Step[] = [
            ...steps.slice(0, i),
            [side, bytes.subarray(0, from)],
            ['gap', side, length],
            [side, bytes.subarray(from + length)],
            ...steps.slice(i + 1),
          ]
          const whole = await talk(cut, settings)
          for (const tx of whole.transactions) expect(tx.complete).toMatch(completeness)
          if (from % 9 === 0) expect(rowsOf(await talk(cut, { ...settings, chunk: 5 }))).toEqual(rowsOf(whole))
        }
    }
  })

  test('survives flipped bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 4 }),
        fc.integer({ min: 1, max: 80 }),
        async (which, flips, chunk) => {
          const at = which % steps.length
          const bytes = Buffer.from(bytesOf(steps[at]!))
          if (bytes.length === 0) return
          for (const [place, value] of flips) bytes[place % bytes.length] = value
          const changed: Step[] = steps.map((step, i) => (i === at ? ([step[0], bytes] as Step) : step))
          expect(rowsOf(await talk(changed, { ...settings, chunk }))).toEqual(rowsOf(await talk(changed, settings)))
        },
      ),
      { numRuns: 60 },
    )
  })
})

test('noise gives no rows, and is read to its end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 2000 }), fc.uint8Array({ maxLength: 2000 }), async (client, server) => {
      for (const tx of (
        await talk([
          ['client', client],
          ['server', server],
        ])
      ).transactions)
        expect(tx.complete).toMatch(completeness)
    }),
    { numRuns: 200 },
  )
})

describe('long input', () => {
  const quick = async (steps: readonly Step[], chunk: number): Promise<Record<string, unknown>[]> => flat(await talk(steps, { chunk }))

  test('a head dribbled byte by byte', async () => {
    const rows = await quick([get('/', `X-Long: ${'a'.repeat(60_000)}\r\n`), answer()], 1)
    expect(rows).toHaveLength(1)
    expect(rows[0]).toMatchObject({ complete: 'complete', status_code: 200 })
  })

  test('a head that never ends is given up at the cap, and its row kept', async () => {
    const driven = await talk([['client', `GET / HTTP/1.1\r\nHost: h\r\n${'X: y\r\n'.repeat(60_000)}`]], { chunk: 1460 })
    expect(driven.anomalies).toContain('http.head-length')
    expect(flat(driven)[0]).toMatchObject({ host: 'h', complete: 'truncated' })
  })

  test('lines without colon, folds and commas without end', async () => {
    for (const filler of ['x\r\n', ' x\r\n', 'a:b\r\n', 'Transfer-Encoding: ,,,,,\r\n', 'Content-Length: 5\r\n'])
      expect(await quick([get('/', filler.repeat(Math.floor(200_000 / filler.length))), answer()], 1460)).toHaveLength(1)
  })

  test('a body of many small chunks', async () => {
    const steps: Step[] = [
      get(),
      ['server', `HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${'1\r\nx\r\n'.repeat(20_000)}0\r\n\r\n`],
    ]
    expect(await one(steps, { chunk: 1000 })).toMatchObject({ response_body_bytes: 20_000, complete: 'complete' })
  })

  test('junk after a loss is skipped, and given up only when it has no end', async () => {
    const junk = Buffer.alloc(1 << 20, 'HTTP/1.x junk\n')
    const steps: Step[] = [get('/1'), ['gap', 'server', 10], ['server', junk], ['server', '\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n']]
    expect(await one(steps, { chunk: 1460 })).toMatchObject({ status_code: 200 })
    const endless = await talk([get('/1'), ['gap', 'server', 10], ...Array.from({ length: 17 }, (): Step => ['server', junk])])
    expect(endless.anomalies).toContain('http.lost-sync')
  })

  test('one-sided captures hold a bounded number of requests', async () => {
    const driven = await talk(Array.from({ length: 2000 }, (_, i) => get(`/${i}`)))
    expect(driven.transactions).toHaveLength(2000)
    expect(driven.anomalies).toContain('http.waiting')
    expect(new Set(flat(driven).map((row) => row.complete))).toEqual(new Set(['no-response']))
    const answers = await talk(Array.from({ length: 2000 }, () => answer()))
    expect(answers.transactions).toHaveLength(2000)
    expect(new Set(flat(answers).map((row) => row.complete))).toEqual(new Set(['orphan-response']))
  })
})
