/** Metrics of a session while real traffic runs: the page is right by the grammar, and its figures are those of the case. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { select } from '../sinks/rig.js'
import { type Family, readExposition } from '../support/exposition.js'
import { OwnNetwork, whyNotLive } from './network.js'
import { start } from './session-child.js'

const why = whyNotLive()
if (why !== undefined) console.warn(`metrics.test.ts is skipped: ${why}`)

/** Status and text of a page. */
const fetchText = (url: string): Promise<{ status: number; text: string }> =>
  new Promise((done, failed) => {
    get(url, (response) => {
      let text = ''
      response.on('data', (piece) => {
        text += piece
      })
      response.on('end', () => done({ status: response.statusCode!, text }))
    }).on('error', failed)
  })

/** Why promtool does not like a page; '' when it does, or where there is none. */
function promtool(text: string): string {
  try {
    execFileSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', stdio: ['pipe', 'pipe', 'pipe'] })
    return ''
  } catch (error) {
    const { code, stdout, stderr } = error as { code?: string; stdout?: string; stderr?: string }
    return code === 'ENOENT' ? '' : `${stdout}${stderr}`
  }
}

describe.skipIf(why !== undefined)('metrics', { timeout: 60_000 }, () => {
  let network: OwnNetwork
  let folder: string
  beforeAll(() => {
    network = new OwnNetwork()
    folder = mkdtempSync(join(tmpdir(), 'metrics-'))
  })
  afterAll(() => {
    network.leave()
    rmSync(folder, { recursive: true, force: true })
  })

  test('are there from the start, grow with the traffic and agree with the case', async () => {
    const session = await start(folder, 'lo', '-f', 'tcp port 8123', '-o', 'a.sqlite', '-w', 'ring', '--metrics', '0')
    const url = /metrics at (\S+)/.exec(session.err.text)?.[1] ?? ''
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/)
    const first = readExposition((await fetchText(url)).text)
    expect(first.get('audit_build_info')!.samples[0]!.labels.node).toBe(process.version)

    const server = createServer((asked, answer) => {
      answer.statusCode = asked.url === '/9' ? 404 : 200
      answer.end('hello')
    })
    await new Promise<void>((done) => server.listen(8123, '127.0.0.1', done))
    const pages: Map<string, Family>[] = []
    for (let i = 0; i < 10; i++) {
      for (let k = 0; k < 20; k++) await fetchText(`http://127.0.0.1:8123/${i}`)
      const page = await fetchText(url)
      expect([page.status, promtool(page.text)]).toEqual([200, ''])
      pages.push(readExposition(page.text))
    }
    // Connections that are kept alive would be closed later, in packets of their own.
    server.closeAllConnections()
    server.close()
    await new Promise((done) => setTimeout(done, 2500))
    const { text } = await fetchText(url)
    const last = readExposition(text)
    const value = (name: string, labels: Record<string, string> = {}): number | undefined =>
      last.get(name)?.samples.find((one) => Object.entries(labels).every(([label, word]) => one.labels[label] === word))?.value
    session.child.kill('SIGINT')
    expect(await session.over).toBe(0)
    await expect(fetchText(url)).rejects.toThrow()

    const path = join(folder, 'a.sqlite')
    const [{ packets, bytes }] = select(path, 'SELECT packets, bytes FROM capture') as [{ packets: bigint; bytes: bigint }]
    expect(value('audit_interface_packets_total', { interface: 'lo' })).toBe(Number(packets))
    expect(value('audit_interface_bytes_total', { interface: 'lo' })).toBe(Number(bytes))
    for (const counter of ['kernel', 'interface', 'queue'])
      expect(value('audit_interface_dropped_packets_total', { interface: 'lo', counter })).toBe(0)
    expect(value('audit_transactions_total', { protocol: 'http', status: 'OK' })).toBe(180)
    expect(value('audit_transactions_total', { protocol: 'http', status: 'Error' })).toBe(20)
    expect(value('audit_transaction_errors_total', { protocol: 'http' })).toBe(20)
    expect(value('audit_transactions_unanswered_total', { protocol: 'http' })).toBe(0)
    expect([value('audit_decoder_lag_seconds'), value('audit_decoder_lag_bytes'), value('audit_decoder_lag_packets')]).toEqual([0, 0, 0])
    expect(value('audit_ring_files')).toBe(1)
    expect(value('audit_ring_bytes')).toBeGreaterThan(Number(bytes))
    expect(value('audit_flows_total')).toBe(Number((select(path, 'SELECT count(*) AS n FROM flow') as [{ n: bigint }])[0].n))
    expect(value('audit_commits_total')).toBeGreaterThanOrEqual(2)
    expect(value('process_resident_memory_bytes')).toBeGreaterThan(1e7)
    // Counters never fall.
    for (const [name, { type, samples }] of last)
      if (type === 'counter')
        for (const page of pages)
          for (const { labels, value: before } of page.get(name)?.samples ?? [])
            expect(samples.find((one) => JSON.stringify(one.labels) === JSON.stringify(labels))!.value).toBeGreaterThanOrEqual(before)
  })

  test('a port in use ends the session before it captures', async () => {
    const server = createServer()
    await new Promise<void>((done) => server.listen(9999, '127.0.0.1', done))
    const session = await start(folder, 'lo', '-o', 'b.sqlite', '--metrics', '9999')
    expect(await session.over).toBe(2)
    expect(session.err.text).toContain('another program listens on this port')
    expect(session.err.text).not.toContain('capturing on')
    server.close()
    const outside = await start(folder, 'lo', '--metrics', '0.0.0.0:9999')
    expect([await outside.over, outside.err.text.includes('not an address of this host alone')]).toEqual([2, true])
  })
})
