/** The metrics page: its grammar, what is escaped, and the names by the rules of the format. */
import { expect, test } from 'vitest'
import { type MetricName, metrics, metricsText } from '../../src/report/metrics-text.js'
import { readExposition } from '../support/exposition.js'

test('every metric that is declared can be read back, with its help and type', () => {
  const samples = Object.fromEntries(
    Object.entries(metrics).map(([name, { labels }]) => [name, [[labels.map((label) => `a ${label}`), 1.5]] as const]),
  )
  const read = readExposition(metricsText(samples))
  expect([...read.keys()]).toEqual(Object.keys(metrics))
  for (const [name, { help, type, samples: rows }] of read) {
    expect([help, type]).toEqual([metrics[name as MetricName].help, metrics[name as MetricName].type])
    expect(rows[0]!.value).toBe(1.5)
    expect(help).toMatch(/^[A-Z].*[.)]$|\.$/)
    // Base units alone.
    expect(name).not.toMatch(/_(?:ms|milliseconds|kb|mib|percent)(?:_|$)/)
  }
})

test('names of interfaces are escaped', () => {
  const odd = 'a"b\\c\nd} 1'
  const read = readExposition(metricsText({ audit_interface_packets_total: [[[odd], 7]] }))
  expect(read.get('audit_interface_packets_total')!.samples).toEqual([{ labels: { interface: odd }, value: 7 }])
})

test('what has no value is left out', () => {
  expect(metricsText({ audit_ring_files: [] })).toBe('')
  expect(readExposition(metricsText({ audit_flows_open: [[[], 1e21]], audit_decoder_lag_seconds: [[[], 1e-7]] })).size).toBe(2)
})
