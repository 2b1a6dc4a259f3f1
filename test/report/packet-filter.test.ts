import { describe, expect, test } from 'vitest'
import { type PacketLookup, packetText } from '../../src/report/format/packet-filter.js'
import type { Value } from '../../src/report/format/row-format.js'
import type { Column } from '../../src/report/format/row-source.js'

const lookup = (captures: Record<number, string> = { 1: 'a.pcap' }): PacketLookup => ({
  captures: new Map(Object.entries(captures).map(([id, name]) => [Number(id), name])),
  transaction: (by, value) => (value === (by === 'id' ? 7n : 'beef') ? { capture: 1, frames: '70-72' } : undefined),
  flow: (by, value) =>
    value === (by === 'id' ? 3n : 'f10w')
      ? {
          transport: 'tcp',
          client: '10.0.0.1',
          clientPort: 999,
          server: 'fd00::2',
          serverPort: 80,
          first: 1_500_000_000n,
          last: 2_000_000_001n,
        }
      : undefined,
})
const source = (columns: (string | Partial<Column>)[], rows: Value[][]) => ({
  columns: columns.map((column) => ({
    name: '',
    declared: null,
    table: null,
    origin: null,
    ...(typeof column === 'string' ? { name: column } : column),
  })),
  rows: () => rows,
})
const two = { 1: 'a.pcap', 2: 'b\u001b[2J.pcap' }

describe('packets behind rows', () => {
  test('are merged to ranges', () => {
    const rows = source(
      ['frames', 'capture_id'],
      [
        ['12-14,19', 1n],
        ['15', 1n],
        ['18,1-2+', 1n],
        ['13', 1n],
      ],
    )
    expect(packetText(rows, 'filter', lookup())).toEqual({ text: 'frame.number in {1..2, 12..15, 18..19}\n', notes: [] })
    expect(packetText(rows, 'frames', lookup())).toEqual({ text: '1-2,12-15,18-19\n', notes: [] })
  })

  test('are told apart by capture, also those that a row names of another one', () => {
    const rows = source(
      ['capture_id', 'frames'],
      [
        [1n, '12-14,2:1-3'],
        [2n, '9'],
      ],
    )
    expect(packetText(rows, 'filter', lookup(two))).toEqual({
      text: '# a.pcap\nframe.number in {12..14}\n# b\u241b[2J.pcap\nframe.number in {1..3, 9}\n',
      notes: ['packets are numbered in each file: one filter for each of 2 captures'],
    })
    expect(packetText(source(['capture_id', 'frames'], [[1n, '5']]), 'frames', lookup(two))).toEqual({
      text: '5\n',
      notes: ['packets of a.pcap'],
    })
  })

  test('are looked up where rows name a transaction', () => {
    expect(packetText(source(['tx'], [['beef'], ['none']]), 'frames', lookup())).toEqual({
      text: '70-72\n',
      notes: ['1 row names no packets'],
    })
    expect(packetText(source([{ name: 'id', table: 'tx_http' }], [[7n]]), 'frames', lookup()).text).toBe('70-72\n')
    // Without its capture a frame is none, but the transaction knows.
    expect(packetText(source(['frames', 'tx'], [['1', 'beef']]), 'frames', lookup(two)).text).toBe('70-72\n')
  })

  test('are filtered by conversation where rows name a flow', () => {
    const text =
      '(ip.addr == 10.0.0.1 && ipv6.addr == fd00::2 && tcp.port == 999 && tcp.port == 80 && frame.time_epoch >= 1.500000000 && frame.time_epoch <= 2.000000001)\n'
    for (const rows of [source(['flow_id'], [[3n], [3n]]), source(['flow'], [['f10w']]), source([{ name: 'id', table: 'flow' }], [[3n]])])
      expect(packetText(rows, 'filter', lookup()).text).toBe(text)
    expect(() => packetText(source(['flow_id'], [[3n]]), 'frames', lookup())).toThrow(/not numbered/)
  })

  test('none: a filter that matches nothing, as an empty one would match all', () => {
    expect(packetText(source(['frames', 'capture_id'], []), 'filter', lookup())).toEqual({
      text: '!frame\n',
      notes: ['there are no packets behind these rows'],
    })
    expect(packetText(source(['flow_id'], []), 'filter', lookup()).text).toBe('!frame\n')
    expect(packetText(source(['frames'], []), 'frames', lookup()).text).toBe('')
  })

  test.each(['x', '', '5-3', '1..2', '{1}', '1;2', '99999999999999999999', null, 5])('frames %j are none', (frames) => {
    expect(packetText(source(['frames'], [[frames as Value]]), 'filter', lookup())).toMatchObject({ text: '!frame\n' })
  })

  test('without the columns an error names them', () => {
    expect(() => packetText(source(['id', 'ts'], []), 'filter', lookup())).toThrow(
      expect.objectContaining({
        message: 'the rows do not lead to packets',
        nextSteps: [expect.stringMatching(/frames and capture_id, or tx/)],
      }),
    )
    expect(() => packetText(source(['frames'], []), 'filter', lookup(two))).toThrow(/several captures/)
  })

  test('a filter that is too long is said to be', () => {
    const rows = source(
      ['frames'],
      Array.from({ length: 20_000 }, (_, i) => [`${i * 2 + 1}`]),
    )
    const { text, notes } = packetText(rows, 'filter', lookup())
    expect(text.length).toBeGreaterThan(100_000)
    expect(notes).toEqual([expect.stringMatching(/has \d+ characters.*audit packets/)])
  })
})
