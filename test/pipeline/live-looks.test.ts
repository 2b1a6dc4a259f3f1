/** A live session may show what it has between any two packets, by a clock that no packet knows: no row comes out otherwise for it. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { Timeline } from '../../src/capture/timeline.js'
import { defaultSettings } from '../../src/config/settings.js'
import { analyze, type LiveTimeline } from '../../src/pipeline/analyze.js'
import { protocols } from '../../src/protocols/registry.js'
import { MemorySink } from '../support/memory-sink.js'
import { type LoadedCapture, load, save } from '../support/mutate.js'

const root = resolve(import.meta.dirname, '../../samples')
/** Packets from which on a capture begins: its start, and in the middle of connections, where nothing says who is client. */
const STARTS = [0, 4, 9]
const samples = readdirSync(root).flatMap((name) => {
  const files = /\./.test(name) ? [] : readdirSync(join(root, name)).filter((file) => /\.pcap(ng)?$/.test(file))
  return files.slice(0, 4).map((file) => `${name}/${file}`)
})

/** @param looks show what there is after every packet */
async function rowsOf(capture: LoadedCapture, looks: boolean) {
  // Small reads: a block for each packet, or nearly.
  const reader = await openCapture({ stdin: Readable.from([save(capture)]) }, { readSize: 64 })
  const timeline = new Timeline([reader])
  const live: LiveTimeline = {
    readers: [reader],
    names: [reader.info.name],
    next: () => timeline.next(),
    look: (work) => {
      if (looks) work()
    },
    during: (answer) => answer,
  }
  const sink = new MemorySink()
  await analyze({ readers: [], live, protocols, sinks: [sink], settings: defaultSettings(protocols), strict: true })
  return { flows: sink.flows.filter(({ final }) => final).map(({ row }) => row), meaning: sink.meaning() }
}

test.each(samples)('%s', async (path) => {
  const capture = await load(join(root, path))
  for (const start of STARTS) {
    const cut = { ...capture, frames: capture.frames.slice(start) }
    if (cut.frames.length > 0) expect(await rowsOf(cut, true), `from packet ${start + 1} on`).toEqual(await rowsOf(cut, false))
  }
})
