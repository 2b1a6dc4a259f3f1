import { expect, it } from 'vitest'
import { interfaceListText } from '../../src/report/interface-text.js'
import { paintFor } from '../../src/report/paint.js'

const one = { number: 1, name: 'eth0', description: null, addresses: [], up: true, running: true, loopback: false, wireless: false }
const list = [
  { ...one, connected: true, link_type: 'EN10MB', link_type_description: 'Ethernet', addresses: [{ address: '192.0.2.7', prefix: 24 }] },
  {
    ...one,
    number: 2,
    name: 'w\u001b[31m',
    connected: false,
    wireless: true,
    link_type: null,
    link_type_description: null,
    description: 'a\nb',
  },
  { ...one, number: 10, name: 'tun0', up: false, running: false, connected: null, link_type: 'X', link_type_description: '' },
]

it('interfaces as a table, harmless whatever they are called', () => {
  expect(interfaceListText(list, paintFor(0))).toBe(
    [
      'no.  name    state                        link type  addresses     description',
      '  1  eth0    up                           Ethernet   192.0.2.7/24',
      '  2  w␛[31m  up, not connected, wireless  -          -             a␊b',
      ' 10  tun0    down                         X          -',
      '',
      'link type -: not to be known without capturing, or not permitted',
      '',
    ].join('\n'),
  )
})

it('interfaces that are down are dim, the heading is bold', () => {
  const painted = interfaceListText(list, paintFor(1)).split('\n')
  expect([painted[0]!.startsWith('\u001b[1m'), painted[1]!.includes('\u001b'), painted[3]!.startsWith('\u001b[2m')]).toEqual([
    true,
    false,
    true,
  ])
})

it('addresses beyond a few are counted', () => {
  const addresses = Array.from({ length: 7 }, (_, i) => ({ address: `192.0.2.${i}`, prefix: null }))
  expect(interfaceListText([{ ...list[0]!, addresses }], paintFor(0))).toContain('192.0.2.3 and 3 more')
})
