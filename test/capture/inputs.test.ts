import { chmodSync, mkdirSync, symlinkSync } from 'node:fs'
import { join, relative } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { expandGlob, matchesName } from '../../src/capture/glob.js'
import { resolveInputs } from '../../src/capture/inputs.js'
import { frame, gzip, pcap, pcapng, section } from '../support/captures.js'
import { Folder } from '../support/read-capture.js'

const folder = new Folder()
const at = (path: string) => join(folder.path, path)
const shorten = (paths: readonly string[]) => paths.map((p) => (p === '-' ? p : relative(folder.path, p)))

beforeAll(() => {
  const bytes = pcap([frame('x')])
  for (const path of ['tree/b/deep', 'tree/.hidden', 'tree/nothing', 'other']) mkdirSync(at(path), { recursive: true })
  folder.file('tree/z.pcap', bytes)
  folder.file('tree/a.bin', pcapng(section()))
  folder.file('tree/notes.txt', 'not a capture')
  folder.file('tree/empty.pcap', '')
  folder.file('tree/b/one.pcap.gz', gzip(bytes))
  folder.file('tree/b/text.gz', gzip(Buffer.from('text')))
  folder.file('tree/b/deep/two.pcapng', pcapng(section()))
  folder.file('tree/b/packed.pcap.zst', Buffer.from('28b52ffd00', 'hex'))
  folder.file('tree/b/packed.log.zst', Buffer.from('28b52ffd00', 'hex'))
  folder.file('tree/.hidden/h.pcap', bytes)
  folder.file('tree/.dot.pcap', bytes)
  folder.file('tree/nothing/readme', 'no capture here')
  folder.file('other/[1].pcap', bytes)
  folder.file('other/1.pcap', bytes)
  symlinkSync('..', at('tree/b/loop'))
  symlinkSync('../z.pcap', at('tree/b/link.pcap'))
  symlinkSync('nowhere', at('tree/b/broken'))
})
afterAll(() => folder.done())

describe('inputs', () => {
  test('files keep their order; the same file twice counts once', async () => {
    const got = await resolveInputs([
      at('tree/z.pcap'),
      at('tree/notes.txt'),
      at('tree/b/link.pcap'),
      at('tree/../tree/z.pcap'),
      at('tree/a.bin'),
    ])
    expect(shorten(got.files)).toEqual(['tree/z.pcap', 'tree/notes.txt', 'tree/a.bin'])
    expect(got.missing).toEqual([])
  })

  test('a folder: its captures by content, sorted; links, loops and hidden names do no harm', async () => {
    const got = await resolveInputs([at('tree')])
    expect(shorten(got.files)).toEqual([
      'tree/a.bin',
      'tree/b/deep/two.pcapng',
      'tree/b/link.pcap',
      'tree/b/one.pcap.gz',
      'tree/b/packed.pcap.zst',
    ])
    expect(got.emptyDirectories).toEqual([])
  })

  test('a folder without captures', async () => {
    expect(await resolveInputs([at('tree/nothing')])).toEqual({ files: [], missing: [], emptyDirectories: [at('tree/nothing')] })
  })

  test('names that lead to nothing', async () => {
    const none = [at('no.pcap'), at('tree/*.nope')]
    expect(await resolveInputs(none)).toEqual({ files: [], missing: none, emptyDirectories: [] })
  })

  test('patterns, and a folder that a pattern finds', async () => {
    expect(shorten((await resolveInputs([at('tree/*.[bp]*')])).files)).toEqual(['tree/a.bin', 'tree/empty.pcap', 'tree/z.pcap'])
    expect(shorten((await resolveInputs([at('tree/b/d*')])).files)).toEqual(['tree/b/deep/two.pcapng'])
    expect(shorten((await resolveInputs([at('tree/**/*.pcapng')])).files)).toEqual(['tree/b/deep/two.pcapng'])
  })

  test('a file whose name looks like a pattern is that file', async () => {
    expect(shorten((await resolveInputs([at('other/[1].pcap')])).files)).toEqual(['other/[1].pcap'])
  })

  test('standard input, once', async () => {
    expect((await resolveInputs(['-', at('tree/z.pcap'), '-'])).files).toEqual(['-', at('tree/z.pcap')])
  })

  test.skipIf(process.getuid?.() === 0)('a capture that may not be read is named, not passed over', async () => {
    mkdirSync(at('locked'))
    chmodSync(folder.file('locked/a.pcap', 'x'), 0)
    expect(shorten((await resolveInputs([at('locked')])).files)).toEqual(['locked/a.pcap'])
  })
})

describe('a name and a pattern', () => {
  const cases: readonly [string, string, boolean][] = [
    ['*', 'abc', true],
    ['*', '.abc', false],
    ['.*', '.abc', true],
    ['*.pcap', 'a.pcap', true],
    ['*.pcap', 'a.pcapng', false],
    ['*.pcap*', 'a.pcapng', true],
    ['a*b*c', 'aXbYbZc', true],
    ['a*b*c', 'aXbY', false],
    ['?', '', false],
    ['?', 'é', true],
    ['a?c', 'abc', true],
    ['[abc]', 'b', true],
    ['[!abc]', 'b', false],
    ['[^abc]', 'd', true],
    ['[a-f0-9]*', 'e1', true],
    ['[a-f0-9]*', 'g1', false],
    ['[]]', ']', true],
    ['[]-a]', '^', true],
    ['[a-]', '-', true],
    ['[abc', '[abc', true],
    ['[abc', 'a', false],
    ['\\*', '*', true],
    ['\\*', 'x', false],
    ['[\\]]', ']', true],
    ['', '', true],
    ['', 'a', false],
    ['a', '', false],
  ]
  for (const [pattern, name, matches] of cases)
    test(`${pattern} and ${name}`, () => {
      expect(matchesName(pattern, name)).toBe(matches)
    })

  test('many stars against a long name take no time', () => {
    expect(matchesName(`${'*a'.repeat(50)}b`, 'a'.repeat(5000))).toBe(false)
  })
})

test('patterns over folders', () => {
  const found = (pattern: string) => shorten(expandGlob(at(pattern)))
  expect(found('*/*.pcap')).toEqual(['other/1.pcap', 'other/[1].pcap', 'tree/empty.pcap', 'tree/z.pcap'])
  expect(found('tree/**/*.gz')).toEqual(['tree/b/one.pcap.gz', 'tree/b/text.gz'])
  expect(found('tree/b/**')).toContain('tree/b/deep/two.pcapng')
  expect(found('tree/**/**/deep/*')).toEqual(['tree/b/deep/two.pcapng'])
  expect(found('tree/.h*/*')).toEqual(['tree/.hidden/h.pcap'])
  expect(found('tree/b/l*/z.pcap')).toEqual(['tree/b/loop/z.pcap'])
  expect(found('none/*')).toEqual([])
})
