import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, describe, expect, it } from 'vitest'
import { GeoDatabases, MAX_DATABASE_BYTES } from '../../src/geoip/databases.js'
import { asRecord, cityRecord, control, encode, type MmdbOptions, type MmdbValue, mmdb, pointer, Raw } from '../support/mmdb.js'

const folder = mkdtempSync(join(tmpdir(), 'geoip-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

let files = 0
const write = (bytes: Buffer): string => {
  const path = join(folder, `${++files}.mmdb`)
  writeFileSync(path, bytes)
  return path
}
const open = (...all: Buffer[]) => GeoDatabases.read(all.map(write))
const refusal = async (bytes: Buffer): Promise<string> => {
  const error = (await open(bytes).catch((thrown: unknown) => thrown)) as Error
  expect(error.name).toBe('UserError')
  return error.message
}

const cities = {
  '198.51.99.0/24': cityRecord('FR', 'Lyon'),
  '8.8.8.0/24': cityRecord('DE', 'Mainz'),
  '2600::/16': cityRecord('NL', 'Delft'),
}

describe('lookups', () => {
  it.each([24, 28, 32] as const)('finds addresses of both families in a tree with records of %d bits', async (recordBits) => {
    const { of } = await open(mmdb(cities, { recordBits }))
    expect(of('8.8.8.8')).toEqual({ facts: { country: 'DE', city: 'Mainz' } })
    expect(of('::ffff:8.8.8.8')).toEqual(of('8.8.8.8'))
    expect(of('2600::1')).toEqual({ facts: { country: 'NL', city: 'Delft' } })
    expect(of('9.9.9.9')).toBeUndefined()
    expect(of('2601::1')).toBeUndefined()
  })
  it('knows nothing of IPv6 by a tree of IPv4', async () => {
    const { of } = await open(mmdb({ '8.0.0.0/8': cityRecord('DE', 'Mainz') }, { ipVersion: 4 }))
    expect(of('8.8.8.8')?.facts.city).toBe('Mainz')
    expect(of('800::1')).toBeUndefined()
    expect(of('2600::1')).toBeUndefined()
  })
  it('has no place for private, reserved and unusable addresses, whatever a database says', async () => {
    const everywhere = {
      '0.0.0.0/1': cityRecord('DE', 'Mainz'),
      '128.0.0.0/1': cityRecord('DE', 'Mainz'),
      'f000::/4': cityRecord('DE', 'Mainz'),
    }
    const { of } = await open(mmdb(everywhere))
    expect(of('8.8.8.8')).toBeDefined()
    for (const ip of ['10.0.0.1', '192.168.1.1', '127.0.0.1', '224.0.0.1', '255.255.255.255', 'fe80::1', 'fd00::1', 'ff02::1', '', 'x'])
      expect(of(ip), ip).toBeUndefined()
  })
  it('joins what several files know, the first that knows a thing being believed', async () => {
    const { of, files } = await open(
      mmdb({ '8.8.0.0/16': asRecord(64_496, 'Example Networks') }, { type: 'Test-ASN' }),
      mmdb({ '8.0.0.0/8': { country: { iso_code: 'US' } } }, { type: 'Test-Country', ipVersion: 4 }),
      mmdb(cities),
    )
    expect(of('8.8.8.8')).toEqual({ facts: { as: 64_496, asOrg: 'Example Networks', country: 'US', city: 'Mainz' } })
    expect(files.map(({ type, built }) => `${type} ${built}`)).toEqual(
      ['Test-ASN', 'Test-Country', 'Test-City'].map((type) => `${type} 2023-11-14T22:13:20.000Z`),
    )
  })
  it('takes only what is a name, and a number of 32 bits', async () => {
    const { of } = await open(
      mmdb({
        '8.0.0.0/8': { country: { iso_code: 7 }, city: { names: ['en'] }, autonomous_system_number: 'AS1' },
        '9.0.0.0/8': { country: 'DE', city: { names: { en: 'x'.repeat(300) } }, autonomous_system_number: 2n ** 60n },
        '11.0.0.0/8': { constructor: 'x', ['__proto__']: { iso_code: 'XX' } },
        '12.0.0.0/8': 'a text',
      }),
    )
    for (const ip of ['8.1.1.1', '9.1.1.1', '11.1.1.1', '12.1.1.1']) expect(of(ip), ip).toBeUndefined()
  })
})

describe('files that are none, or damaged', () => {
  const metadata = (over: MmdbOptions['metadata']) => refusal(mmdb(cities, { metadata: over! }))
  it('says what is wrong with them', async () => {
    expect(await refusal(Buffer.from('no database'))).toMatch(/is no MaxMind DB: it has no metadata/)
    expect(await refusal(Buffer.alloc(0))).toMatch(/is no MaxMind DB/)
    expect(await refusal(gzipSync(mmdb(cities)))).toMatch(/compressed with gzip/)
    expect(await metadata({ binary_format_major_version: 3 })).toMatch(/version 3, and 2 is read/)
    expect(await metadata({ record_size: 23 })).toMatch(/record_size 23/)
    expect(await metadata({ record_size: 'x' })).toMatch(/record_size is no number/)
    expect(await metadata({ ip_version: 5 })).toMatch(/ip_version 5/)
    expect(await metadata({ node_count: 0 })).toMatch(/node_count 0/)
    expect(await metadata({ node_count: 0xffff_ffff })).toMatch(/its metadata says a tree of \d+ bytes/)
  })
  it('refuses what is no file, is not there, or is too large to be held', async () => {
    await expect(GeoDatabases.read([folder])).rejects.toThrow(/is no file/)
    await expect(GeoDatabases.read([join(folder, 'gone')])).rejects.toThrow(/no such file/)
    const large = write(Buffer.alloc(1))
    truncateSync(large, MAX_DATABASE_BYTES + 1)
    await expect(GeoDatabases.read([large])).rejects.toThrow(/are the limit/)
    await expect(GeoDatabases.read(new Array(7).fill(large))).rejects.toThrow(/at most 6/)
  })
  it('refuses metadata that never end', async () => {
    // A list whose first member is the list itself, and one that says more members than there is room for.
    for (const end of [
      Raw1(pointer(0)),
      Buffer.concat([control(11, 1), encode(pointer(0))]),
      control(11, 16_000_000),
      control(7, 16_000_000),
    ]) {
      const whole = mmdb(cities)
      const at = whole.lastIndexOf('MaxMind.com') + 'MaxMind.com'.length
      expect(await refusal(Buffer.concat([whole.subarray(0, at), end]))).toMatch(/damaged metadata/)
    }
  })
})
const Raw1 = (raw: Raw): Buffer => raw.bytes

describe('records that are damaged', () => {
  const damageOf = async (record: MmdbValue): Promise<string | undefined> => {
    const { of } = await open(mmdb({ '8.0.0.0/8': record, '9.0.0.0/8': cityRecord('DE', 'Mainz') }))
    expect(of('9.1.1.1')).toEqual({ facts: { country: 'DE', city: 'Mainz' } })
    return of('8.1.1.1')?.damage
  }
  it('are named, and others are read all the same', async () => {
    expect(await damageOf(pointer(0))).toMatch(/^\d+\.mmdb: the record of an address is damaged: .*deeper than 32 levels/)
    expect(await damageOf({ country: pointer(0) })).toMatch(/deeper than 32/)
    expect(await damageOf(pointer(0xffff_0000))).toMatch(/damaged/)
    expect(await damageOf(new Raw(control(11, 16_000_000)))).toMatch(/list or map of 16000000/)
    expect(await damageOf(new Raw(control(2, 16_000_000)))).toMatch(/text of 16000000 bytes/)
    expect(await damageOf(new Raw(Buffer.from([0, 9])))).toMatch(/Unknown type|Invalid/)
  })
  it('end even when pointers make a small one endless', async () => {
    // Ten lists, each of twenty pointers to the next one: 20^10 values in a kilobyte.
    const level = 2 + 20 * 5
    const levels = Array.from({ length: 10 }, (_, i) => Array.from({ length: 20 }, () => pointer(level * (i + 1))))
    const began = performance.now()
    expect(await damageOf(new Raw(Buffer.concat([...levels, ['end']].map((one) => encode(one)))))).toMatch(/more than 4096 values/)
    expect(performance.now() - began).toBeLessThan(2000)
  })
  it('cannot stop or crash a lookup, whatever byte is changed', async () => {
    const whole = mmdb({ '8.0.0.0/8': { ...(cityRecord('DE', 'Mainz') as object), ...(asRecord(7, 'x') as object) }, ...cities })
    let opened = 0
    let refused = 0
    // Each byte once, by three values in turn: zero, all ones, one bit.
    for (let at = 0; at < whole.length; at++) {
      const bytes = Buffer.from(whole)
      bytes[at] = at % 3 === 0 ? 0 : at % 3 === 1 ? 255 : bytes[at]! ^ (1 << (at % 8))
      const path = join(folder, 'changed.mmdb')
      writeFileSync(path, bytes)
      const databases = await GeoDatabases.read([path]).catch((error: Error) => {
        expect(error.name).toBe('UserError')
        return undefined
      })
      if (!databases) refused++
      else {
        opened++
        for (const ip of ['8.8.8.8', '198.51.99.1', '2600::1', '255.1.1.1', '1.1.1.1']) databases.of(ip)
      }
    }
    expect(opened).toBeGreaterThan(500)
    expect(refused).toBeGreaterThan(20)
  })
  it('cannot stop or crash a lookup, wherever the file is cut', async () => {
    const whole = mmdb(cities)
    for (let end = 0; end < whole.length; end += 7) expect(await refusal(whole.subarray(0, end))).toMatch(/is no MaxMind DB|damaged/)
  })
})
