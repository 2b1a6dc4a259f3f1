/** The columns of a statement and of its result. */
import type { Transaction } from '../../model/transaction.js'
import { readBound } from './bound.js'
import type { Connection } from './connection.js'
import type { PgsqlRow } from './fields.js'
import { maskQuery } from './secrets.js'
import { typeName } from './types.js'
import type { Unit } from './unit.js'
import { lsnText } from './values.js'

type Tx = { -readonly [K in keyof Transaction<PgsqlRow>]: Transaction<PgsqlRow>[K] }

/** Names of columns and types listed. */
const MAX_LISTED = 256
const MAX_TEXT = 4096
/** The slot that a replication command names. */
const SLOT = /\bSLOT\s+("?)([\w-]{1,64})\1/i

/** Puts in what was asked; answers the secrets among the bound values. */
export function putStatement(unit: Unit, tx: Tx, row: PgsqlRow, c: Connection, notes: string[]): readonly string[] {
  const { facts, portal } = unit
  let secrets: readonly string[] = []
  if (facts) {
    const executesSecret = (unit.prepared?.secretParams.length ?? 0) > 0
    const query = maskQuery(facts.text, executesSecret, c.secret).trim()
    tx.query = query.endsWith(';') ? query.replace(/[;\s]+$/, '') : query
    const tables = unit.prepared?.tables ?? facts.tables
    if (tables.length > 0) {
      row.tables = tables
      tx.resource = tables.join(',')
    }
    if (facts.fingerprint !== '') row.fingerprint = facts.fingerprint
    if (c.login.replication !== undefined && !tx.resource) tx.resource = SLOT.exec(facts.text)?.[2]
    if (unit.prepared) notes.push(`It executes: ${unit.prepared.text.slice(0, MAX_TEXT)}`)
  }
  if (unit.textCut) {
    row.query_bytes = unit.textSize
    notes.push(`The text is ${unit.textSize} bytes long; its beginning was kept.`)
  }
  if (unit.statementName !== undefined) row.statement_name = unit.statementName
  if (unit.of > 1) {
    row.statement_ordinal = unit.ordinal + 1
    row.statement_count = unit.of
  }
  if (portal) {
    if (portal.name !== '') row.portal_name = portal.name
    const bound = portal.bound(c.dialogue.latin, c.secret)
    secrets = bound.secrets
    tx.params = bound.params
    if (bound.count > 0 && portal.types.length > 0) row.parameter_types = portal.types.slice(0, MAX_LISTED).map(typeName)
    if (bound.incomplete) notes.push('Not all bound values are shown: too long, or not as they should be.')
  } else if (unit.functionValues) {
    const bound = readBound(unit.functionValues, false, c.dialogue.latin, [], [], c.secret)
    tx.params = bound.params
  }
  if (unit.functionOid !== undefined) {
    row.function_oid = unit.functionOid
    tx.resource = String(unit.functionOid)
  }
  if (unit.maxRows > 0) row.max_rows = unit.maxRows
  if (unit.suspended) row.suspended = true
  if (unit.continued) row.continued = true
  if (unit.skipped) row.skipped = true
  return secrets
}

/** `INSERT 0 5`, `UPDATE 5`, `COPY 5`: the last number is that of the rows. */
const TAG_COUNT = /^([A-Z]+)(?: \d+)? (\d{1,19})$/
const CHANGES: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'COPY', 'MOVE'])

export function putResult(unit: Unit, tx: Tx, row: PgsqlRow): void {
  if (unit.frontend === 'ssl_request' || unit.frontend === 'gssenc_request') return
  if (unit.tag !== undefined) row.command_completed = unit.tag.slice(0, MAX_TEXT)
  const fields = unit.columns?.length ?? unit.fields
  if (fields !== undefined) row.num_fields = fields
  if (unit.columns && unit.columns.length > 0) row.column_names = unit.columns.slice(0, MAX_LISTED).map((column) => column.name)
  const counted = TAG_COUNT.exec(unit.tag ?? '')
  const count = counted ? Number(counted[2]) : undefined
  if (counted && CHANGES.has(counted[1]!)) row.affected_rows = count
  if (unit.executed && (unit.columns || unit.rows > 0 || counted?.[1] === 'SELECT') && !unit.skipped)
    row.num_rows = unit.lost ? Math.max(unit.rows, count ?? 0) : unit.rows
  if (unit.frontend === 'simple_query' && row.num_rows === undefined && unit.rows > 0) row.num_rows = unit.rows
  const rows = row.num_rows ?? row.affected_rows
  if (rows !== undefined) tx.rows = Number(rows)
  if (unit.cancelledBy) row.cancelled_by = unit.cancelledBy
  const { copy } = unit
  if (!copy) return
  row.copy_direction = copy.how
  if (copy.how === 'both') {
    row.wal_messages = copy.wal
    row.wal_bytes = copy.walBytes
    row.keepalives = copy.keepalives
    row.standby_messages = copy.fromClient
    if (copy.lsn !== undefined) row.wal_end = lsnText(copy.lsn)
  } else row.copy_format = copy.binary ? 'binary' : 'text'
  row.copy_messages = copy.messages
  row.copy_bytes = copy.bytes
  if (copy.failed !== undefined) row.copy_error = copy.failed
}
