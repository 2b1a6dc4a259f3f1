/** What a policy does to each column of a case. */
import type { CaseTables } from '../case/case-tables.js'
import { didYouMean } from '../config/nearest.js'
import { ConfigProblems } from '../config/problems.js'
import { pathsOf } from '../schema/document.js'
import type { Field, FieldKind, TableSchema } from '../schema/fields.js'
import { columnsOf, transactionColumns } from '../schema/sql.js'
import { caseTables } from '../schema/tables.js'
import type { Action, Policy, Rule } from './policy.js'

/** What rows are joined and ordered by. */
const KEYS = new Set(['id', 'flow_id', 'capture_id', 'run_id', 'ts_ns', 'first_ns', 'last_ns'])
/** Content ids: hashes over addresses and times, which can be found by trying; they follow what happens to addresses. */
const IDS = new Set(['tx.tx', 'flow.flow', 'flow.community_id'])
/** Words and figures of ours: no captured text can stand there. Kept unless a rule names one itself. */
const STRUCTURE: Readonly<Record<string, readonly string[]>> = {
  tx: ['duration_ns', 'status', 'request_bytes', 'response_bytes', 'rows', 'complete', 'frames'],
  flow: [
    ...['transport', 'client_port', 'server_port', 'role_by', 'direction', 'state', 'history', 'end_reason', 'protocol', 'protocol_by'],
    ...['upgraded_to', 'service_by', 'client_flags', 'server_flags', 'vlan'],
  ],
  capture: ['size', 'sha256', 'inner_sha256', 'container', 'compression', 'link_types'],
  run: ['version', 'tool_hash', 'node', 'config_hash', 'started', 'ended', 'host_zone'],
  anomaly: ['code'],
  coverage: ['protocol'],
  capture_loss: ['counter', 'start_ns', 'end_ns', 'packets'],
}
/** Sentences in which anything may be said again. Removed unless a rule names one itself, whatever the default is. */
const FREE_TEXT: Readonly<Record<string, readonly string[]>> = {
  tx: ['error', 'notes'],
  capture: ['name', 'path', 'writer', 'interfaces', 'comments', 'damage'],
  run: ['command_line', 'config'],
  anomaly: ['message'],
  capture_loss: ['interface'],
}
const OWN_TABLES = ['flow', 'capture', 'run', 'anomaly', 'coverage', 'capture_loss']
/** What the capturing host knew of its own processes, and what its lists of indicators point at: nothing of it is for an outsider. */
const LEFT_OUT = new Set(['flow_process', 'finding'])

export interface PlannedColumn {
  readonly table: string
  readonly name: string
  readonly kind: FieldKind
  readonly optional: boolean
  readonly action: Action
  /** The rule that named it; undefined where the default decided. */
  readonly rule: Rule | undefined
  /** Text in which values of other columns may stand again. */
  readonly searched: boolean
  /** A content id, that gets another name. */
  readonly id: 'id' | 'community' | undefined
}

export interface PlannedTable {
  readonly schema: TableSchema
  readonly columns: readonly PlannedColumn[]
}

export interface Plan {
  readonly transactions: readonly PlannedTable[]
  /** flow, capture, run, anomaly, coverage, capture_loss. */
  readonly tables: readonly PlannedTable[]
  /** What happens to addresses of flows; keep = they stand as they are. */
  readonly addresses: Action
}

/** A number has no room for text. */
const NUMBERS: ReadonlySet<FieldKind> = new Set(['int', 'real', 'bool'])

/**
 * Throws UserError for a rule that names no column: a mistyped one would let out what it was to hide.
 *
 * @param known schemas of all protocols that this program knows, so that a policy may name columns that this case has not
 */
