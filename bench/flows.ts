/**
 * Reading and decoding to flows alone, without parsers and sinks: the floor under everything else.
 *
 *     node dist/bench/flows.js capture.pcap          compare with: capinfos -c capture.pcap
 */
import { openCapture } from '../src/capture/open-capture.js'
import { defaultSettings } from '../src/config/settings.js'
import { analyze } from '../src/pipeline/analyze.js'

async function flows(path: string): Promise<void> {
  const begin = process.hrtime.bigint()
  const reader = await openCapture(path, { hash: false })
  const result = await analyze({ readers: [reader], protocols: [], sinks: [], settings: defaultSettings([]) })
  const ms = Number(process.hrtime.bigint() - begin) / 1e6
  process.stdout.write(`${result.packets} packets, ${result.flows} flows, ${ms.toFixed(1)} ms in this process\n`)
}

const path = process.argv[2]
if (path === undefined) {
  process.stderr.write('usage: node dist/bench/flows.js CAPTURE\n')
  process.exitCode = 2
} else void flows(path)
