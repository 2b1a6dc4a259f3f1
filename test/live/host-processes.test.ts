/** When an answer counts: after the packets up to the question are decoded, of a flow that was going on then; and how many are asked. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { HostProcesses } from '../../src/live/host-processes.js'
import type { FlowView } from '../../src/model/flow-view.js'
import type { FlowSight } from '../../src/pipeline/flow-sight.js'

const NOW = 1_440_662_455_000
const a = { ip: '127.0.0.1', port: 40_000 }
const b = { ip: '127.0.0.1', port: 80 }

let folder: string
/** In place of the thread: answers each question at once, as looked at 100 ms after the flow began. */
let script: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'host-'))
  script = join(folder, 'answers.mjs')
  writeFileSync(
    script,
    `import { parentPort } from 'node:worker_threads'
    parentPort.on('message', ({ questions }) => parentPort.postMessage({ kind: 'answers', done: questions.length, answers: questions.map(
      ({ flow, ends, firstMs }) => ({ flow, end: ends[0], holders: 1, atMs: firstMs + 100, process: { pid: 7, name: 'x', start: '' } })) }))`,
  )
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const sight = (id: string, change: { firstMs?: number; endedMs?: number } = {}): FlowSight =>
  ({ id, transport: 'tcp', ends: [a, b], firstMs: NOW, endedMs: undefined, ...change }) as unknown as FlowSight
const view = (id: string): FlowView => ({ id, client: a, server: b }) as unknown as FlowView

async function asked(sights: readonly FlowSight[], work: (host: HostProcesses) => void): Promise<void> {
  const host = new HostProcesses(
    { monitored: [], withArgs: false },
    script,
    () => {},
    () => NOW,
  )
  try {
    for (const one of sights) host.ask(one)
    await new Promise((done) => setTimeout(done, 400))
    work(host)
  } finally {
    await host.close()
  }
}

test('an answer counts once what was captured until then is decoded, and is given once', async () => {
  await asked([sight('f')], (host) => {
    expect(host.settle(NOW + 99)).toEqual([])
    expect(host.of(view('f'), NOW + 50)).toBeUndefined()
    expect(host.settle(NOW + 100)).toMatchObject([{ flow: 'f', end: a, process: { pid: 7 } }])
    expect(host.settle(NOW + 200)).toEqual([])
    expect(host.of(view('f'), NOW + 50)).toMatchObject({ client: { pid: 7 }, server: undefined })
  })
})

test("a flow's own later packet is proof, too", async () => {
  await asked([sight('f')], (host) => {
    expect(host.of(view('f'), NOW + 150)).toMatchObject({ client: { pid: 7 } })
    expect(host.settle(0)).toMatchObject([{ flow: 'f' }])
  })
})

test('of a flow that had ended before, the socket is somebody else', async () => {
  await asked([sight('f', { endedMs: NOW + 50 }), sight('g', { endedMs: NOW + 150 })], (host) => {
    expect(host.settle(Number.POSITIVE_INFINITY)).toMatchObject([{ flow: 'g' }])
    expect(host.of(view('f'), NOW + 500)).toBeUndefined()
  })
})

test('what is seen too late, and what is too much, is not asked and counted', async () => {
  await asked([sight('old', { firstMs: NOW - 60_000 }), ...Array.from({ length: 6000 }, (_, i) => sight(`f${i}`))], (host) => {
    expect(host.skipped).toBeGreaterThan(1)
    expect(host.settle(NOW + 1000).length + host.skipped).toBe(6001)
  })
})
