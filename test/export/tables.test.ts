/** CSV and Parquet against what SQL says; and what is left when an export cannot be finished. */
import { chmodSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parquetMetadata, parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ExportFormat, exportCase } from '../../src/app/export.js'
import { openCase } from '../../src/case/open-case.js'
import { protocols } from '../../src/protocols/registry.js'
import { nanosecondsOf, parquetValue } from '../../src/report/format/parquet-column.js'
import { ParquetFile } from '../../src/report/format/parquet-writer.js'
import { type Analysed, caseOf } from '../support/case-of.js'

let analysed: Analysed
const at = (...names: string[]): string => join(analysed.folder, ...names)
const write = (format: ExportFormat, output: string, more: { force?: boolean; path?: string } = {}) =>
  exportCase({ path: analysed.path, format, output: at(output), protocols, version: '0', ...more })
const buffer = (path: string): ArrayBuffer => new Uint8Array(readFileSync(path)).buffer

beforeAll(async () => {
  analysed = await caseOf(['samples/smtp.pcap', 'samples/http/get.pcap', 'samples/mysql/types.pcap'])
})
afterAll(() => analysed.remove())

describe('csv', () => {
  it('one file a protocol, and the tables beside them, for the owner alone', async () => {
    const { files } = await write('csv', 'csv')
    expect(files).toEqual(['http.csv', 'mysql.csv', 'smtp.csv', 'capture.csv', 'flow.csv', 'anomaly.csv', 'coverage.csv'])
    expect(readdirSync(at('csv')).sort()).toEqual([...files].sort())
    expect(statSync(at('csv', 'flow.csv')).mode & 0o777).toBe(0o600)
    expect(statSync(at('csv')).mode & 0o777).toBe(0o700)
    const db = openCase(analysed.path)
    const lines = readFileSync(at('csv', 'smtp.csv'), 'utf8').split('\n')
    expect(lines[0]!.split(',').slice(0, 5)).toEqual(['id', 'tx', 'flow_id', 'protocol', 'ts_ns'])
    expect(lines[1]!.split(',').slice(0, 2)).toEqual(
      Object.values(db.prepare('SELECT id, tx FROM smtp ORDER BY id').get() as object).map(String),
    )
    db.close()
  })

  it('what a spreadsheet would run is text', async () => {
    const other = await caseOf(['samples/smtp.pcap'])
    const { default: Database } = await import('better-sqlite3')
    const db = new Database(other.path)
    db.exec("UPDATE tx_smtp SET subject = '=cmd|calc'")
    db.close()
    await exportCase({ path: other.path, format: 'csv', output: at('formula'), protocols, version: '0' })
    const text = readFileSync(at('formula', 'smtp.csv'), 'utf8')
    expect(text).toContain(`,'=cmd|calc,`)
    expect(text).not.toContain(',=cmd')
    other.remove()
  })
})

