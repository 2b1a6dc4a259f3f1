import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { loadPlugins } from '../../src/app/plugins.js'
import { defaultSettings } from '../../src/config/settings.js'
import { ProtocolSet } from '../../src/pipeline/protocol-runtime.js'
import { protocols } from '../../src/protocols/registry.js'
import { Folder } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())
let count = 0
const plugin = (code: string): string => {
  const path = join(folder.path, `plugin-${++count}.mjs`)
  writeFileSync(path, code)
  return path
}
const WHOLE = (over = '') =>
  `export default (kit) => kit.defineProtocol({ name: 'mine', doc: 'One line.', spec: [], transports: ['tcp'], ports: [7], fields: kit.defineFields({ line: kit.text('The line.', 'x') }), options: {}, anomalies: {}, probe: () => 'no', open: () => ({}), ${over} })`

test('a plugin gives protocols, and the run keeps which code it was', async () => {
  const path = plugin(WHOLE())
  const { protocols: found, records } = await loadPlugins([path], protocols)
  expect(found.map(({ name }) => name)).toEqual(['mine'])
  expect(records).toEqual([{ path, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), protocols: ['mine'] }])
})

describe('what is wrong is told before a capture is read', () => {
  test.each([
    ['no file', () => join(folder.path, 'none.mjs'), 'no such plugin'],
    ['a syntax error', () => plugin('export default {'), 'the plugin cannot be loaded'],
    ['its own error', () => plugin('throw new Error("not today")'), 'not today'],
    ['no export', () => plugin('export const a = 1'), 'exports no protocol'],
    ['a number', () => plugin('export default 5'), 'want an object made with defineProtocol, got number'],
    ['a name of ours', () => plugin(WHOLE("name: 'http'")), 'there is a protocol "http" already'],
    ['a table of the case', () => plugin(WHOLE("name: 'flow'")), '"flow" is a table of every case'],
    ['a bad name', () => plugin(WHOLE("name: 'My-Own'")), 'name: want lower case letters and digits'],
    ['no probe', () => plugin(WHOLE('probe: undefined')), 'probe: want a function'],
    ['a field that is none', () => plugin(WHOLE("fields: { a: 'text' }")), 'fields.a: want text(...)'],
    ['an option that is none', () => plugin(WHOLE('options: { a: null }')), 'options.a: want flag(...)'],
    ['a code without a sentence', () => plugin(WHOLE("anomalies: { 'mine.odd': 5 }")), 'anomalies.mine.odd: want one sentence'],
    ['shared that is no function', () => plugin(WHOLE('shared: {}')), 'shared: want a function'],
    ['a getter that fails', () => plugin(WHOLE('get ports() { throw new Error("no ports") }')), 'it cannot be looked at: no ports (at'],
    [
      'a column of every row',
      () => plugin(WHOLE("fields: { status: { kind: 'text', doc: 'X.', example: 'x', optional: false } }")),
      'status',
    ],
  ])('%s', async (_name, path, message) => {
    await expect(loadPlugins([path()], protocols)).rejects.toThrow(message)
  })

  test('the same protocol twice', async () => {
    await expect(loadPlugins([plugin(WHOLE()), plugin(WHOLE())], protocols)).rejects.toThrow('there is a protocol "mine" already')
  })
})

describe('what fails later names the plugin, its file and its line', () => {
  const failing = async (over: string) => {
    const path = plugin(WHOLE(over))
    return { path, loaded: (await loadPlugins([path], protocols)).protocols[0]! }
  }
  const told = (path: string, what: string) => ({
    name: 'UserError',
    exitCode: 2,
    message: expect.stringMatching(
      new RegExp(`^${path}: ${what} of the plugin's protocol "mine" failed: no room \\(at .*${path}:1:\\d+\\)+$`),
    ),
    nextSteps: expect.arrayContaining(['mend the plugin, or run without it']),
  })
  const thrown = (call: () => unknown): unknown => {
    try {
      call()
    } catch (error) {
      return error
    }
    return undefined
  }

  test('shared()', async () => {
    const { path, loaded } = await failing("shared() { throw new Error('no room') }")
    expect(thrown(() => new ProtocolSet([loaded], defaultSettings([loaded])))).toMatchObject(told(path, 'shared\\(\\)'))
  })

  test('the check of an option', async () => {
    const { path, loaded } = await failing(
      "options: { a: { kind: 'files', doc: 'X.', fallback: [], check() { throw new Error('no room') } } }",
    )
    expect(thrown(() => loaded.options.a.check({ name: 'x', text: '' }))).toMatchObject(told(path, 'options.a.check'))
  })

  test('a derived column', async () => {
    const { path, loaded } = await failing("derived: { line: { sql: 'NULL', holds() { throw new Error('no room') } } }")
    expect(thrown(() => loaded.derived!.line!.holds({}, {}))).toMatchObject(told(path, 'derived.line.holds'))
  })

  test('what does not fail is as it was', async () => {
    const { loaded } = await failing("shared() { return { self: this.name } }, options: { a: kit.flag('X.', true) }")
    expect(loaded.shared?.()).toEqual({ self: 'mine' })
    expect(loaded.options).toEqual({ a: { kind: 'bool', doc: 'X.', fallback: true } })
  })
})
