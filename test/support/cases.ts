/**
 * Runs a protocol's cases.md: documentation that is checked. A heading of level two names a behaviour, prose says why, and
 * fenced blocks are what each side sends, in order, and what must come out.
 *
 *   ```client          text; every line ends with CRLF. \r \n \t \0 \\ \xHH are bytes, a backslash at the end joins two lines
 *   ```client lf       the same with LF           ```client raw   without line ends, but for those written as escapes
 *   ```client hex      bytes in hex; blanks and what follows '#' are ignored
 *   ```server          likewise
 *   ```gap client 20   bytes that were never captured (empty block)
 *   ```close client    that side ends its stream (empty block)
 *   ```options         JSON: protocol options; also "end" (why the conversation is over), "showSecrets", "transport"
 *   ```rows            JSON array: one object per transaction, each with the values it must have. A name is looked for in the
 *                      transaction, then in its row; null = absent
 *   ```anomalies       their codes, one a line; without this block there must be none
 *   ```upgrade         the protocol that the rest of the connection is
 *
 * Every case runs whole and cut into pieces of several sizes, and must give the same each time.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import type { EndReason, Side, Transport } from '../../src/model/side.js'
import type { AnyProtocol } from '../../src/protocols/protocol.js'
import { type Driven, drive, rowsOf, type Step } from './drive.js'

export interface Case {
  readonly name: string
  readonly line: number
  readonly steps: Step[]
  options: { end?: EndReason; showSecrets?: boolean; transport?: Transport } & Record<string, unknown>
  rows: Record<string, unknown>[] | undefined
  anomalies: string[]
  upgrade: string | undefined
}

/** Sizes of pieces that a case is cut into, beside whole. */
const CHUNKS = [1, 2, 3, 5, 7, 16, 40]

export function readCases(markdown: string): Case[] {
  const cases: Case[] = []
  const lines = markdown.split('\n')
  let current: Case | undefined
  for (let i = 0; i < lines.length; i++) {
    const line = lines[i] ?? ''
    if (line.startsWith('## ')) {
      current = { name: line.slice(3).trim(), line: i + 1, steps: [], options: {}, rows: undefined, anomalies: [], upgrade: undefined }
      cases.push(current)
    }
    if (!line.startsWith('```')) continue
    const [kind = '', ...words] = line.slice(3).trim().split(/\s+/)
    const body: string[] = []
    while (++i < lines.length && lines[i] !== '```') body.push(lines[i] ?? '')
    if (current) block(current, kind, words, body)
  }
  return cases
}

function block(into: Case, kind: string, words: readonly string[], body: readonly string[]): void {
  if (kind === 'client' || kind === 'server') into.steps.push([kind, bytesOf(words[0] ?? '', body)])
  else if (kind === 'gap') into.steps.push(['gap', words[0] as Side, Number(words[1])])
  else if (kind === 'close') into.steps.push(['close', words[0] as Side])
  else if (kind === 'options') into.options = JSON.parse(body.join('\n'))
  else if (kind === 'rows') into.rows = JSON.parse(body.join('\n'))
  else if (kind === 'anomalies') into.anomalies = body.filter((code) => code !== '')
  else if (kind === 'upgrade') into.upgrade = body.join('').trim()
}

function bytesOf(how: string, body: readonly string[]): Uint8Array {
  if (how === 'hex')
    return Buffer.from(
      body
        .map((line) => line.replace(/#.*/, ''))
        .join('')
        .replaceAll(/\s/g, ''),
      'hex',
    )
  const end = how === 'raw' ? '' : how === 'lf' ? '\n' : '\r\n'
  const text = body.map((line) => (line.endsWith('\\') && !line.endsWith('\\\\') ? line.slice(0, -1) : line + end)).join('')
  const bytes = text.replaceAll(
    /\\(x[0-9a-fA-F]{2}|.)/g,
    (_, code: string) => ESCAPES[code] ?? (code[0] === 'x' ? String.fromCharCode(Number.parseInt(code.slice(1), 16)) : code),
  )
  // Characters beyond Latin 1 cannot come from an escape: they are meant as UTF-8.
  return Buffer.from(bytes, /[^\0-\xff]/.test(bytes) ? 'utf8' : 'latin1')
}
const ESCAPES: Record<string, string> = { r: '\r', n: '\n', t: '\t', '0': '\0', '\\': '\\' }

const lookUp = (tx: Record<string, unknown>, name: string): unknown => (name in tx ? tx[name] : (tx.row as Record<string, unknown>)[name])

function check(one: Case, driven: Driven): void {
  const actual = driven.transactions as unknown as Record<string, unknown>[]
  const wanted = one.rows ?? []
  const shown = actual.map((tx, i) => {
    const names = Object.keys(wanted[i] ?? { method: 0, query: 0 })
    return Object.fromEntries(names.map((name) => [name, lookUp(tx, name) ?? null]))
  })
  expect(shown).toEqual(wanted)
  expect(driven.anomalies).toEqual(one.anomalies)
  expect(driven.upgradedTo).toBe(one.upgrade)
}

/** Defines one test per case of the file. */
export function runCases(protocol: AnyProtocol, file: URL | string): void {
  const cases = readCases(readFileSync(file, 'utf8'))
  describe(`${protocol.name} cases`, () => {
    it('has cases, each with rows', () => {
      expect(cases.length).toBeGreaterThan(0)
      expect(cases.filter((one) => one.rows === undefined).map((one) => `line ${one.line}: ${one.name}`)).toEqual([])
    })
    it.each(cases)('$name (line $line)', async (one) => {
      const { end, showSecrets, transport, ...options } = one.options
      const how = { ...(end ? { end } : {}), ...(showSecrets ? { showSecrets } : {}), ...(transport ? { transport } : {}), options }
      const whole = await drive(protocol, one.steps, how)
      check(one, whole)
      for (const chunk of CHUNKS) {
        const cut = await drive(protocol, one.steps, { ...how, chunk })
        expect(rowsOf(cut), `in pieces of ${chunk}`).toEqual(rowsOf(whole))
        expect(cut.anomalies, `in pieces of ${chunk}`).toEqual(whole.anomalies)
      }
    })
  })
}
