/** Zeek's logs: how values are written, and what the samples become. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exportCase } from '../../src/app/export.js'
import { type ZeekType, zeekHeader, zeekLine, zeekValue } from '../../src/export/zeek/log-text.js'
import { protocols } from '../../src/protocols/registry.js'
import { type Analysed, caseOf } from '../support/case-of.js'

describe('values', () => {
  const cases: [ZeekType, unknown, string][] = [
    ['time', 1440662455638957123n, '1440662455.638957'],
    ['time', 5n, '0.000000'],
    ['time', -1_500_000_000n, '-1.500000'],
    ['interval', 61782000, '0.061782'],
    ['interval', undefined, '-'],
    ['interval', 'soon', '-'],
    ['count', 0, '0'],
    ['count', 2n ** 63n - 1n, '9223372036854775807'],
    ['count', -1, '-'],
    ['count', 1.5, '-'],
    ['bool', true, 'T'],
    ['bool', false, 'F'],
    ['string', '', '(empty)'],
    ['string', '-', '\\x2d'],
    ['string', '(empty)', '\\x28empty)'],
    ['string', '--', '--'],
    ['string', 'a\tb\nc\\d\r\x00', 'a\\x09b\\x0ac\\x5cd\\x0d\\x00'],
    ['string', 'a,b', 'a,b'],
    ['string', 'Grüße ☕', 'Grüße ☕'],
    ['string', 'a\u202eb\u0085', 'a\\xe2\\x80\\xaeb\\xc2\\x85'],
    ['set[string]', [], '(empty)'],
    ['set[string]', undefined, '-'],
    ['set[string]', ['a,b', '-', '', 'c'], 'a\\x2cb,\\x2d,(empty),c'],
    ['vector[string]', ['x', undefined], 'x,-'],
    ['vector[interval]', [300_000_000_000n], '300.000000'],
    ['vector[string]', 'no list', '-'],
  ]
  it.each(cases)('%s %s -> %s', (type, value, text) => expect(zeekValue(type, value)).toBe(text))

  it('a line never begins like a comment', () => expect(zeekLine(['#close', 'x'])).toBe('\\x23close\tx\n'))

  it('the header', () =>
    expect(zeekHeader('conn', 1440662455_638957000n, ['ts', 'uid'], ['time', 'string'])).toBe(
      '#separator \\x09\n#set_separator\t,\n#empty_field\t(empty)\n#unset_field\t-\n#path\tconn\n#open\t2015-08-27-08-00-55\n#fields\tts\tuid\n#types\ttime\tstring\n',
    ))
})

describe('samples', () => {
  let analysed: Analysed
  const log = (name: string, folder = 'zeek'): string => readFileSync(join(analysed.folder, folder, `${name}.log`), 'utf8')
  /** Rows as objects by field name. */
  const rows = (name: string): Record<string, string>[] => {
    const lines = log(name).split('\n')
    const names = lines
      .find((line) => line.startsWith('#fields'))!
      .split('\t')
      .slice(1)
    return lines
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const cells = line.split('\t')
        expect(cells).toHaveLength(names.length)
        return Object.fromEntries(names.map((field, i) => [field, cells[i]!]))
      })
  }

  beforeAll(async () => {
    analysed = await caseOf([
      'samples/smtp.pcap',
      'samples/http/get.pcap',
      'samples/dns/udp.pcap',
      'samples/mysql/types.pcap',
      'samples/tls/alerts.pcap',
      'samples/icmp/unreachable.pcap',
    ])
    for (const folder of ['zeek', 'again'])
      await exportCase({ path: analysed.path, format: 'zeek', output: join(analysed.folder, folder), protocols, version: '0' })
  })
  afterAll(() => analysed.remove())

  it('the same case gives the same bytes, whenever it is exported', () => {
    for (const name of ['conn', 'dns', 'http', 'mysql', 'smtp', 'ssl']) expect(log(name, 'again')).toBe(log(name))
  })

  it('fields and types are as many, and the log is closed', () => {
    for (const name of ['conn', 'dns', 'http', 'mysql', 'smtp', 'ssl']) {
      const lines = log(name).split('\n')
      const [fields, types] = ['#fields', '#types'].map((mark) => lines.find((line) => line.startsWith(mark))!.split('\t'))
      expect(types).toHaveLength(fields!.length)
      expect(lines.at(-2)).toMatch(/^#close\t\d{4}(-\d\d){5}$/)
      expect(lines.at(-1)).toBe('')
    }
  })

  it('rows of a log and of conn.log share their uid', () => {
    const connections = new Map(rows('conn').map((row) => [row.uid, row]))
    for (const name of ['dns', 'http', 'mysql', 'smtp', 'ssl'])
      for (const row of rows(name))
        expect(connections.get(row.uid!)).toMatchObject({ 'id.orig_h': row['id.orig_h'], 'id.orig_p': row['id.orig_p'] })
  })

  it('of ICMP the ports are type and code', () =>
    expect(rows('conn').find((row) => row.proto === 'icmp' && row['id.orig_p'] === '3')).toMatchObject({
      'id.resp_p': expect.stringMatching(/^\d+$/),
    }))

  it('transactions of a connection are counted', () => {
    const first = rows('http')[0]!
    const same = rows('http').filter((row) => row.uid === first.uid)
    expect(same.map((row) => row.trans_depth)).toEqual(same.map((_, i) => String(i + 1)))
  })

  it('words and numbers of DNS', () =>
    expect(rows('dns')[0]).toMatchObject({
      qclass: '1',
      qclass_name: 'C_INTERNET',
      qtype: '1',
      qtype_name: 'A',
      rcode: '0',
      rcode_name: 'NOERROR',
    }))

  it('the user of a login is its argument', () => expect(rows('mysql').find((row) => row.cmd === 'login')?.arg).not.toBe('-'))
})
