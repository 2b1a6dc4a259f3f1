/** `audit analyze --geoip`: columns, documents, what the run records, and what happens to them in what follows. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { asRecord, cityRecord, mmdb, pointer } from '../support/mmdb.js'
import { Program } from './program.js'

const CLIENT = [8, 8, 8, 77]
const CITY = mmdb({ '8.8.8.0/24': cityRecord('DE', 'Mainz') })
const ASN = mmdb({ '8.0.0.0/8': asRecord(64_496, 'Example Networks') }, { type: 'Test-ASN', ipVersion: 4 })
const FLAGS = ['--geoip', 'city.mmdb', '--geoip', 'asn.mmdb']

let program: Program
let cwd = ''
beforeAll(async () => {
  program = await Program.build()
  cwd = mkdtempSync(join(program.cwd, 'geo-'))
  // One client of the sample with a public address; its checksums are wrong then, which is counted and no more.
  const capture = readFileSync('samples/smtp.pcap')
  const documentation = Buffer.from([203, 0, 113, 77])
  for (let at = capture.indexOf(documentation); at >= 0; at = capture.indexOf(documentation, at + 1)) Buffer.from(CLIENT).copy(capture, at)
  writeFileSync(join(cwd, 'a.pcap'), capture)
  writeFileSync(join(cwd, 'city.mmdb'), CITY)
  writeFileSync(join(cwd, 'asn.mmdb'), ASN)
  writeFileSync(join(cwd, 'audit.yml'), 'geoip: [city.mmdb, asn.mmdb]\n')
  await done('analyze', 'a.pcap', '-o', 'c.sqlite', '-o', 'c.ndjson', ...FLAGS)
})
afterAll(() => program.remove())

async function done(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await program.run(args, { cwd })
  expect([code, stderr], args.join(' ')).toEqual([0, ''])
  return stdout
}
type Doc = Record<string, Record<string, unknown>> & { type: string }
const documents = (text: string): Doc[] => text.split('\n').flatMap((line) => (line === '' ? [] : [JSON.parse(line) as Doc]))
const all = <T>(name: string, sql: string): T[] => {
  const db = new Database(join(cwd, name), { readonly: true })
  try {
    return db.prepare(sql).all() as T[]
  } finally {
    db.close()
  }
}
const PLACES = `SELECT client_ip, client_country, client_city, client_as, client_as_org, server_country, server_city, server_as, server_as_org
  FROM flow ORDER BY id`

it('fills the columns of flows with a public address, and no others', () => {
  const rows = all<Record<string, unknown>>('c.sqlite', PLACES)
  const known = rows.filter((row) => row.client_country !== null)
  const nowhere = { server_country: null, server_city: null, server_as: null, server_as_org: null }
  const place = { client_country: 'DE', client_city: 'Mainz', client_as: 64_496, client_as_org: 'Example Networks' }
  expect(known).toEqual([{ client_ip: CLIENT.join('.'), ...place, ...nowhere }])
  expect(rows.length).toBeGreaterThan(1)
  for (const { client_ip, ...rest } of rows) if (client_ip !== CLIENT.join('.')) expect([...new Set(Object.values(rest))]).toEqual([null])
})

it('writes them into the documents of flows and transactions under the names of ECS', async () => {
  const written = documents(readFileSync(join(cwd, 'c.ndjson'), 'utf8'))
  const geo = { country_iso_code: 'DE', city_name: 'Mainz' }
  const as = { number: 64_496, organization: { name: 'Example Networks' } }
  const types = new Set<string>()
  for (const { type, client, source, server, destination } of written) {
    for (const side of [server, destination]) if (side) expect(Object.keys(side).filter((key) => key === 'geo' || key === 'as')).toEqual([])
    if (client?.ip !== CLIENT.join('.')) expect(client?.geo ?? client?.as ?? source?.geo).toBeUndefined()
    else {
      types.add(type)
      for (const side of [client, source]) expect([side!.geo, side!.as]).toEqual([geo, as])
    }
  }
  expect([...types].sort()).toEqual(['flow', 'smtp'])
  const again = await done('export', 'c.sqlite', '--format', 'ndjson', '-o', '-')
  const placesOf = (docs: Doc[]) =>
    docs.map(({ type, client, source }) => JSON.stringify([type, client?.geo, client?.as, source?.geo, source?.as])).sort()
  expect(placesOf(documents(again))).toEqual(placesOf(written))
})

it('records each file with its hash, the same whether the command line or the configuration names it', async () => {
  await done('analyze', 'a.pcap', '-o', 'config.sqlite', '-c', 'audit.yml')
  const configs = ['c.sqlite', 'config.sqlite'].map((name) => all<{ config: string; config_hash: string }>(name, 'SELECT * FROM run')[0]!)
  expect(configs[0]!.config_hash).toBe(configs[1]!.config_hash)
  expect(all('config.sqlite', PLACES)).toEqual(all('c.sqlite', PLACES))
  const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex')
  expect((JSON.parse(configs[0]!.config) as { geoip: unknown }).geoip).toEqual([
    { name: 'city.mmdb', sha256: sha256(CITY), type: 'Test-City', built: '2023-11-14T22:13:20.000Z' },
    { name: 'asn.mmdb', sha256: sha256(ASN), type: 'Test-ASN', built: '2023-11-14T22:13:20.000Z' },
  ])
})

it('is reproduced with a configuration that names the files, and says so without one', async () => {
  const verify = async (name: string, ...flags: string[]) => {
    const { stdout } = await program.run(['verify', name, '--reproduce', '--json', ...flags], { cwd })
    return (JSON.parse(stdout) as { checks: { check: string; state: string; message: string }[] }).checks.find(
      (one) => one.check === 'reproduction',
    )!
  }
  const without = await verify('c.sqlite')
  expect(without.state).toBe('unchecked')
  expect(without.message).toMatch(/city\.mmdb \(sha256 [0-9a-f]{64}\).*with --config/)
  expect(await verify('c.sqlite', '--config', 'audit.yml')).toMatchObject({ state: 'ok' })
  // The configuration given says where the databases are; what else the run was told is in the case.
  await done('analyze', 'a.pcap', '-o', 'few.sqlite', '-p', 'dns', ...FLAGS)
  expect(await verify('few.sqlite', '--config', 'audit.yml')).toMatchObject({ state: 'ok' })
  writeFileSync(join(cwd, 'none.yml'), 'detection: content\n')
  expect((await verify('c.sqlite', '--config', 'none.yml')).message).toMatch(/none\.yml names no databases under geoip/)
  writeFileSync(join(cwd, 'other.mmdb'), mmdb({ '8.8.8.0/24': cityRecord('DE', 'Worms') }))
  writeFileSync(join(cwd, 'other.yml'), 'geoip: [other.mmdb, asn.mmdb]\n')
  expect(await verify('c.sqlite', '--config', 'other.yml')).toMatchObject({ state: 'failed' })
})

it('keeps the country in a redacted case, and neither city nor network', async () => {
  expect((await program.run(['export', 'c.sqlite', '--redacted', '-o', 'out.sqlite'], { cwd })).code).toBe(0)
  const place = all<Record<string, unknown>>('out.sqlite', PLACES).find((row) => row.client_country !== null)!
  expect(place).toMatchObject({ client_country: 'DE', client_city: null, client_as: null, client_as_org: null })
  expect(place.client_ip).not.toBe(CLIENT.join('.'))
  expect(readFileSync(join(cwd, 'out.sqlite')).includes('Mainz')).toBe(false)
})

it('stops before anything is written when a file is no database', async () => {
  for (const flags of [
    ['--geoip', 'a.pcap'],
    ['--geoip', 'gone.mmdb'],
    ['-c', 'bad.yml'],
  ]) {
    writeFileSync(join(cwd, 'bad.yml'), 'geoip: a.pcap\n')
    const { code, stderr } = await program.run(['analyze', 'a.pcap', '-o', 'none.sqlite', ...flags], { cwd })
    expect([code, stderr]).toEqual([2, expect.stringMatching(/is no MaxMind DB|no such file/)])
    expect(stderr).not.toMatch(/\n\s+at /)
    expect(() => readFileSync(join(cwd, 'none.sqlite'))).toThrow()
  }
})

it('counts a damaged record as an anomaly of its flow and goes on', async () => {
  writeFileSync(join(cwd, 'loop.mmdb'), mmdb({ '8.8.8.0/24': pointer(0) }))
  await done('analyze', 'a.pcap', '-o', 'loop.sqlite', '--geoip', 'loop.mmdb', '--geoip', 'asn.mmdb')
  const [anomaly] = all<{ message: string; flow_id: number }>('loop.sqlite', "SELECT * FROM anomaly WHERE code = 'geoip.record'")
  expect(anomaly!.message).toMatch(/^loop\.mmdb: /)
  expect(all('loop.sqlite', `SELECT client_as FROM flow WHERE id = ${anomaly!.flow_id}`)).toEqual([{ client_as: 64_496 }])
})
