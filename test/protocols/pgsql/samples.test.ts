/** What the captures of a real server say, held against what that server counted itself. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { defaultSettings } from '../../../src/config/settings.js'
import { protocols } from '../../../src/protocols/registry.js'
import { jsonText } from '../../../src/schema/json-text.js'
import { run } from '../../support/run.js'

const folder = resolve(import.meta.dirname, '../../../samples/pgsql')
interface Calls {
  readonly capture: string
  /** Sum of calls in pg_stat_statements. */
  readonly calls: number
  /** Lines `statement:` and `execute ...:` in its log under log_statement = all. */
  readonly logged: number
}
const counted = JSON.parse(readFileSync(join(folder, 'calls.json'), 'utf8')) as Calls[]
const rowsOf = async (capture: string, options: Parameters<typeof run>[1] = {}) =>
  (await run([join(folder, capture)], options)).sink.records.filter(({ schema }) => schema.name === 'pgsql').map(({ tx }) => tx)

describe('as many statements as the server counted', () => {
  it.each(counted)('$capture', async ({ capture, calls, logged }) => {
    const rows = await rowsOf(capture)
    const executed = rows.filter(({ row }) => row.frontend === 'simple_query' || row.frontend === 'execute')
    const once = new Set<string>()
    const worked = executed.filter(({ status, method, notes, row }) => {
      if (status !== 'OK' || row.continued || row.backend === 'empty_query') return false
      // It does not count these two at all, nor what was undone with its batch before it was closed.
      if (method === 'DEALLOCATE' || method === 'PREPARE' || notes?.some((note) => note.startsWith('Undone') && row.frontend === 'execute'))
        return false
      // A prepared BEGIN, END or the like is counted the first time it is executed in a session (seen with version 15).
      if (!row.statement_name || !/^(BEGIN|END)$/.test(method ?? '')) return true
      const key = `${row.backend_pid} ${row.statement_name}`
      return !once.has(key) && once.add(key)
    })
    expect(worked.length).toBe(calls)
    // One line a text, whatever statements stand in it; none for what fails in its grammar, or at Parse, or is skipped.
    const started = executed.filter(
      ({ row }) =>
        !row.skipped &&
        (row.statement_ordinal ?? 1) === 1 &&
        !(row.frontend === 'execute' ? row.error_code === '42703' : row.error_code === '42601'),
    )
    // In binary.pcap a division by zero is found while planning, at Bind: neither is logged.
    expect(started.length).toBe(logged + (capture === 'binary.pcap' ? 1 : 0))
    expect(rows.every(({ complete, user }) => complete === 'complete' && user !== undefined)).toBe(true)
  })
})

describe('the captures', () => {
  it('link a cancel request to the connection it is about', async () => {
    const rows = await rowsOf('cancel.pcap')
    const cancels = rows.filter(({ method }) => method === 'CANCEL')
    expect(cancels).toHaveLength(2)
    for (const { row, user } of cancels) {
      expect(row.key_matches).toBe(true)
      expect(user).toBe('anna')
      const ended = rows.find((other) => other.row.backend_pid === row.target_pid && other.row.error_code === '57014')
      expect(ended!.row.cancelled_by).toMatch(/^[0-9a-f]{16}$/)
    }
    expect(rows.filter(({ method }) => method === 'NOTIFY').length).toBeGreaterThanOrEqual(2)
  })

  it('hold no secret, and all of them when asked', async () => {
    const settings = defaultSettings(protocols)
    const loud = new Map(settings.protocols)
    loud.set('pgsql', { ...loud.get('pgsql')!, options: { ...loud.get('pgsql')!.options, send_request: true, send_response: true } })
    for (const capture of ['secrets.pcap', 'logins.pcap', 'simple.pcap', 'replication.pcap']) {
      const { sink } = await run([join(folder, capture)], { settings: { ...settings, protocols: loud } })
      expect(jsonText([sink.records.map(({ tx }) => ({ ...tx, request: 0, response: 0 })), sink.tables]), capture).not.toContain('S3CRET')
    }
    const shown = jsonText(
      (await rowsOf('secrets.pcap', { showSecrets: true, settings: { ...settings, protocols: loud } })).map((tx) => ({
        ...tx,
        request: 0,
        response: 0,
      })),
    )
    for (const n of [1, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 24, 25, 30, 31, 32, 33, 34])
      expect(shown).toContain(`S3CRET-pgsql-${n}`)
  })
})
