import { describe, expect, it } from 'vitest'
import { defaultSettings, type Settings } from '../../src/config/settings.js'
import { captureFilter, portFilter } from '../../src/live/filter.js'
import { libpcap } from '../../src/live/libpcap.js'
import { protocols as registry } from '../../src/protocols/registry.js'

const ETHERNET = 1
/** DLT_ numbers: Ethernet, Linux cooked v1 and v2, raw IP. LINKTYPE_ is the same but for raw IP, 101. */
const RAW = { dlt: process.platform === 'openbsd' ? 14 : 12, linkType: 101 }
const LINKS = [{ dlt: ETHERNET, linkType: ETHERNET }, { dlt: 113, linkType: 113 }, { dlt: 276, linkType: 276 }, RAW]
const SNAPLEN = 65_535

const base = defaultSettings(registry)
const byPorts: Settings = { ...base, detection: 'ports', flows: { ...base.flows, enabled: false } }
/** Only these are read, on these ports; undefined = their own. */
const reading = (only: Record<string, number[] | undefined>, from = byPorts): Settings => ({
  ...from,
  protocols: new Map([...from.protocols].map(([name, one]) => [name, { ...one, enabled: name in only, ports: only[name] }])),
})
const filterOf = (settings: Settings, withVlans = false, linkType = ETHERNET) => captureFilter({ registry, settings, withVlans, linkType })

describe('the filter of a configuration', () => {
  it.each<[string, Settings, string | undefined]>([
    ['TCP alone', reading({ http: [80, 8080] }), 'tcp port 80 or tcp port 8080'],
    ['UDP alone', reading({ mdns: undefined }), 'udp port 5353'],
    ['both', reading({ dns: undefined }), 'port 53'],
    ['ICMP', reading({ icmp: undefined }), 'icmp or icmp6'],
    ['several', reading({ redis: [6379], icmp: undefined, http: [80] }), 'tcp port 80 or tcp port 6379 or icmp or icmp6'],
    ['a port of two protocols', reading({ http: [80], redis: [80] }), 'tcp port 80'],
    ['no ports', reading({ http: [] }), undefined],
    ['nothing read', reading({}), undefined],
    ['flows reported', { ...reading({ http: [80] }), flows: base.flows }, undefined],
    ['more ports than a filter can name', reading({ http: Array.from({ length: 1000 }, (_, i) => i + 1) }), undefined],
    ['detection by content', { ...reading({ http: [80] }), detection: 'content' }, undefined],
    ['the default', base, undefined],
    ['one written', { ...base, interfaces: { ...base.interfaces, bpfFilter: ' net 10.0.0.0/8 ' } }, 'net 10.0.0.0/8'],
    ['one written, and ports', { ...byPorts, interfaces: { ...base.interfaces, bpfFilter: 'tcp' } }, 'tcp'],
  ])('%s', (_, settings, filter) => expect(filterOf(settings)).toBe(filter))

  it('names tagged frames where they can be named', () => {
    const settings = reading({ http: [80], icmp: undefined })
    const plain = 'tcp port 80 or icmp or icmp6'
    expect(filterOf(settings, true)).toBe(`${plain} or (vlan and (${plain}))`)
    for (const { linkType } of LINKS.slice(1)) expect(filterOf(settings, true, linkType)).toBe(plain)
    const written = { ...base, interfaces: { ...base.interfaces, bpfFilter: 'tcp' } }
    expect(filterOf(written, true)).toBe('tcp')
  })
})

const whyNot = (() => {
  try {
    libpcap()
    return undefined
  } catch (error) {
    return (error as Error).message
  }
})()

describe.skipIf(whyNot !== undefined)(`libpcap${whyNot === undefined ? '' : ` (${whyNot})`}`, () => {
  it.each(LINKS)('takes the filter of every protocol for link type $linkType', ({ dlt, linkType }) => {
    for (const withVlans of [false, true]) {
      const filter = filterOf(byPorts, withVlans, linkType)!
      expect(filter.match(/port/g)!.length).toBeGreaterThan(20)
      expect(libpcap().checkFilter(filter, dlt, SNAPLEN)).toBeUndefined()
    }
  })

  it('takes the filter of each protocol alone', () => {
    for (const { name } of registry)
      for (const { dlt } of LINKS)
        expect(libpcap().checkFilter(portFilter(registry, reading({ [name]: undefined })), dlt, SNAPLEN)).toBeUndefined()
  })

  it('refuses what is none', () => {
    expect(libpcap().checkFilter('tcp prot 80', ETHERNET, SNAPLEN)).toContain('syntax error')
    expect(libpcap().checkFilter(`tcp${' or tcp'.repeat(2000)}`, ETHERNET, SNAPLEN)).toBe('it is longer than 8192 characters')
    expect(libpcap().checkFilter('vlan', RAW.dlt, SNAPLEN)).toContain('VLAN')
  })
})