export function planOf(policy: Policy, { protocols, tables }: CaseTables, known: readonly TableSchema[]): Plan {
  // A case of an older version lacks columns that a policy may name all the same.
  checkNames(policy, [...known, ...protocols.map(({ schema }) => schema)], [...caseTables, ...tables])
  const flow = tables.find(({ name }) => name === 'flow')!
  const addresses = strictest(['client_ip', 'server_ip'].map((name) => decide(policy, 'flow', name, flow.fields[name]!, ['flow']).action))
  const hideIds = addresses !== 'keep'
  const planned = (schema: TableSchema, scope: string): PlannedTable => ({
    schema,
    columns: (scope === 'tx' ? transactionColumns(schema) : columnsOf(schema.fields)).map(({ name, kind, field }) => {
      const common = scope === 'tx' && !(name in schema.fields)
      const home = common ? 'tx' : schema.name
      const full = `${home}.${name}`
      const { action, rule } = decide(policy, home, name, field, common ? ['tx', schema.name] : [schema.name])
      const id = hideIds && IDS.has(full) ? (name === 'community_id' ? 'community' : 'id') : undefined
      const text = !NUMBERS.has(kind) && !KEYS.has(name) && !IDS.has(full)
      return {
        table: schema.name,
        name,
        kind,
        optional: field.optional,
        action: KEYS.has(name) || IDS.has(full) ? 'keep' : action,
        rule,
        searched: text && !STRUCTURE[home]?.includes(name) && (action === 'keep' || action === 'literals'),
        id,
      }
    }),
  })
  return {
    transactions: protocols.map(({ schema }) => planned(schema, 'tx')),
    tables: tables.filter(({ name }) => !LEFT_OUT.has(name)).map((schema) => planned(schema, schema.name)),
    addresses,
  }
}

/** Of two sides that are treated unlike, the one that hides more decides what happens to addresses elsewhere. */
const strictest = (found: readonly Action[]): Action =>
  found.every((action) => action === 'keep')
    ? 'keep'
    : found.every((action) => action === 'prefix' || action === 'keep')
      ? 'prefix'
      : 'token'

interface Decision {
  readonly action: Action
  readonly rule: Rule | undefined
}

/** @param scopes tables by whose names a rule may call the column */
function decide(policy: Policy, home: string, name: string, field: Field<unknown>, scopes: readonly string[]): Decision {
  const words = namesOf(home, name, field, scopes)
  const rule = policy.rules.find(
    ({ fields, kinds }) => (kinds?.includes(field.kind) ?? true) && fields.some((one) => words.some(matcherOf(one))),
  )
  const named = rule?.fields.some((one) => !/^\*(?:\.\*)?$/.test(one) && words.some(matcherOf(one)))
  if (!named && STRUCTURE[home]?.includes(name)) return { action: 'keep', rule: undefined }
  if (!named && FREE_TEXT[home]?.includes(name)) return { action: 'remove', rule: undefined }
  const action = rule?.action ?? policy.otherwise
  // What cannot be a text is taken away instead.
  return { action: NUMBERS.has(field.kind) && action !== 'keep' ? 'remove' : action, rule }
}

/** What a rule may call a column: its name, table and name, and the names it has in documents. */
function namesOf(home: string, name: string, field: Field<unknown>, scopes: readonly string[]): string[] {
  const paths = field.only === 'case' ? [] : pathsOf(home, name, field)
  const side = home === 'flow' ? /^(client|server)_(ip|port)$/.exec(name) : null
  const ends = side ? [`${side[1]}.${side[2]}`, `${side[1] === 'client' ? 'source' : 'destination'}.${side[2]}`] : []
  return [name, ...scopes.map((scope) => `${scope}.${name}`), ...paths, ...ends]
}

const matchers = new Map<string, (word: string) => boolean>()
function matcherOf(pattern: string): (word: string) => boolean {
  let matcher = matchers.get(pattern)
  if (!matcher) {
    const parts = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    const test = new RegExp(`^${parts.join('.*')}$`)
    matcher = pattern.includes('*') ? (word) => test.test(word) : (word) => word === pattern
    matchers.set(pattern, matcher)
  }
  return matcher
}

function checkNames(policy: Policy, schemas: readonly TableSchema[], tables: readonly TableSchema[]): void {
  const problems = new ConfigProblems(policy.file)
  const words = new Set<string>()
  for (const schema of schemas)
    for (const { name, field } of transactionColumns(schema)) {
      const common = !(name in schema.fields)
      for (const word of namesOf(common ? 'tx' : schema.name, name, field, common ? ['tx', schema.name] : [schema.name])) words.add(word)
    }
  for (const schema of tables)
    for (const { name, field } of columnsOf(schema.fields))
      for (const word of namesOf(schema.name, name, field, [schema.name])) words.add(word)
  const all = [...words]
  for (const { line, fields, action } of policy.rules)
    for (const field of fields) {
      const bare = field.replace(/^\w+\./, '')
      if (!all.some(matcherOf(field))) problems.add(line, `no column or document field is called ${field}${didYouMean(field, all)}`)
      else if (action !== 'keep' && !field.includes('*') && KEYS.has(bare) && (field === bare || OWN_TABLES.includes(field.split('.')[0]!)))
        problems.add(line, `${field} is what rows are joined and ordered by: it cannot be ${action === 'remove' ? 'removed' : 'changed'}`)
    }
  problems.throwIfAny()
}
