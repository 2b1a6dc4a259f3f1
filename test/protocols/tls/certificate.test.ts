import { describe, expect, it } from 'vitest'
import { readCertificate } from '../../../src/protocols/tls/certificate.js'

const u8 = (...bytes: number[]): Buffer => Buffer.from(bytes)
function tlv(tag: number, ...parts: (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => Buffer.from(part as string)))
  const n = body.length
  return Buffer.concat([u8(tag, ...(n < 128 ? [n] : n < 65536 ? [0x82, n >> 8, n & 255] : [0x83, n >> 16, (n >> 8) & 255, n & 255])), body])
}
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const algorithm = tlv(0x30, tlv(6, hex('2a864886f70d01010b')), tlv(5))
const key = tlv(0x30, algorithm, tlv(3, u8(0), tlv(0x30, tlv(2, hex('00c0ffee01')), tlv(2, hex('010001')))))
const name = (...values: Buffer[]): Buffer => tlv(0x30, ...values.map((value) => tlv(0x31, tlv(0x30, tlv(6, hex('550403')), value))))
const [utc, general] = [0x17, 0x18].map((tag) => (text: string) => tlv(tag, text)) as [(text: string) => Buffer, (text: string) => Buffer]

interface Parts {
  serial?: Buffer
  signature?: Buffer
  times?: [Buffer, Buffer]
  subject?: Buffer
  names?: Buffer[]
}
/** A certificate under a signature of nothing. */
function read({ serial = u8(1), signature = algorithm, times = [utc('200101000000Z'), utc('300101000000Z')], subject, names }: Parts) {
  const extensions = names && tlv(0xa3, tlv(0x30, tlv(0x30, tlv(6, hex('551d11')), tlv(4, tlv(0x30, ...names)))))
  const fields = [tlv(2, serial), signature, name(tlv(0x0c, 'Issuer')), tlv(0x30, ...times), subject ?? name(tlv(0x0c, 'a')), key]
  const tbs = tlv(0x30, tlv(0xa0, tlv(2, u8(2))), ...fields, extensions ?? '')
  return readCertificate(tlv(0x30, tbs, algorithm, tlv(3, u8(0, 0))), false)
}

describe('an odd certificate', () => {
  it.each([
    ['NumericString', tlv(0x12, '12 3'), 'CN=12 3'],
    ['VisibleString', tlv(0x1a, 'a'), 'CN=a'],
    ['GeneralString', tlv(0x1b, 'a'), 'CN=a'],
    ['BMPString', tlv(0x1e, hex('00e90042')), 'CN=éB'],
    ['UniversalString', tlv(0x1c, hex('00000041')), 'CN=A'],
    ['TeletexString', tlv(0x14, hex('e9')), 'CN=é'],
    ['Latin-1 that says it is UTF-8', tlv(0x0c, hex('e9ff')), 'CN=éÿ'],
    ['what needs escapes', tlv(0x0c, ' #a,"b" '), 'CN=\\ #a\\,\\"b\\"\\ '],
    ['no text at all', tlv(2, u8(5)), 'CN=#020105'],
  ])('has a name of %s', (_, value, text) => {
    const { subject } = read({ subject: name(value) })
    expect(subject).toMatchObject({ text, parts: { distinguished_name: text } })
    expect(subject!.commonName === undefined).toBe(text.includes('#0'))
  })

  it.each([
    [utc('2001010000Z'), '2020-01-01T00:00:00.000Z'],
    [utc('491231235959Z'), '2049-12-31T23:59:59.000Z'],
    [utc('500101000000Z'), '1950-01-01T00:00:00.000Z'],
    [utc('200101000000+0130'), '2019-12-31T22:30:00.000Z'],
    [general('20510101000000Z'), '2051-01-01T00:00:00.000Z'],
    [general('99991231235959Z'), '9999-12-31T23:59:59.000Z'],
    [general('00010101000000Z'), '0001-01-01T00:00:00.000Z'],
    [utc('201301000000Z'), undefined],
    [utc('tomorrow'), undefined],
    // Of which place is not said: it must not be this machine's.
    [general('20200101000000'), undefined],
  ])('has a time of %s', (time, text) => {
    const certificate = read({ times: [time, utc('491231235959Z')] })
    expect(certificate).toMatchObject({ readable: true, notBefore: text, notAfter: '2049-12-31T23:59:59.000Z' })
  })

  it('that OpenSSL refuses has its times all the same', () => {
    // Bytes of filling before a positive number.
    const certificate = read({ serial: hex('00000001'), times: [utc('200101000000Z'), utc('tomorrow')] })
    expect(certificate).toMatchObject({ authority: undefined, notBefore: '2020-01-01T00:00:00.000Z', notAfter: undefined })
  })

  it.each([
    ['00', '00'],
    ['00ff', 'FF'],
    ['ff01', 'FF01'],
    ['55'.repeat(1000), '55'.repeat(64)],
  ])('has the serial number %#', (serial, text) => {
    expect(read({ serial: hex(serial) }).serial).toBe(text)
  })

  it('has alternative names of every kind, and those that cannot be read hide no others', () => {
    const { alternativeNames, hosts } = read({
      names: [
        tlv(0xa0, tlv(6, hex('2b060104018237140203')), tlv(0xa0, tlv(0x0c, 'user@a.example'))),
        tlv(0xa5, tlv(0xa1, tlv(0x0c, 'party'))),
        tlv(0xa3, tlv(0x30)),
        tlv(0xa0, u8(1, 1, 0)),
        tlv(0x82, 'a.example'),
        tlv(0x87, hex('7f000001')),
        tlv(0x87, hex('20010db8000000000000000000000001')),
        tlv(0x87, hex('00000000000000000000ffff7f000001')),
        tlv(0x87, hex('0102')),
        tlv(0x81, 'm@a.example'),
        tlv(0x86, 'http://a.example'),
        tlv(0xa4, name(tlv(0x0c, 'd'))),
      ],
    })
    expect(hosts).toEqual(['a.example'])
    expect(alternativeNames).toEqual([
      'a.example',
      '127.0.0.1',
      '2001:db8::1',
      '::ffff:127.0.0.1',
      '0102',
      'm@a.example',
      'http://a.example',
      'CN=d',
    ])
  })
})

describe('a certificate that is too much', () => {
  it('is told up to the caps', () => {
    const names = Array.from({ length: 2000 }, (_, i) => tlv(0x82, `host${i}.example`))
    expect(read({ names }).alternativeNames).toHaveLength(512)
    const { commonName, text } = read({ subject: name(tlv(0x0c, 'y'.repeat(2000))) }).subject!
    expect([commonName!.length, text.length]).toEqual([1024, 1027])
    expect(read({ subject: name(...Array.from({ length: 70 }, () => tlv(0x0c, 'x'))) }).subject!.parts.common_name).toHaveLength(64)
    const long = tlv(0x30, tlv(6, Buffer.alloc(2000, 1)))
    expect(read({ signature: long }).signatureAlgorithm).toHaveLength(128)
  })

  it('is unreadable beyond them, and its hashes stand', () => {
    const large = read({ serial: Buffer.alloc(70_000, 1) })
    expect(large).toMatchObject({ readable: false, subject: undefined, sha1: expect.stringMatching(/^[0-9A-F]{40}$/) })
    expect(read({ subject: name(...Array.from({ length: 2000 }, () => tlv(0x0c, 'x'))) }).readable).toBe(false)
    let deep = tlv(5)
    for (let i = 0; i < 5000; i++) deep = tlv(0x30, deep)
    expect(read({ signature: deep }).readable).toBe(false)
  })
})
