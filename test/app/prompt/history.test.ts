import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { History, historyFile, MAX_ENTRIES } from '../../../src/app/prompt/history.js'
import { tempFolder } from '../../sinks/rig.js'

const file = () => join(tempFolder(), 'state', 'pcap-audit', 'query-history')

test('lies where XDG says, if that is a place', () => {
  expect(historyFile({ XDG_STATE_HOME: '/s' }, '/home/a')).toBe('/s/pcap-audit/query-history')
  for (const XDG_STATE_HOME of ['', 'relative'])
    expect(historyFile({ XDG_STATE_HOME }, '/home/a')).toBe('/home/a/.local/state/pcap-audit/query-history')
})

test('is kept for its owner alone, newest first, each once, whole statements', () => {
  const path = file()
  const history = new History(path)
  for (const typed of ['select 1;', 'select 2 -- two\n, 3;', "select 'a\nb\\n';", 'select 1;']) history.add(typed)
  const expected = ['select 1;', "select 'a\nb\\n';", 'select 2 /* two */ , 3;']
  expect(history.entries).toEqual(expected)
  expect(new History(path).entries).toEqual(expected)
  if (process.platform === 'win32') return
  expect([statSync(path).mode & 0o777, statSync(dirname(path)).mode & 0o777]).toEqual([0o600, 0o700])
})

test('does not grow without end', () => {
  const path = file()
  const history = new History(path)
  for (let i = 0; i < MAX_ENTRIES + 50; i++) history.add(`select ${i};`)
  history.add(`select '${'x'.repeat(100_000)}';`)
  expect(history.entries).toHaveLength(MAX_ENTRIES)
  expect(new History(path).entries[0]).toBe(`select ${MAX_ENTRIES + 49};`)
  expect(readFileSync(path, 'utf8').trimEnd().split('\n')).toHaveLength(MAX_ENTRIES)
})

test('brings no code to the terminal that somebody put into the file', () => {
  const path = file()
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, 'select 1;\nselect \u001b[2J;\n\n')
  expect(new History(path).entries).toEqual(['select 1;'])
})

test('that cannot be used is said once, and work goes on', () => {
  const path = file()
  mkdirSync(path, { recursive: true })
  const history = new History(path)
  history.add('select 1;')
  expect([history.entries, history.problem]).toEqual([['select 1;'], expect.any(String)])
  const none = new History(undefined)
  none.add('select 1;')
  expect(none.entries).toEqual(['select 1;'])
})
