/** Captures with bytes turned over: the ledger stays whole whatever the parsers make of it. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { explain } from '../../src/app/explain.js'
import { fates } from '../../src/model/flow-ledger.js'
import { ledgerText } from '../../src/report/ledger-text.js'
import { noise } from '../support/captures.js'
import { caseOf, newFolder, rowsOf } from '../support/case.js'

const samples = resolve(import.meta.dirname, '../../samples')

test.each([
  'smtp/starttls.pcap',
  'http/pipelined.pcap',
  'http/connect.pcap',
  'tls/mutual.pcap',
  'pgsql/ssl.pcap',
  'redis/auth.pcap',
  'dns/udp.pcap',
])('%s', async (name) => {
  for (let seed = 1; seed <= 4; seed++) {
    const folder = newFolder()
    const bytes = readFileSync(join(samples, name))
    const random = noise(400, seed)
    // Behind the headers of the file and of its first packets, so that something is left to be read.
    for (let i = 0; i + 4 <= random.length; i += 4) bytes[2000 + (random.readUInt32LE(i) % (bytes.length - 2000))]! ^= 1 << (i % 8)
    writeFileSync(join(folder, 'a.pcap'), bytes)
    const path = await caseOf(join(folder, 'case.sqlite'), [join(folder, 'a.pcap')])
    for (const { id } of rowsOf(path, 'SELECT id FROM flow ORDER BY id LIMIT 6')) {
      const { ledger } = await explain({ path, flow: String(id) })
      expect(ledgerText(ledger)).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f]/)
      for (const side of [ledger.client, ledger.server]) {
        let at = 0
        for (const range of side?.ranges ?? []) {
          expect(range.from).toBe(at)
          at = range.to
          expect(fates.reduce((sum, fate) => sum + range.bytes[fate], 0)).toBe(range.to - range.from)
        }
      }
    }
  }
})
