import { inflateRawSync } from 'node:zlib'
import { readXlsx } from 'hucre/xlsx'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { describe, expect, test } from 'vitest'
import { writeParquet } from '../../src/report/format/parquet-rows.js'
import type { Value } from '../../src/report/format/row-format.js'
import type { ByteSink, RowSource } from '../../src/report/format/row-source.js'
import { CELL_LENGTH, SHEET_ROWS, writeXlsx } from '../../src/report/format/xlsx-rows.js'

class Bytes implements ByteSink {
  parts: Uint8Array[] = []
  restarts = 0
  largest = 0
  write(bytes: Uint8Array): void {
    this.largest = Math.max(this.largest, bytes.length)
    this.parts.push(bytes.slice())
  }
  restart(): void {
    this.parts = []
    this.restarts++
  }
  get all(): Buffer {
    return Buffer.concat(this.parts)
  }
}

const source = (columns: Record<string, string | null>, rows: () => Iterable<Value[]>): RowSource => ({
  columns: Object.entries(columns).map(([name, declared]) => ({ name, declared, table: null, origin: null })),
  rows,
})

async function parquet(
  from: RowSource,
): Promise<{ rows: Record<string, unknown>[]; types: (string | undefined)[]; bytes: Bytes; groups: number }> {
  const bytes = new Bytes()
  await writeParquet(from, bytes)
  const file = new Uint8Array(bytes.all).buffer
  const { schema, row_groups } = parquetMetadata(file)
  return { rows: await parquetReadObjects({ file }), types: schema.slice(1).map(({ type }) => type), bytes, groups: row_groups.length }
}

const HOSTILE = '\u001b[2J=cmd()|"x"\n<a&b>\u202e|_x0041_'

describe('Parquet', () => {
  test('keeps every value: 64 bits, NULL, empty text, bytes, what a terminal would obey', async () => {
    const { rows, types } = await parquet(
      source({ ts_ns: 'INTEGER', half: null, word: 'TEXT', raw: null }, () => [
        [9223372036854775807n, 0.5, HOSTILE, new Uint8Array([0, 255])],
        [-9223372036854775808n, null, '', null],
        [null, -1e300, null, new Uint8Array()],
      ]),
    )
    expect(types).toEqual(['INT64', 'DOUBLE', 'BYTE_ARRAY', 'BYTE_ARRAY'])
    expect(rows.map((row) => [row.ts_ns, row.half, row.word])).toEqual([
      [9223372036854775807n, 0.5, HOSTILE],
      [-9223372036854775808n, null, ''],
      [null, -1e300, null],
    ])
  })

  test('has a schema without rows, and numbers columns of one name', async () => {
    const { rows, types } = await parquet({
      ...source({ a: 'INTEGER', b: null }, () => []),
      columns: ['a', 'a', 'b'].map((name) => ({ name, declared: name === 'a' ? 'INTEGER' : null, table: null, origin: null })),
    })
    expect([rows, types]).toEqual([[], ['INT64', 'INT64', 'BYTE_ARRAY']])
  })

  test.each<[string, Value[], string, unknown[]]>([
    ['integers and floats', [1n, 0.5], 'DOUBLE', [1, 0.5]],
    ['integers that no float holds, and floats', [9007199254740993n, 0.5], 'BYTE_ARRAY', ['9007199254740993', '0.5']],
    ['numbers and texts', [1n, 'x'], 'BYTE_ARRAY', ['1', 'x']],
    ['texts and bytes', ['x', new Uint8Array([1, 171])], 'BYTE_ARRAY', ['x', '01ab']],
  ])('of %s makes a type that holds both', async (_, values, type, expected) => {
    const { rows, types } = await parquet(source({ v: null }, () => values.map((value) => [value])))
    expect([types, rows.map(({ v }) => v)]).toEqual([[type], expected])
  })

  test('is written in groups, and once more when a late value does not fit', async () => {
    const COUNT = 65_000
    function* many(last: Value): Generator<Value[]> {
      for (let i = 0; i < COUNT; i++) yield [BigInt(i), `text ${i}`]
      yield [last, null]
    }
    const fits = await parquet(source({ a: null, b: null }, () => many(5n)))
    expect([fits.rows.length, fits.types[0], fits.bytes.restarts, fits.groups]).toEqual([COUNT + 1, 'INT64', 0, 4])
    const late = await parquet(source({ a: null, b: null }, () => many('late')))
    expect([late.rows.length, late.types[0], late.bytes.restarts]).toEqual([COUNT + 1, 'BYTE_ARRAY', 1])
    expect([late.rows[7]!.a, late.rows[COUNT]!.a]).toEqual(['7', 'late'])
  }, 30_000)

  test('gives up on a query whose types differ each time', async () => {
    let runs = 0
    const from = source({ a: null }, function* () {
      runs++
      for (let i = 0; i < 20_000; i++) yield [runs === 1 ? 1n : 'x']
      yield ['x']
      yield [new Uint8Array(1)]
      if (runs > 1) for (let i = 0; i < 20_000; i++) yield [1n]
    })
    // Text holds whatever the second run gives.
    expect((await parquet(from)).types).toEqual(['BYTE_ARRAY'])
    const twice = { runs: 0 }
    const worse = source({ a: null }, function* () {
      twice.runs++
      for (let i = 0; i < 20_000; i++) yield [1n]
      yield [twice.runs === 1 ? 0.5 : 'x']
    })
    await expect(parquet(worse)).rejects.toThrow(/other types/)
  })
})

