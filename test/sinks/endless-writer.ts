/** Writes transactions into the case named on the command line until it is killed. */
import { writeSync } from 'node:fs'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { captureRow, flowRow, flowView, record, START, schemasFor } from './made-up.js'

const sink = openCase(process.argv[2]!)
sink.begin(schemasFor('b.pcap'))
sink.flow(flowView(1), flowRow(flowView(1), BigInt(START) * 1_000_000_000n), true)
sink.row('capture', captureRow(0, 'b.pcap', 'bbbb'))
// Wide enough that pages leave the cache for the log while the transaction is still open.
const word = 'x'.repeat(20_000)
for (let i = 0; ; i++) {
  sink.transaction(record(i, i, { row: { word } }))
  if (i === 6000) writeSync(1, 'busy\n')
}
