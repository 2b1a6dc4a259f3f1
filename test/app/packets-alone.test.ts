/** An extract analyzed alone gives the rows it was made for, with the same content ids and values: rows of every protocol, drawn by a fixed seed. */
import { readdirSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { expect, test } from 'vitest'
import { protocols } from '../../src/protocols/registry.js'
import { caseOf, extractTo, newFolder, rowsOf, tsharkFields } from '../support/case.js'

const samples = resolve(import.meta.dirname, '../../samples')
const captures = readdirSync(samples)
  .filter((name) => statSync(join(samples, name)).isDirectory())
  .flatMap((name) => readdirSync(join(samples, name)).map((file) => join(samples, name, file)))
  .filter((path) => /\.pcap(ng)?$/.test(path) && !path.endsWith('empty.pcap'))

/** Rows drawn of each protocol. */
const DRAWN = 3
/** Protocols without samples of their own. */
const FOLDERS: Readonly<Record<string, string>> = { mdns: 'dns', llmnr: 'dns' }
/** Columns that number things in one case, and the names of packets in one file. */
const OF_THE_CASE = new Set(['id', 'flow_id', 'capture_id', 'frames'])

let state = 20_260_101
const random = (below: number): number => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
  return (state >>> 8) % below
}

const folder = newFolder()
const cases = new Map<string, Promise<string>>()
const caseFor = (capture: string): Promise<string> => {
  const known = cases.get(capture)
  if (known) return known
  const made = caseOf(join(folder, `${cases.size}.sqlite`), [capture])
  cases.set(capture, made)
  return made
}

async function drawn(protocol: string): Promise<{ capture: string; path: string; tx: string }[]> {
  const out: { capture: string; path: string; tx: string }[] = []
  const files = captures.filter((path) => path.includes(`/${FOLDERS[protocol] ?? protocol}/`))
  for (let tries = 0; out.length < DRAWN && tries < 60; tries++) {
    const capture = files[random(files.length)]!
    const path = await caseFor(capture)
    const rows = rowsOf(path, 'SELECT tx FROM tx WHERE protocol = ? ORDER BY id', protocol)
    if (rows.length === 0) continue
    const tx = String(rows[random(rows.length)]!.tx)
    if (!out.some((one) => one.tx === tx)) out.push({ capture, path, tx })
  }
  return out
}

test.each(protocols.map(({ name }) => name))(
  '%s',
  async (protocol) => {
    const rows = await drawn(protocol)
    expect(rows.length).toBeGreaterThan(0)
    for (const [i, { capture, path, tx }] of rows.entries()) {
      const extract = join(folder, `${protocol}-${i}.pcapng`)
      const outcome = await extractTo(extract, { path, transactions: [tx] })
      expect([capture, tx, outcome.reproduced]).toEqual([capture, tx, 1])
      const again = await caseOf(join(folder, `${protocol}-${i}.sqlite`), [extract])
      const sql = `SELECT * FROM "${protocol}" WHERE tx = ?`
      const values = (row: Record<string, unknown>) => Object.entries(row).filter(([name]) => !OF_THE_CASE.has(name))
      expect(rowsOf(again, sql, tx).map(values)).toEqual(rowsOf(path, sql, tx).map(values))
      if (i === 0 && tsharkFields) expect(tsharkFields(extract, 'frame.number')).toHaveLength(outcome.extract.packets)
    }
  },
  60_000,
)
