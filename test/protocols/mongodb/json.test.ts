/** Extended JSON straight from the bytes: what the library says, valid however it is cut, and bounded. */
import { Binary, BSONRegExp, Code, Decimal128, type Document, Double, EJSON, Int32, Long, MaxKey, MinKey, ObjectId, Timestamp } from 'bson'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { JsonWriter } from '../../../src/protocols/mongodb/json.js'
import { Masking, Secrecy } from '../../../src/protocols/mongodb/masking.js'
import { bson } from './talk.js'

const write = (bytes: Buffer, limit = 1 << 20) => {
  const writer = new JsonWriter(new Masking(() => 'xxxxx'), limit)
  writer.document(bytes, 0, bytes.length, Secrecy.none)
  return writer
}
const text = (doc: Document): string => write(bson(doc)).text

describe('extended JSON', () => {
  test.each<[Document, string]>([
    [{ a: new Int32(-7), b: new Double(1.5), c: new Double(-0), d: new Double(2) }, '{"a":-7,"b":1.5,"c":-0.0,"d":2}'],
    [{ a: Long.fromString('9007199254740991') }, '{"a":9007199254740991}'],
    [{ a: Long.fromString('9007199254740993') }, '{"a":{"$numberLong":"9007199254740993"}}'],
    [{ a: Long.MIN_VALUE }, '{"a":{"$numberLong":"-9223372036854775808"}}'],
    [{ a: new Double(Number.NaN), b: new Double(-Infinity) }, '{"a":{"$numberDouble":"NaN"},"b":{"$numberDouble":"-Infinity"}}'],
    [{ a: new Date('2026-03-05T06:10:00.120Z') }, '{"a":{"$date":"2026-03-05T06:10:00.120Z"}}'],
    [{ a: new Date('2026-03-05T06:10:00Z'), b: new Date(-1) }, '{"a":{"$date":"2026-03-05T06:10:00Z"},"b":{"$date":{"$numberLong":"-1"}}}'],
    [{ a: new ObjectId('55b0f4dcb643765eb250bef1') }, '{"a":{"$oid":"55b0f4dcb643765eb250bef1"}}'],
    [{ a: Decimal128.fromString('1250.75') }, '{"a":{"$numberDecimal":"1250.75"}}'],
    [{ a: new Timestamp({ t: 4294967295, i: 3 }) }, '{"a":{"$timestamp":{"t":4294967295,"i":3}}}'],
    [{ a: new Binary(Buffer.from('seal'), 0) }, '{"a":{"$binary":{"base64":"c2VhbA==","subType":"00"}}}'],
    [{ a: new BSONRegExp('^a"', 'i') }, '{"a":{"$regularExpression":{"pattern":"^a\\"","options":"i"}}}'],
    [{ a: new Code('x()', { y: 1 }) }, '{"a":{"$code":"x()","$scope":{"y":1}}}'],
    [{ a: new MinKey(), b: new MaxKey(), c: null }, '{"a":{"$minKey":1},"b":{"$maxKey":1},"c":null}'],
    [{ a: [1, [2, { b: [] }]], '': 'ö"\n' }, '{"a":[1,[2,{"b":[]}]],"":"ö\\"\\n"}'],
  ])('%#', (doc, expected) => {
    expect(text(doc)).toBe(expected)
  })

  test('says what the library says', () => {
    const scalar = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc.integer({ min: -2147483648, max: 2147483647 }),
      fc.boolean(),
      fc.constant(null),
      fc.date({ min: new Date(0), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }),
      fc.bigInt({ min: -9007199254740991n, max: 9007199254740991n }).map((n) => Long.fromBigInt(n)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => new Binary(bytes)),
    )
    const { tree } = fc.letrec<{ tree: Document }>((tie) => ({
      tree: fc.dictionary(
        // Names of no secrets, without zero bytes.
        fc.string({ maxLength: 6 }).map((name) => `f${name.replaceAll('\0', '')}`),
        fc.oneof({ maxDepth: 4 }, scalar, tie('tree'), fc.array(scalar, { maxLength: 4 })),
        { maxKeys: 6 },
      ),
    }))
    fc.assert(
      fc.property(tree, (doc) => {
        // A text may hold an address or "password=" by chance: the mask then applies, which is not asked here.
        const shown = text(doc)
        if (!shown.includes('xxxxx')) expect(JSON.parse(shown)).toEqual(JSON.parse(EJSON.stringify(doc, { relaxed: true })))
      }),
      { numRuns: 300 },
    )
  })

  test('stays valid JSON at every limit and however the bytes are cut', () => {
    const doc = {
      name: 'a long text that goes on',
      list: [1, 2, 3, { deep: [{ er: true }] }],
      bytes: new Binary(Buffer.alloc(90)),
      when: new Date(0),
      re: /x+/i,
      code: new Code('f()', { a: 1 }),
      d: Decimal128.fromString('1E+3'),
      tail: 'end',
    }
    const bytes = bson(doc)
    for (let limit = 0; limit < 500; limit += 3) {
      const { text, cut } = write(bytes, limit)
      JSON.parse(text)
      if (!cut) expect(text).toBe(write(bytes).text)
    }
    for (let end = 0; end < bytes.length; end++) {
      JSON.parse(write(bytes.subarray(0, end)).text)
      const broken = Buffer.from(bytes)
      broken[end]! ^= 0xff
      JSON.parse(write(broken).text)
    }
  })

  test('a document deeper than any server takes is cut, one of 16 MB costs what is shown of it', () => {
    let deep: Document = { end: 1 }
    for (let i = 0; i < 2000; i++) deep = { a: deep }
    const one = write(bson(deep))
    expect(one.cut).toBe(true)
    JSON.parse(one.text)
    const large = write(bson({ a: 'x'.repeat(12 << 20), b: new Binary(Buffer.alloc(1 << 20)) }), 500)
    expect(large.text.length).toBeLessThan(1200)
    expect(large.cut).toBe(true)
  })
})
