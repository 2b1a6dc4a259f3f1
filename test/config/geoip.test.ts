import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { parseConfig, readConfig } from '../../src/config/read-config.js'
import { protocols } from '../../src/protocols/registry.js'

const folder = mkdtempSync(join(tmpdir(), 'geo-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (text: string) => {
  const file = join(folder, 'audit.yml')
  writeFileSync(file, text)
  return readConfig(file, protocols)
}

it('takes databases as paths from the folder of the configuration', async () => {
  const { settings, warnings } = await read('geoip: [city.mmdb, ../asn.mmdb, /srv/country.mmdb]')
  expect(settings.geoip).toEqual([join(folder, 'city.mmdb'), join(folder, '..', 'asn.mmdb'), '/srv/country.mmdb'])
  expect(warnings).toEqual([])
  expect((await read('geoip: city.mmdb')).settings.geoip).toEqual([join(folder, 'city.mmdb')])
})
it('names the map that Beats had of old as not used', async () => {
  const { settings, warnings } = await read('geoip.paths: [/usr/share/GeoIP/GeoLiteCity.dat]')
  expect(settings.geoip).toEqual([])
  expect(warnings.join()).toMatch(/not used here: geoip/)
})
it('refuses what are no paths, and any file where there is no folder', async () => {
  await expect(read('geoip: [[a]]')).rejects.toThrow(/audit\.yml:1: geoip\[0\]: want a text/)
  expect(() => parseConfig('geoip: [a.mmdb]', 'audit.yml', protocols)).toThrow(/files can only be named in a configuration file/)
})
