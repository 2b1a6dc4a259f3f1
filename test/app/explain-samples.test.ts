/** Every flow of the samples: read again it gives the rows of the case, and each of its bytes has one fate. */
import { readdirSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { explain } from '../../src/app/explain.js'
import { type FateBytes, fates } from '../../src/model/flow-ledger.js'
import { caseOf, newFolder, rowsOf } from '../support/case.js'

const samples = resolve(import.meta.dirname, '../../samples')
const folders = [
  'amqp',
  'cassandra',
  'containers',
  'dhcpv4',
  'dns',
  'http',
  'icmp',
  'memcache',
  'mongodb',
  'mysql',
  'oracle',
  'pgsql',
  'redis',
  'sip',
  'smtp',
  'thrift',
  'tls',
]
/** Captures of each protocol, and flows of each capture: more of them say nothing more. */
const PER_FOLDER = 4
const names = folders.flatMap((folder) =>
  readdirSync(join(samples, folder))
    .filter((name) => /\.pcap(?:ng)?$/.test(name) && name !== 'empty.pcap')
    .slice(0, folder === 'containers' || folder === 'http' ? undefined : PER_FOLDER)
    .map((name) => `${folder}/${name}`),
)
const MAX_FLOWS = 8

describe.each(names)('%s', (name) => {
  test('ranges are whole, sums are those of coverage, rows come out again', async () => {
    const path = await caseOf(join(newFolder(), 'case.sqlite'), [join(samples, name)])
    const flows = rowsOf(path, 'SELECT id FROM flow ORDER BY id')
    const sums: FateBytes = { decoded: 0, opaque: 0, unparsed: 0, lost: 0, cut: 0 }
    const alone: string[] = []
    for (const { id } of flows.slice(0, MAX_FLOWS)) {
      const { ledger, exitCode } = await explain({ path, flow: String(id) })
      expect(exitCode).toBe(0)
      alone.push(...ledger.differences!)
      expect(ledger.events!.filter(({ kind }) => kind === 'split')).toEqual([])
      for (const side of [ledger.client, ledger.server]) {
        if (!side) continue
        let at = 0
        for (const range of side.ranges) {
          expect(range.from).toBe(at)
          at = range.to
          expect(fates.reduce((sum, fate) => sum + range.bytes[fate], 0)).toBe(range.to - range.from)
        }
        for (const fate of fates) sums[fate] += side.bytes[fate]
      }
    }
    if (flows.length > MAX_FLOWS) return
    const [all] = rowsOf(
      path,
      'SELECT sum(decoded_bytes) d, sum(opaque_bytes) o, sum(unknown_bytes) u, sum(lost_bytes) l, sum(cut_bytes) c FROM coverage',
    )
    // Flows of a transport without a reader have no ledger of bytes.
    expect(sums).toEqual({
      decoded: Number(all!.d),
      opaque: Number(all!.o),
      unparsed: Number(all!.u),
      lost: Number(all!.l),
      cut: Number(all!.c),
    })
    // Where it differs it says that the rows depend on other conversations.
    if (alone.length > 0) expect(alone.at(-1)).toContain('across conversations')
  })
})
