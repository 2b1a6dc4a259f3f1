/** Writes transactions into the live case named on the command line, a commit every thousand, until it is killed. */
import { writeSync } from 'node:fs'
import { openCase } from '../../src/sinks/sqlite/case-sink.js'
import { captureRow, flowRow, flowView, record, runRow, START, schemasFor } from './made-up.js'

const sink = openCase(process.argv[2]!, { live: true })
sink.begin(schemasFor('a.pcap'))
for (let i = 0; ; i++) {
  sink.transaction(record(i, i, { row: { word: `w${i}` } }))
  if (i % 1000 !== 999) continue
  sink.openFlow!(flowView(1), flowRow(flowView(1), BigInt(START) * 1_000_000_000n))
  sink.commit!([captureRow(0, 'a.pcap', '')], [{ ...runRow, finished: false }], [])
  if (i === 4999) writeSync(1, 'busy\n')
}