async function xlsx(from: RowSource): Promise<{ xml: string; rows: unknown[][]; notes: readonly string[]; sheets: string[] }> {
  const bytes = new Bytes()
  const notes = await writeXlsx(from, bytes)
  const { sheets } = await readXlsx(bytes.all)
  return { xml: sheetXml(bytes.all), rows: sheets[0]!.rows, notes, sheets: sheets.map(({ name }) => name) }
}

/** The first part of the archive, as it is there. */
function sheetXml(zip: Buffer): string {
  const nameLength = zip.readUInt16LE(26)
  return inflateRawSync(zip.subarray(30 + nameLength + zip.readUInt16LE(28))).toString('utf8')
}

describe('an Excel workbook', () => {
  test('types texts as texts: nothing is a formula, and no control code is left', async () => {
    const formulas = ['=1+1', '+cmd', '-2+3', '@SUM(A1)', '\t=1', HOSTILE]
    const { xml, rows } = await xlsx(source({ '=a': null }, () => formulas.map((text) => [text])))
    expect(xml).not.toMatch(/<f[ >]/)
    expect(xml.match(/<c /g)).toHaveLength(formulas.length + 1)
    expect(xml.match(/<c r="A\d+" t="inlineStr">/g)).toHaveLength(formulas.length + 1)
    expect(xml).not.toMatch(/[\0-\x08\x0b-\x1f\u202e]/)
    expect(rows.map(([cell]) => cell)).toEqual([
      '=a',
      '=1+1',
      '+cmd',
      '-2+3',
      '@SUM(A1)',
      '\u2409=1',
      '\u241b[2J=cmd()|"x"\n<a&b>\\u202e|_x0041_',
    ])
  })

  test('keeps all digits: beyond 15 an integer is text', async () => {
    const { rows } = await xlsx(
      source({ a: 'INTEGER', b: 'REAL', c: 'BLOB' }, () => [
        [999999999999999n, 0.1, new Uint8Array([0, 255])],
        [1000000000000000n, Number.POSITIVE_INFINITY, null],
        [-1440662455638957001n, -5, ''],
      ]),
    )
    expect(rows.slice(1)).toEqual([
      [999999999999999, 0.1, '00ff'],
      ['1000000000000000', 'Infinity', null],
      ['-1440662455638957001', -5, ''],
    ])
  })

  test('tells what a cell does not hold', async () => {
    const { rows, notes } = await xlsx(source({ a: 'TEXT' }, () => [['x'.repeat(CELL_LENGTH)], ['😀'.repeat(CELL_LENGTH)]]))
    const [, [whole], [cut]] = rows as [unknown, [string], [string]]
    expect([whole.length, cut.length, cut.endsWith('😀\u2026')]).toEqual([CELL_LENGTH, CELL_LENGTH, true])
    expect(notes).toEqual([expect.stringMatching(/^1 text is longer than the 32767 characters/)])
  })

  test('goes on in another sheet, and says so', async () => {
    const bytes = new Bytes()
    const notes = await writeXlsx(
      source({ a: 'INTEGER' }, function* () {
        for (let i = 0; i < SHEET_ROWS; i++) yield [BigInt(i)]
      }),
      bytes,
    )
    expect(notes).toEqual([`${SHEET_ROWS} rows are more than a sheet holds: they go on in 2 sheets, rows to rows_2`])
    expect(bytes.all.toString('latin1')).toContain('xl/worksheets/sheet2.xml')
    expect(bytes.largest).toBeLessThan(1024 * 1024)
  }, 60_000)

  test('is the same bytes for the same rows', async () => {
    const one = new Bytes()
    const other = new Bytes()
    for (const bytes of [one, other])
      await writeXlsx(
        source({ a: null }, () => [[1n], ['x']]),
        bytes,
      )
    expect(one.all.equals(other.all)).toBe(true)
  })
})
