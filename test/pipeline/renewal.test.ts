/** A live session whose settings change: one run after the other, totals that go on, and one end for who looks at the host. */
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { Timeline } from '../../src/capture/timeline.js'
import { defaultSettings } from '../../src/config/settings.js'
import { analyze, type LiveState, type LiveTimeline } from '../../src/pipeline/analyze.js'
import { protocols } from '../../src/protocols/registry.js'
import type { Row } from '../../src/schema/fields.js'
import { frame, pcap, udpFrame } from '../support/captures.js'
import { MemorySink } from '../support/memory-sink.js'

const datagram = (sec: number, srcPort: number) => frame(udpFrame({ src: '10.0.0.1', dst: '10.0.0.2', srcPort, dstPort: 9 }, 'x'), sec)

test('totals never fall, each capture has its run, and the host is told of the end once', async () => {
  const captures = [[datagram(1, 4000), datagram(2, 4001)], [datagram(3, 4000)], [datagram(4, 4000), datagram(5, 4002)]]
  const readers = await Promise.all(captures.map((frames) => openCapture({ stdin: Readable.from([pcap(frames)]) })))
  const timeline = new Timeline([...readers])
  const live: LiveTimeline = {
    readers,
    names: readers.map((_, i) => `live-${i + 1}`),
    next: () => timeline.next(),
    look: (work) => work(),
    during: (answer, work) => {
      work()
      return answer
    },
  }
  const states: LiveState[] = []
  const asked: string[] = []
  const overs: number[] = []
  const committed: (readonly Row[])[] = []
  const sink = Object.assign(new MemorySink(), { commit: (rows: readonly Row[]) => committed.push(rows) })
  await analyze({
    readers: [],
    live,
    protocols,
    sinks: [sink],
    settings: defaultSettings(protocols),
    strict: true,
    renewed: (capture) => (capture === 0 ? undefined : defaultSettings(protocols)),
    onCommit: (state) => states.push(state),
    host: {
      ask: ({ id }) => asked.push(id),
      of: () => undefined,
      // Flows of the last run are still open: what is known of them is not too late.
      over: () => overs.push(sink.flows.filter(({ final }) => final).length),
    },
  })
  for (const of of ['packets', 'flows', 'transactions'] as const) {
    const counts = states.map((state) => state[of])
    expect(counts).toEqual([...counts].sort((a, b) => a - b))
  }
  expect(states.at(-1)).toMatchObject({ packets: 5, flows: 5, openFlows: 2, last: { sec: 5, nsec: 0 } })
  expect(asked).toHaveLength(5)
  expect(overs).toEqual([3])
  expect(sink.flows.filter(({ final }) => final)).toHaveLength(5)
  const runs = new Map(committed.flat().map((row) => [row.id, row.run_id]))
  expect([...runs]).toEqual([
    [1, 1],
    [2, 2],
    [3, 3],
  ])
})