describe('parquet', () => {
  it('rows, 64-bit integers and instants are those of the case', async () => {
    await write('parquet', 'parquet')
    const db = openCase(analysed.path)
    for (const table of ['mysql', 'flow', 'capture']) {
      const file = buffer(at('parquet', `${table}.parquet`))
      const rows = await parquetReadObjects({ file })
      const order = table === 'mysql' ? 'id' : 'rowid'
      const wanted = db.prepare(`SELECT * FROM "${table}" ORDER BY ${order}`).all() as Record<string, unknown>[]
      expect(rows).toHaveLength(wanted.length)
      const instants = parquetMetadata(file)
        .schema.filter(({ logical_type }) => logical_type?.type === 'TIMESTAMP')
        .map(({ name }) => name)
      expect(instants).toEqual(table === 'capture' ? [] : ['ts'])
      for (const [i, row] of rows.entries())
        for (const [name, value] of Object.entries(row)) {
          if (instants.includes(name)) continue
          const was = wanted[i]![name]
          if (value === null || was === null) expect(value ?? null, name).toBe(was)
          else if (typeof value === 'boolean') expect(value ? 1n : 0n, name).toBe(was)
          else if (typeof value === 'object') expect(JSON.stringify(value), name).toBe(was)
          else expect(value, name).toBe(was)
        }
    }
    db.close()
  })

  it('an instant is exact', () => {
    expect(nanosecondsOf('2015-08-27T08:00:55.638957123Z')).toBe(1440662455638957123n)
    expect(nanosecondsOf('1969-12-31T23:59:59.999999999Z')).toBe(-1n)
    expect(nanosecondsOf('yesterday')).toBeUndefined()
    expect(nanosecondsOf('9999-12-31T23:59:59.999999999Z')).toBeUndefined()
  })

  it('what does not fit its column is counted', () => {
    expect(parquetValue('int', 'twelve')).toBeUndefined()
    expect(parquetValue('bool', 'yes')).toBeUndefined()
    const chunks: Uint8Array[] = []
    const file = new ParquetFile([{ name: 'n', kind: 'int' }], (bytes) => chunks.push(bytes.slice()), 'test')
    file.row(['x'])
    file.row([7n])
    file.end()
    expect(file.misfits).toBe(1)
  })

  it('many rows are several groups, and memory holds one', async () => {
    const chunks: Uint8Array[] = []
    const file = new ParquetFile(
      [
        { name: 'n', kind: 'int' },
        { name: 't', kind: 'text' },
      ],
      (bytes) => chunks.push(bytes.slice()),
      'test',
    )
    for (let n = 0; n < 40_000; n++) file.row([BigInt(n), n % 3 === 0 ? null : `row ${n}`])
    file.end()
    const whole = new Uint8Array(Buffer.concat(chunks)).buffer
    expect(parquetMetadata(whole).row_groups.length).toBeGreaterThan(2)
    const rows = await parquetReadObjects({ file: whole })
    expect(rows).toHaveLength(40_000)
    expect(rows[39_998]).toEqual({ n: 39_998n, t: 'row 39998' })
  })
})

describe('targets', () => {
  it('a folder that holds something, and a file that exists, are left alone without --force', async () => {
    await write('csv', 'twice')
    await expect(write('csv', 'twice')).rejects.toThrow('is not empty')
    await write('csv', 'twice', { force: true })
    await write('ndjson', 'x.ndjson')
    await expect(write('ndjson', 'x.ndjson')).rejects.toThrow('exists')
    await write('ndjson', 'x.ndjson', { force: true })
    expect(statSync(at('x.ndjson')).mode & 0o777).toBe(0o600)
    await expect(
      exportCase({ path: analysed.path, format: 'ndjson', output: analysed.path, force: true, protocols, version: '0' }),
    ).rejects.toThrow('the case itself')
  })

  it('a folder that cannot be made, a file in its place', async () => {
    await expect(write('csv', 'no/such/folder')).rejects.toThrow('does not exist')
    writeFileSync(at('a-file'), '')
    await expect(write('zeek', 'a-file')).rejects.toThrow('is not a folder')
  })

  it.runIf(process.getuid?.() !== 0)('no permission', async () => {
    mkdirSync(at('closed'))
    chmodSync(at('closed'), 0o500)
    await expect(write('csv', 'closed')).rejects.toThrow('cannot be written')
  })

  it('a damaged case leaves no file and no folder', async () => {
    const bytes = readFileSync(analysed.path)
    // Behind the first pages, which hold the tables' declarations.
    bytes.fill(0xff, bytes.length >> 1)
    writeFileSync(at('damaged.sqlite'), bytes)
    for (const format of ['csv', 'parquet', 'zeek', 'ndjson'] as const) {
      const output = format === 'ndjson' ? 'damaged.ndjson' : `damaged-${format}`
      await expect(write(format, output, { path: at('damaged.sqlite') })).rejects.toThrow('damaged')
      expect(readdirSync(analysed.folder).filter((name) => name.startsWith(output))).toEqual([])
    }
  })

  it('an interruption leaves nothing', async () => {
    const stop = new AbortController()
    stop.abort()
    for (const format of ['csv', 'ndjson'] as const)
      expect(
        await exportCase({ path: analysed.path, format, output: at(`stopped-${format}`), protocols, version: '0', signal: stop.signal }),
      ).toMatchObject({
        whole: false,
      })
    expect(readdirSync(analysed.folder).filter((name) => name.startsWith('stopped'))).toEqual([])
  })
})
