import { describe, expect, it } from 'vitest'
import { nextStep } from '../../src/report/next-step.js'
import { paintFor } from '../../src/report/paint.js'
import type { CaptureReport, Summary } from '../../src/report/summary.js'
import { summaryText } from '../../src/report/summary-text.js'

const capture: CaptureReport = {
  name: 'smtp.pcap',
  path: 'evidence/smtp.pcap',
  sha256: 'ab',
  inner_sha256: null,
  size: 24_131,
  container: 'pcap',
  compression: 'none',
  link_types: [1],
  packets: 60,
  bytes: 23_147,
  wire_bytes: 23_147,
  first: '2009-10-05T06:06:07.492060000Z',
  last: '2009-10-05T06:06:17.116000000Z',
  span_ns: 9_623_940_000,
  dropped: null,
  losses: [],
  damage: [],
}
const summary: Summary = {
  captures: [capture],
  skipped: [],
  packets: 60,
  bytes: 23_147,
  flows: 2,
  left_out: 0,
  protocols: [
    { name: 'dns', transactions: 1, errors: 0, unanswered: 0, bytes: 260, p50_ms: 0.05, p95_ms: 0.05 },
    { name: 'smtp', transactions: 1234, errors: 3, unanswered: 1, bytes: 14_200, p50_ms: 61.782, p95_ms: null },
  ],
  talkers: [{ client: '10.10.1.4', server: '74.53.140.153', flows: 1, bytes: 23_000 }],
  anomalies: [
    {
      code: 'smtp.line-length',
      count: 3,
      example: 'A command line of 9,000 bytes is longer than 4,096, which is more than any server takes.',
    },
  ],
  coverage: [
    { protocol: 'smtp', flows: 1, decoded_bytes: 14_200, opaque_bytes: 0, unknown_bytes: 0, lost_bytes: 0, cut_bytes: 0, share: 1 },
    { protocol: '-', flows: 1, decoded_bytes: 0, opaque_bytes: 0, unknown_bytes: 70, lost_bytes: 0, cut_bytes: 0, share: 0 },
  ],
  outputs: [{ target: 'smtp.sqlite', kind: 'case' }],
  warnings: [],
  interrupted: false,
  show_secrets: false,
}
const plain = (s: Summary) => summaryText(s, nextStep(s), paintFor(0))

describe('the summary on a terminal', () => {
  it('reads like this', () => {
    expect(plain(summary)).toBe(`smtp.pcap  60 packets, 23.1 kB
  2009-10-05 06:06:07.492 to 06:06:17.116 UTC (9.62 s)

2 flows

protocol  transactions  errors  unanswered    bytes      p50      p95
dns                  1       0           0    260 B  50.0 µs  50.0 µs
smtp             1,234       3           1  14.2 kB  61.8 ms        -

top talkers
  23.0 kB  1 flow  10.10.1.4 -> 74.53.140.153

anomalies
  3 x smtp.line-length
      A command line of 9,000 bytes is longer than 4,096, which is more than any
      server takes.

coverage   decoded  opaque  unknown  lost  cut    share
smtp       14.2 kB     0 B      0 B   0 B  0 B  100.0 %
(unknown)      0 B     0 B     70 B   0 B  0 B    0.0 %

wrote smtp.sqlite
next  audit query smtp.sqlite "select ts, client_ip, method, resource, status from smtp"
`)
  })

  it('says what is missing, and why the exit code is 4', () => {
    const text = plain({ ...summary, warnings: ['smtp.pcap ends inside a packet (at byte 4096)'], interrupted: true, show_secrets: true })
    expect(text).toContain('incomplete evidence (exit code 4)\n  smtp.pcap ends inside a packet (at byte 4096)\n')
    expect(text).toContain('interrupted: what was read until then is kept')
    expect(text).toContain('secrets are written unmasked (--show-secrets)')
  })

  it('fits 80 columns but for the command to copy', () => {
    const lines = plain(summary).split('\n')
    expect(lines.filter((line) => line.length > 80 && !line.startsWith('next'))).toEqual([])
  })

  it('lets no captured character steer the terminal', () => {
    const wild = 'x\u001b[2J\u009b31m\u202ey\r\n'
    const text = plain({
      ...summary,
      captures: [{ ...capture, name: wild }],
      talkers: [{ client: wild, server: wild, flows: 1, bytes: 1 }],
      anomalies: [{ code: wild, count: 1, example: wild }],
      outputs: [{ target: wild, kind: 'case' }],
      warnings: [wild],
    })
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
  })

  it('shows the first of many', () => {
    const many = Array.from({ length: 25 }, (_, i) => ({ ...capture, name: `ring.${i}` }))
    const text = plain({ ...summary, captures: many, warnings: many.map(({ name }) => `${name} ends inside a packet`) })
    expect(text).toContain('and 15 more captures')
    expect(text).toContain('and 15 more; --json lists them all')
    expect(text).toContain('in all  60 packets')
  })

  it('coloured, it says the same', () => {
    expect(summaryText(summary, undefined, paintFor(1)).replace(/\u001b\[\d+m/g, '')).toBe(summaryText(summary, undefined, paintFor(0)))
    expect(summaryText(summary, undefined, paintFor(1))).toContain('\u001b[')
  })
})

describe('the next command', () => {
  it('quotes what a shell would act on', () => {
    const named = (target: string) => nextStep({ ...summary, outputs: [{ target, kind: 'case' }] })
    expect(named("a b's.sqlite")).toMatch(/^audit query 'a b'\\''s\.sqlite' "select/)
    expect(named('-x.sqlite')).toMatch(/^audit query \.\/-x\.sqlite /)
  })
  it('fits what was found', () => {
    expect(nextStep({ ...summary, protocols: [] })).toContain('from flow')
    expect(nextStep({ ...summary, protocols: [], flows: 0 })).toContain('from capture')
    expect(nextStep({ ...summary, outputs: [{ target: '-', kind: 'ndjson' }] })).toBeUndefined()
  })
})
