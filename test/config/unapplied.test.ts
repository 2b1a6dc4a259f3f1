import { expect, test } from 'vitest'
import { defaultSettings } from '../../src/config/settings.js'
import { unappliedSettings } from '../../src/config/unapplied.js'
import { protocols } from '../../src/protocols/registry.js'

test('names what a configuration asks for and does not get', () => {
  const settings = defaultSettings(protocols)
  expect(unappliedSettings(settings)).toEqual([])
  expect(unappliedSettings({ ...settings, name: 'probe-1', fields: { env: 'prod' } })).toEqual([
    'read, but without effect in this version: fields, name',
  ])
})
