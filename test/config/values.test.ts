import { describe, expect, it } from 'vitest'
import { parseInstant } from '../../src/config/instant-text.js'
import { nearest } from '../../src/config/nearest.js'
import { onlyProtocols, withPorts } from '../../src/config/overrides.js'
import { parseConfig } from '../../src/config/read-config.js'
import { defaultSettings, settingsDocument } from '../../src/config/settings.js'
import { parseDuration } from '../../src/config/values.js'
import { sampleRegistry } from './sample-registry.js'

describe('parseDuration', () => {
  const cases: [string, number | undefined][] = [
    ['30s', 30_000],
    ['10m', 600_000],
    ['24h', 86_400_000],
    ['-1s', -1000],
    ['1h30m', 5_400_000],
    ['1.5s', 1500],
    ['200ms', 200],
    ['10', 10_000],
    ['', undefined],
    ['s', undefined],
    ['10 days', undefined],
    ['1s2', undefined],
  ]
  it.each(cases)('%s', (text, ms) => expect(parseDuration(text)).toBe(ms))
})

describe('parseInstant', () => {
  const cases: [string, number, number][] = [
    ['2015-08-27T08:00:55.638957000Z', 1440662455, 638957000],
    ['2015-08-27T10:00:55+02:00', 1440662455, 0],
    ['2015-08-27T10:00:55.5+0200', 1440662455, 500000000],
    ['2015-08-27 08:00', 1440662400, 0],
    ['2015-08-27', 1440633600, 0],
    ['2016-12-31T23:59:60Z', 1483228800, 0],
    ['1440662455', 1440662455, 0],
    ['1440662455.638957', 1440662455, 638957000],
    ['0', 0, 0],
  ]
  it.each(cases)('%s', (text, sec, nsec) => expect(parseInstant(text)).toEqual({ sec, nsec }))
  it.each(['', 'yesterday', '2015-02-30', '2015-13-01', '2015-08-27T25:00', '20150827', '2015-08-27T08:00+99', '1969-01-01', '-5'])(
    'not %s',
    (text) => expect(parseInstant(text)).toBeUndefined(),
  )
})

describe('nearest', () => {
  const cases: [string, string[], string | undefined][] = [
    ['smpt', ['http', 'smtp', 'dns'], 'smtp'],
    ['max_row', ['max_rows', 'max_length'], 'max_rows'],
    ['xyz', ['http', 'smtp'], undefined],
    ['', ['http'], undefined],
    ['HTTP', ['http'], 'http'],
    ['analyse', ['analyze', 'query'], 'analyze'],
  ]
  it.each(cases)('%s', (word, known, found) => expect(nearest(word, known)).toBe(found))
})

describe('the command line over the configuration', () => {
  const base = defaultSettings(sampleRegistry)
  const enabled = (settings: typeof base) => [...settings.protocols].filter(([, p]) => p.enabled).map(([name]) => name)

  it('--protocol: only these', () => {
    const only = onlyProtocols(base, ['beta'], sampleRegistry)
    expect(enabled(only)).toEqual(['beta'])
    expect(only.listed).toBe(true)
    expect(onlyProtocols(base, [], sampleRegistry)).toBe(base)
  })

  it('--protocol wins over what the configuration lists', () => {
    const { settings } = parseConfig(
      'protocols: [{type: alpha, max_rows: 3}, {type: beta, enabled: false, max_rows: 4}]',
      'x',
      sampleRegistry,
    )
    const only = onlyProtocols(settings, ['beta'], sampleRegistry)
    expect(enabled(only)).toEqual(['beta'])
    expect(only.protocols.get('beta')!.options).toMatchObject({ enabled: true, max_rows: 4 })
  })

  it('--port', () => {
    const settings = withPorts(base, ['alpha=8080,8000-8001', 'alpha=9'], sampleRegistry)
    expect(settings.protocols.get('alpha')!.ports).toEqual([8080, 8000, 8001, 9])
    expect(settings.protocols.get('beta')!.ports).toBeUndefined()
  })

  const refused: [string, () => unknown, string][] = [
    ['unknown protocol', () => onlyProtocols(base, ['betta'], sampleRegistry), 'there is no protocol "betta"; did you mean "beta"?'],
    ['nothing like it', () => onlyProtocols(base, ['mysql'], sampleRegistry), 'there is no protocol "mysql"'],
    ['no ports', () => withPorts(base, ['alpha'], sampleRegistry), '--port alpha: want NAME=PORT'],
    ['empty ports', () => withPorts(base, ['alpha='], sampleRegistry), '"" is no port'],
    ['bad port', () => withPorts(base, ['alpha=80,http'], sampleRegistry), '"http" is no port'],
    ['port of an unknown', () => withPorts(base, ['gama=80'], sampleRegistry), 'there is no protocol "gama"'],
  ]
  it.each(refused)('%s', (_, act, message) => expect(act).toThrow(message))
})

describe('settings as data', () => {
  const written: [string, string][] = [
    ['defaults', ''],
    [
      'everything',
      'name: n\ndetection: ports\nsession_events: false\nflows: {timeout: 1500ms, period: 10s}\ntags: [a]\nfields: {x: {y: 1}}\n' +
        'interfaces: {device: eth0, bpf_filter: tcp, internal_networks: [private]}\n' +
        'protocols: [{type: alpha, ports: [80-82], max_rows: 3, transaction_timeout: 10s, keep_null: true, fields: {z: 1}, tags: [t]}, {type: beta, enabled: false}]',
    ],
  ]
  it.each(written)('read as a configuration they are the same settings: %s', (_, text) => {
    const settings = { ...parseConfig(text, 'x', sampleRegistry).settings, listed: true }
    expect(parseConfig(JSON.stringify(settingsDocument(settings)), 'x', sampleRegistry)).toEqual({ settings, warnings: [] })
  })
})
