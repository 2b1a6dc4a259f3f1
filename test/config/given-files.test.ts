import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { RunRecord } from '../../src/app/run-record.js'
import { parseConfig, readConfig } from '../../src/config/read-config.js'
import { settingsDocument } from '../../src/config/settings.js'
import { protocols } from '../../src/protocols/registry.js'

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex')
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'given-'))
  writeFileSync(join(folder, 'a.thrift'), 'service A { void f() }')
  writeFileSync(join(folder, 'bad.thrift'), 'service A {\n void f( }')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const read = (names: string) => {
  const file = join(folder, 'audit.yml')
  writeFileSync(file, `protocols:\n  - type: thrift\n    idl_files: ${names}\n`)
  return readConfig(file, protocols)
}

it('reads the files that an option names, relative to the configuration', async () => {
  const { settings } = await read('[a.thrift]')
  expect(settings.protocols.get('thrift')!.options.idl_files).toEqual([
    { name: 'a.thrift', text: 'service A { void f() }', sha256: sha256('service A { void f() }') },
  ])
})
it('says their names, not their contents, in the settings as a document', async () => {
  const { settings } = await read('a.thrift')
  const written = settingsDocument(settings).protocols as { type: string; idl_files?: unknown }[]
  expect(written.find((one) => one.type === 'thrift')!.idl_files).toEqual(['a.thrift'])
})
it('keeps the hash of each in the run row, so that the hash of the configuration covers their contents', async () => {
  const runRow = async () => {
    const { settings } = await read('[a.thrift]')
    const facts = {
      version: '1',
      commandLine: '',
      plugins: [],
      showSecrets: false,
      strictChecksums: false,
      start: undefined,
      end: undefined,
    }
    return new RunRecord({ ...facts, settings }).row()
  }
  const before = await runRow()
  expect((before.config as { files?: unknown }).files).toEqual([
    { protocol: 'thrift', option: 'idl_files', name: 'a.thrift', sha256: sha256('service A { void f() }') },
  ])
  expect((await runRow()).config_hash).toBe(before.config_hash)
  // The bytes count, not what they decode to.
  writeFileSync(join(folder, 'a.thrift'), Buffer.concat([Buffer.from('service A { void f() } // '), Buffer.from([0xff])]))
  const other = await runRow()
  writeFileSync(join(folder, 'a.thrift'), Buffer.concat([Buffer.from('service A { void f() } // '), Buffer.from([0xfe])]))
  const third = await runRow()
  expect(new Set([before, other, third].map((row) => row.config_hash)).size).toBe(3)
})
it('refuses files that are missing or that their protocol cannot read, with the line', async () => {
  await expect(read('[none.thrift]')).rejects.toThrow(/none\.thrift: no such file/)
  await expect(read('[bad.thrift]')).rejects.toThrow(/audit\.yml:3.*bad\.thrift: line 2/)
})
it('reads no file for a configuration that is none', () => {
  expect(() => parseConfig('protocols: [{type: thrift, idl_files: [a.thrift]}]', 'x', protocols)).toThrow(
    /only be named in a configuration file/,
  )
})
