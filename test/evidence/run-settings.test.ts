import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/read-config.js'
import { defaultSettings, settingsDocument } from '../../src/config/settings.js'
import type { RunFacts } from '../../src/evidence/run-rows.js'
import { settingsOfRun } from '../../src/evidence/run-settings.js'
import { protocols } from '../../src/protocols/registry.js'

const runWith = (config: Record<string, unknown>): RunFacts => ({
  id: 1,
  showSecrets: false,
  strictChecksums: false,
  config: JSON.parse(JSON.stringify(config)) as Record<string, unknown>,
  startNs: undefined,
  endNs: undefined,
})
const ofTheRun = { strict_checksums: true, start: null, end: null }

test('the settings of a run come back', async () => {
  const given = parseConfig(
    '{flows: {timeout: 7s}, detection: ports, protocols: [{type: http, ports: [99], send_headers: [Via]}]}',
    'x',
    protocols,
  )
  const back = await settingsOfRun(runWith({ ...settingsDocument(given.settings), ...ofTheRun }), protocols)
  expect(settingsDocument(back)).toEqual(settingsDocument(given.settings))
})

test('a run without a configuration had the defaults', async () => {
  const run = runWith({ ...settingsDocument(defaultSettings(protocols)), ...ofTheRun })
  expect(settingsDocument(await settingsOfRun(run, protocols))).toEqual(settingsDocument(defaultSettings(protocols)))
})

test('files are not read, and plugins that are not there are left out', async () => {
  const document = settingsDocument(defaultSettings(protocols)) as { protocols: Record<string, unknown>[] }
  const entries = document.protocols.map((one) => (one.type === 'thrift' ? { ...one, idl_files: ['/dev/zero'], string_max_size: 5 } : one))
  const back = await settingsOfRun(runWith({ ...document, protocols: [...entries, { type: 'mine', enabled: true }] }), protocols)
  expect(back.protocols.get('thrift')?.options).toMatchObject({ idl_files: [], string_max_size: 5 })
})

test.each([[{}], [{ protocols: 7 }], [{ nonsense: true }]])('what is no configuration gives the defaults: %j', async (config) => {
  const { detection, flows } = await settingsOfRun(runWith(config), protocols)
  expect([detection, flows.timeoutMs]).toEqual(['content', 300_000])
})
