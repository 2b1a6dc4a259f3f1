import { expect, test } from 'vitest'
import { parseConfig } from '../../src/config/read-config.js'
import { defaultSettings } from '../../src/config/settings.js'
import { unappliedSettings } from '../../src/config/unapplied.js'
import { protocols } from '../../src/protocols/registry.js'

test('names what a configuration asks for and does not get', () => {
  expect(unappliedSettings(defaultSettings(protocols), false)).toEqual([])
  const { settings } = parseConfig('protocols: [{type: http, transaction_timeout: 1s}]', 'audit.yml', protocols)
  expect(unappliedSettings(settings, false)).toEqual([
    'transaction_timeout has no effect: a late answer completes its row all the same (http)',
  ])
})

test('processes are for live sessions', () => {
  const { settings } = parseConfig('procs.enabled: true', 'audit.yml', protocols)
  expect(unappliedSettings(settings, true)).toEqual([])
  expect(unappliedSettings(settings, false)).toEqual(['not used here: procs (a capture file does not say which process sent a packet)'])
})

test('places are looked up where files are analyzed', () => {
  const settings = { ...defaultSettings(protocols), geoip: ['city.mmdb'] }
  expect(unappliedSettings(settings, false)).toEqual([])
  expect(unappliedSettings(settings, true)).toEqual([
    'not used here: geoip (places are looked up when files are analyzed: audit analyze on what was captured)',
  ])
})
