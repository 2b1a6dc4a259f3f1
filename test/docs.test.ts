/** The docs say what the program does: examples print what they show, generated parts are fresh, nothing is left out. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { examplesOf, matches, refreshExamples, runExamples } from '../scripts/doc-examples.js'
import { loadCommands } from '../scripts/doc-parts.js'
import { pageOf, pages, render, root, stale } from '../scripts/docs.js'
import { parseConfig } from '../src/config/read-config.js'
import { defaultSettings } from '../src/config/settings.js'
import { protocols } from '../src/protocols/registry.js'
import { transactionEnvelope } from '../src/sinks/ndjson/transaction-document.js'
import { Program } from './commands/program.js'

const all = pages()
const textOf = (file: string): string => readFileSync(join(root, file), 'utf8')

test('generated parts are fresh (npm run docs)', async () => {
  expect((await stale()).map(({ file }) => file)).toEqual([])
})

test('a part that is unknown or not closed is an error, not silence', async () => {
  await expect(render({ file: 'x.md', text: '<!-- generated: nothing -->\n<!-- end -->\n' })).rejects.toThrow('no generated part "nothing"')
  await expect(render({ file: 'x.md', text: '<!-- generated: exit-codes -->\n' })).rejects.toThrow(
    '1 generated parts are opened, 0 are whole',
  )
})

describe.each(protocols.map(({ name }) => [name] as const))('%s', (name) => {
  test('has a page with its columns and an example', () => {
    const text = textOf(pageOf(name))
    for (const part of ['protocol', 'fields', 'options', 'anomalies']) expect(text).toContain(`<!-- generated: ${part} ${name} -->`)
    expect(examplesOf(text).some(({ command }) => command.startsWith('audit query'))).toBe(true)
  })
})

test('every command and each of its flags is in commands.md', async () => {
  const text = textOf('docs/commands.md')
  for (const { id, command } of await loadCommands()) {
    expect(text).toContain(`## audit ${id}`)
    for (const flag of Object.keys({ ...command.flags, ...command.baseFlags })) expect(text).toContain(`--${flag}`)
  }
})

test('every name of the document envelope is in documents.md', () => {
  const text = textOf('docs/documents.md')
  expect(transactionEnvelope.filter((path) => !text.includes(`\`${path}\``))).toEqual([])
})

test('the configuration that shows the defaults is one that gives them', () => {
  const [, yaml] = /```yaml\n([\s\S]*?)```/.exec(textOf('docs/configuration.md'))!
  const { settings, warnings } = parseConfig(yaml!, 'configuration.md', protocols)
  expect(warnings).toEqual([])
  expect({ ...settings, listed: false }).toEqual(defaultSettings(protocols))
})

test('the configuration at the top of its page is accepted', () => {
  const [yaml] = /(?:^ {4}.+\n)+/m.exec(textOf('docs/configuration.md'))!
  expect(Object.keys(parse(yaml) as object)).toEqual(['detection', 'protocols'])
  expect(parseConfig(yaml, 'configuration.md', protocols).warnings).toEqual([])
})

test('links between pages lead somewhere', () => {
  const broken = all.flatMap(({ file, text }) =>
    [...text.matchAll(/\]\(([^)#:]+)\)/g)].map(([, target]) => target!).filter((target) => !existsSync(join(root, dirname(file), target))),
  )
  expect(broken).toEqual([])
})

describe('examples', () => {
  let program: Program
  beforeAll(async () => {
    program = await Program.build()
  })
  afterAll(() => program.remove())

  const shown = all.filter(({ text }) => examplesOf(text).length > 0)

  test('stand in the README', () => expect(shown.map(({ file }) => file)).toContain('README.md'))

  test.concurrent.each(shown.map(({ file, text }) => [file, text] as const))('%s', async (_file, text) => {
    for (const { command, output, actual } of await runExamples(text, program.root, root))
      if (!matches(output, actual)) expect(`$ ${command}\n${actual}`).toBe(`$ ${command}\n${output}`)
  })

  test('that no longer hold are rewritten, the others left alone', async () => {
    const page = (output: string): string => `\`\`\`console\n$ audit query nothing.sqlite "select 1"\n${output}\`\`\`\n`
    const fresh = await refreshExamples(page('old words\n'), program.root, root)
    expect(fresh).toMatch(/^```console\n\$ audit query nothing\.sqlite "select 1"\naudit: nothing\.sqlite .*\n/)
    expect(await refreshExamples(page('...\n'), program.root, root)).toBe(page('...\n'))
  })
})

describe('a shown output', () => {
  test('is compared line by line', () => {
    expect(matches('a\nb\n', 'a\nb\n')).toBe(true)
    expect(matches('a\nb\n', 'a\nc\n')).toBe(false)
    expect(matches('a\n', 'a\nb\n')).toBe(false)
    expect(matches('a\nb\n', 'a\n')).toBe(false)
  })

  test('may leave lines out', () => {
    expect(matches('a\n...\nd\n', 'a\nb\nc\nd\n')).toBe(true)
    expect(matches('a\n...\nd\n', 'a\nb\nc\n')).toBe(false)
    expect(matches('...\n', '')).toBe(true)
    expect(matches('a\n...\n', 'b\n')).toBe(false)
  })
})
