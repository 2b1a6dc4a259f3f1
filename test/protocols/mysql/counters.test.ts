/** What the server counted while a capture was made is what its rows say: statement for statement, no more and no less. */
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { splitStatements } from '../../../src/protocols/shared/sql/statement.js'
import { run } from '../../support/run.js'

const folder = resolve(import.meta.dirname, '../../../samples/mysql')
type Counters = Record<string, number>
const counters = JSON.parse(readFileSync(join(folder, 'counters.json'), 'utf8')) as Record<string, Counters>

/** Commands that MariaDB leaves out of Questions. */
const NOT_ASKED = new Set(['login', 'ping', 'statistics', 'stmt_prepare', 'stmt_close', 'stmt_reset'])
const OWN: Record<string, string> = {
  stmt_prepare: 'Com_stmt_prepare',
  stmt_execute: 'Com_stmt_execute',
  stmt_bulk_execute: 'Com_stmt_execute',
  stmt_close: 'Com_stmt_close',
  stmt_reset: 'Com_stmt_reset',
  stmt_fetch: 'Com_stmt_fetch',
  stmt_send_long_data: 'Com_stmt_send_long_data',
  init_db: 'Com_change_db',
  set_option: 'Com_set_option',
  field_list: 'Com_show_fields',
  ping: 'Com_admin_commands',
  change_user: 'Com_admin_commands',
  reset_connection: 'Com_admin_commands',
  statistics: 'Com_show_status',
}
const BY_VERB: Record<string, string> = {
  SELECT: 'Com_select',
  INSERT: 'Com_insert',
  UPDATE: 'Com_update',
  DELETE: 'Com_delete',
  BEGIN: 'Com_begin',
  COMMIT: 'Com_commit',
  ROLLBACK: 'Com_rollback',
  SET: 'Com_set_option',
  LOAD: 'Com_load',
  CALL: 'Com_call_procedure',
}

async function counted(file: string): Promise<Counters> {
  const { sink } = await run([join(folder, file)])
  const out: Counters = {}
  const add = (name: string | undefined) => {
    if (name) out[name] = (out[name] ?? 0) + 1
  }
  for (const { tx } of sink.records) {
    const row = tx.row as { command: string; result_count?: number; statements?: number; error_code?: number }
    // Closing what is closed already is no command that the server counts.
    if (row.command !== 'stmt_close' || tx.query !== undefined) add(OWN[row.command])
    const text = tx.query ?? ''
    const all = row.command === 'query' ? splitStatements(text, 'mysql', (secret) => secret) : [text]
    // Behind an error nothing ran.
    const ran = row.error_code !== undefined && all.length > 1 ? all.slice(0, row.result_count ?? 1) : all
    if (!NOT_ASKED.has(row.command)) for (let i = 0; i < Math.max(1, ran.length); i++) add('Questions')
    if (row.command !== 'query' && !row.command.endsWith('execute')) continue
    for (const statement of ran) {
      const words = statement.trim().toUpperCase().split(/\s+/)
      add(
        words[0] === 'CREATE'
          ? `Com_create_${words[1]!.toLowerCase()}`
          : words[0] === 'SHOW'
            ? `Com_show_${words[1]!.toLowerCase()}`
            : BY_VERB[words[0]!],
      )
      // The procedure of multi.pcap holds two SELECTs of its own.
      if (words[0] === 'CALL') {
        add('Com_select')
        add('Com_select')
      }
    }
  }
  return out
}

describe.each(Object.entries(counters))('%s', (file, expected) => {
  it('holds every statement the server counted', async () => {
    expect(await counted(file)).toEqual(expected)
  })
})
