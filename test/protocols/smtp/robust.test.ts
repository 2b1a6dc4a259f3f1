/** The same rows however the bytes are cut; nothing throws, hangs or grows on truncated, lost, hostile or random bytes. */

import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { smtp } from '../../../src/protocols/smtp/index.js'
import { readCases } from '../../support/cases.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'

const cases = readCases(readFileSync(new URL('./cases.md', import.meta.url), 'utf8'))
const isBytes = (step: Step): step is readonly ['client' | 'server', Uint8Array] => step[0] === 'client' || step[0] === 'server'
const COMPLETE = /^(complete|no-response|orphan-response|truncated|lost)$/

describe('smtp, however the bytes come', () => {
  it('gives identical rows for every piece size from 1 to 40', async () => {
    for (const one of cases) {
      const whole = await drive(smtp, one.steps)
      for (let chunk = 1; chunk <= 40; chunk++) {
        const cut = await drive(smtp, one.steps, { chunk })
        expect(rowsOf(cut), `${one.name}, pieces of ${chunk}`).toEqual(rowsOf(whole))
        expect(cut.anomalies, `${one.name}, pieces of ${chunk}`).toEqual(whole.anomalies)
      }
    }
  })

  it('survives the end at every byte, and says that it is not complete', async () => {
    for (const one of cases) {
      const steps = one.steps
      for (let i = 0; i < steps.length; i++) {
        const step = steps[i]!
        if (!isBytes(step)) continue
        for (let at = 0; at < step[1].length; at++) {
          const end = at % 2 === 0 ? 'eof' : 'reset'
          const driven = await drive(smtp, [...steps.slice(0, i), [step[0], step[1].subarray(0, at)]], { end })
          for (const tx of driven.transactions) expect(tx.complete).toMatch(COMPLETE)
        }
      }
    }
  })

  it('survives the loss of any step, announced or not', async () => {
    for (const one of cases) {
      for (let i = 0; i < one.steps.length; i++) {
        const step = one.steps[i]!
        if (!isBytes(step)) continue
        const before = one.steps.slice(0, i)
        const after = one.steps.slice(i + 1)
        await drive(smtp, [...before, ...after])
        const gap: Step = ['gap', step[0], step[1].length]
        for (const chunk of [1, 1000]) {
          const driven = await drive(smtp, [...before, gap, ...after], { chunk })
          for (const tx of driven.transactions) expect(tx.complete).toMatch(COMPLETE)
        }
        // Only the middle of the step is lost.
        const third = Math.floor(step[1].length / 3)
        await drive(smtp, [
          ...before,
          [step[0], step[1].subarray(0, third)],
          ['gap', step[0], third],
          [step[0], step[1].subarray(2 * third)],
          ...after,
        ])
      }
    }
  })

  it('survives each side alone, and either side first', async () => {
    for (const one of cases) {
      const of = (side: string) => one.steps.filter((step) => step[0] === side || step[1] === side)
      await drive(smtp, of('client'))
      await drive(smtp, of('server'))
      await drive(smtp, [...of('client'), ...of('server')])
      await drive(smtp, [...of('server'), ...of('client')])
    }
  })

  it('survives noise, and the same noise cut differently gives the same rows', async () => {
    const words = [
      'EHLO c',
      'MAIL FROM:<a@b>',
      'RCPT TO:<c@d>',
      'DATA',
      'BDAT 3',
      'BDAT 9 LAST',
      'RSET',
      'QUIT',
      '.',
      '..x',
      'AUTH PLAIN',
      'STARTTLS',
      'x: y',
      '',
      'LHLO z',
      '=00',
    ]
    const replies = [
      '220 hi',
      '250 ok',
      '250-more',
      '354 go',
      '334 x',
      '235 in',
      '421 out',
      '503 no',
      '550 5.1.1 no',
      '221 bye',
      'strange',
      '',
    ]
    const line = (from: readonly string[]) =>
      fc.tuple(fc.constantFrom(...from), fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r', '')).map(([a, b]) => a + b)
    const piece = fc.oneof(
      fc.tuple(
        fc.constant('client' as const),
        fc.array(line(words), { minLength: 1, maxLength: 5 }).map((all) => all.join('')),
      ),
      fc.tuple(
        fc.constant('server' as const),
        fc.array(line(replies), { minLength: 1, maxLength: 4 }).map((all) => all.join('')),
      ),
      fc.tuple(fc.constantFrom('client' as const, 'server' as const), fc.uint8Array({ maxLength: 60 })),
      fc.tuple(fc.constant('gap' as const), fc.constantFrom('client' as const, 'server' as const), fc.integer({ min: 1, max: 30 })),
    )
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 14 }), fc.integer({ min: 1, max: 9 }), async (steps, chunk) => {
        const whole = await drive(smtp, steps as Step[])
        const cut = await drive(smtp, steps as Step[], { chunk })
        expect(rowsOf(cut)).toEqual(rowsOf(whole))
        for (const tx of whole.transactions) expect(tx.complete).toMatch(COMPLETE)
      }),
      { numRuns: 1500 },
    )
  }, 60_000)
})

const dialogue = (message: string | Buffer): Step[] => [
  ['server', '220 mx ESMTP\r\n'],
  ['client', 'HELO c\r\nMAIL FROM:<a@x>\r\nRCPT TO:<b@y>\r\nDATA\r\n'],
  ['server', '250 mx\r\n250 ok\r\n250 ok\r\n354 go\r\n'],
  ['client', message],
  ['server', '250 ok\r\n'],
]

describe('smtp caps', () => {
  it('counts and hashes a message beyond max_message_size without searching it', async () => {
    const body = `Subject: big\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: attachment; filename=a\r\n\r\n${'x'.repeat(5000)}\r\n--b--\r\n`
    const driven = await drive(smtp, dialogue(`${body}.\r\n`), { options: { max_message_size: 1000 } })
    const row = driven.transactions[0]!.row
    expect(row).toMatchObject({ subject: 'big', message_bytes: body.length, message_cut: true, attachment_count: 1 })
    expect(row.message_sha256).toMatch(/^[0-9a-f]{64}$/)
    // Of a file that was not searched to its end there is no hash.
    expect(row.attachments).toEqual([{ file: { name: 'a', size: expect.any(Number), mime_type: 'text/plain' }, incomplete: true }])
    expect(driven.anomalies).toEqual(['smtp.message-cut'])
  })

  it('skips the rest of an overlong command line', async () => {
    const driven = await drive(smtp, [
      ['server', '220 mx ESMTP\r\n'],
      ['client', `HELO c\r\nMAIL FROM:<${'a'.repeat(20_000)}@x>\r\nNOOP\r\n`],
      ['server', '250 mx\r\n500 too long\r\n250 ok\r\n'],
    ])
    expect(driven.anomalies).toEqual(['smtp.line-length'])
    expect(driven.transactions).toHaveLength(1)
    expect(String(driven.transactions[0]!.row.mail_from).length).toBeLessThanOrEqual(1024)
    expect(driven.transactions[0]!.complete).toBe('truncated')
  })

  it('lists a thousand recipients and counts the rest', async () => {
    const driven = await drive(smtp, [
      ['server', '220 mx ESMTP\r\n'],
      ['client', `HELO c\r\nMAIL FROM:<a@x>\r\n${'RCPT TO:<b@y>\r\n'.repeat(1500)}RSET\r\n`],
      ['server', `250 mx\r\n250 ok\r\n${'250 ok\r\n'.repeat(1500)}250 ok\r\n`],
    ])
    const tx = driven.transactions[0]!
    expect(tx.row.rcpt_to).toHaveLength(1000)
    expect(tx.rows).toBe(1500)
    expect(driven.anomalies).toEqual(['smtp.recipients-cut'])
  })

  it('bounds what waits for replies, on both sides', async () => {
    const many = await drive(smtp, [['client', `HELO c\r\n${'NOOP\r\n'.repeat(10_000)}`]])
    expect(new Set(many.anomalies)).toEqual(new Set(['smtp.commands-waiting']))
    await drive(smtp, [['server', `220 mx\r\n${'250 ok\r\n'.repeat(10_000)}`]])
  })

  it('takes an endless reply in pieces', async () => {
    const driven = await drive(smtp, [
      ['server', '220 mx ESMTP\r\n'],
      ['client', 'HELP\r\n'],
      ['server', `${'214-help\r\n'.repeat(30_000)}214 end\r\n`],
      ['client', 'EHLO c\r\n'],
      ['server', '250 mx\r\n'],
    ])
    expect(driven.transactions[0]!.row).toMatchObject({ reply_code: 250, esmtp: true })
  })

  it.each([
    ['empty lines', '\n'.repeat(3_000_000)],
    ['dots', '.\n'.repeat(1_000_000)],
    ['stuffed dots', '..\r\n'.repeat(700_000)],
    ['one line', 'x'.repeat(3_000_000)],
    ['commands as text', 'QUIT\r\n'.repeat(400_000)],
    ['headers', `${'X: y\r\n'.repeat(400_000)}\r\n`],
    ['parts', `Content-Type: multipart/mixed; boundary=b\r\n\r\n${'--b\r\nContent-Type: a/b\r\n\r\nx\r\n'.repeat(80_000)}`],
    [
      'multiparts inside multiparts',
      Array.from({ length: 20_000 }, (_, i) => `Content-Type: multipart/mixed; boundary=b${i}\r\n\r\n--b${i}\r\n`).join(''),
    ],
    ['messages inside messages', 'Content-Type: message/rfc822\r\n\r\n'.repeat(60_000)],
    ['addresses', `To: ${'"a" <b@c>, '.repeat(20_000)}\r\n\r\n`],
    ['open brackets', `To: ${'(<"'.repeat(60_000)}\r\nSubject: ${'=?utf-8?q?'.repeat(10_000)}\r\n\r\n`],
  ])(
    'is linear on %s',
    async (_name, text) => {
      const started = performance.now()
      const driven = await drive(smtp, dialogue(Buffer.from(`${text}\r\n.\r\n`)), { chunk: 1460 })
      expect(driven.transactions).toHaveLength(1)
      // Some 300 KB/s at the very least; quadratic behaviour takes minutes.
      expect(performance.now() - started).toBeLessThan(10_000)
    },
    60_000,
  )
})
