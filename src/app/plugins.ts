/**
 * Protocols of the user's own: modules given with --plugin. They run with all the rights of this program, as any module does; what
 * is checked is that they fit the contract, so that a mistake is told before a capture is read.
 */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { basename, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { Field } from '../schema/fields.js'
import { transactionColumns } from '../schema/sql.js'
import { caseTables } from '../schema/tables.js'
import { UNSEALED_TABLES } from '../sinks/sqlite/seal/seal-tables.js'
import { guarded, placed } from './plugin-guard.js'

/** For the `run` row: which code decoded. */
export interface PluginRecord {
  readonly path: string
  /** SHA-256 of the module's file; what it imports is not in it. */
  readonly sha256: string
  readonly protocols: readonly string[]
}

export interface Plugins {
  readonly protocols: readonly AnyProtocol[]
  readonly records: readonly PluginRecord[]
}

const TUTORIAL = 'docs/writing-a-protocol.md shows a whole one'

export async function loadPlugins(paths: readonly string[], registry: readonly AnyProtocol[]): Promise<Plugins> {
  const { checked } = await import('../kit/checked.js')
  const protocols: AnyProtocol[] = []
  const records: PluginRecord[] = []
  for (const path of paths) {
    const loaded = await loadModule(path)
    for (const protocol of loaded) {
      const problems = shapeOf(protocol, path)
      if (problems.length > 0)
        throw new UserError(`${path}: ${nameOf(protocol)} does not fit the contract of a protocol:\n${problems.join('\n')}`, [TUTORIAL])
      const { name } = protocol as AnyProtocol
      if ([...registry, ...protocols].some((other) => other.name === name))
        throw new UserError(`${path}: there is a protocol "${name}" already`, ['give it another name'])
      protocols.push(guarded(checked(protocol as AnyProtocol), path))
    }
    records.push({
      path,
      sha256: createHash('sha256').update(readFileSync(path)).digest('hex'),
      protocols: loaded.map((protocol) => (protocol as AnyProtocol).name),
    })
  }
  return { protocols, records }
}

async function loadModule(path: string): Promise<unknown[]> {
  let exported: unknown
  try {
    const module = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown }
    exported = module.default
    if (typeof exported === 'function') exported = await (exported as (kit: unknown) => unknown)(await import('../kit/index.js'))
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    const missing = code === 'ERR_MODULE_NOT_FOUND' && message.includes(basename(path))
    throw new UserError(missing ? `${path}: no such plugin` : `${path}: the plugin cannot be loaded: ${placed(error, path)}`, [TUTORIAL])
  }
  const list = Array.isArray(exported) ? exported : [exported]
  if (exported === undefined || list.length === 0)
    throw new UserError(`${path}: the plugin exports no protocol; want one as its default export, or a function that makes one`, [TUTORIAL])
  return list
}

const nameOf = (protocol: unknown): string =>
  typeof protocol === 'object' && protocol !== null && typeof (protocol as { name?: unknown }).name === 'string'
    ? `"${(protocol as { name: string }).name}"`
    : 'what it exports'

const TRANSPORTS = ['tcp', 'udp', 'icmp', 'ipv6-icmp']
const OPTIONS = ['bool', 'int', 'text', 'list', 'files']
const KINDS = ['text', 'int', 'real', 'bool', 'list', 'json']
/** Views of the case that are no protocol's. */
const TAKEN = new Set(['tx', ...caseTables.map(({ name }) => name), ...UNSEALED_TABLES])

/** A getter, or a list that is none, may fail while it is looked at. */
function shapeOf(given: unknown, path: string): string[] {
  try {
    return problemsOf(given)
  } catch (error) {
    return [`  it cannot be looked at: ${placed(error, path)}`]
  }
}

/** What keeps a value from being a protocol, one line each. */
function problemsOf(given: unknown): string[] {
  if (typeof given !== 'object' || given === null)
    return [`  want an object made with defineProtocol, got ${given === null ? 'null' : typeof given}`]
  const p = given as Record<string, unknown>
  const problems: string[] = []
  const need = (holds: boolean, problem: string) => {
    if (!holds) problems.push(`  ${problem}`)
  }
  const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
  need(typeof p.name === 'string' && /^[a-z][a-z0-9]*$/.test(p.name), 'name: want lower case letters and digits')
  need(!TAKEN.has(String(p.name)), `name: "${String(p.name)}" is a table of every case`)
  need(typeof p.doc === 'string' && p.doc !== '', 'doc: want one sentence')
  need(Array.isArray(p.spec), 'spec: want a list of texts')
  need(
    Array.isArray(p.transports) && p.transports.length > 0 && p.transports.every((one) => TRANSPORTS.includes(one as string)),
    `transports: want some of ${TRANSPORTS.join(', ')}`,
  )
  need(
    Array.isArray(p.ports) && p.ports.every((one) => Number.isInteger(one) && one > 0 && one < 65_536),
    'ports: want a list of port numbers',
  )
  need(typeof p.probe === 'function', 'probe: want a function')
  need(typeof p.open === 'function', 'open: want a function')
  need(isMap(p.options), 'options: want a map, made with defineOptions; {} for none')
  if (isMap(p.options))
    for (const [key, option] of Object.entries(p.options)) {
      const wants = isMap(option) && OPTIONS.includes(option.kind as string) && 'fallback' in option
      need(wants, `options.${key}: want flag(...), count(...) or another builder of the kit`)
    }
  need(isMap(p.anomalies), 'anomalies: want a map from code to sentence; {} for none')
  if (isMap(p.anomalies))
    for (const [code, sentence] of Object.entries(p.anomalies)) need(typeof sentence === 'string', `anomalies.${code}: want one sentence`)
  need(p.shared === undefined || typeof p.shared === 'function', 'shared: want a function, or nothing')
  need(p.maxHeld === undefined || (Number.isInteger(p.maxHeld) && (p.maxHeld as number) > 0), 'maxHeld: want a number of bytes, or nothing')
  need(p.eventType === undefined || Array.isArray(p.eventType), 'eventType: want a list of texts, or nothing')
  need(p.derived === undefined || isMap(p.derived), 'derived: want a map from column to sql and holds, or nothing')
  if (isMap(p.derived))
    for (const [column, one] of Object.entries(p.derived))
      need(
        isMap(one) && typeof one.sql === 'string' && typeof one.holds === 'function',
        `derived.${column}: want sql and a function "holds"`,
      )
  if (!isMap(p.fields)) problems.push('  fields: want a map, made with defineFields')
  else
    for (const [column, field] of Object.entries(p.fields)) {
      const kind = (field as Field<unknown> | undefined)?.kind
      need(/^[a-z][a-z0-9_]*$/.test(column), `fields.${column}: want lower case letters, digits and _`)
      need(kind !== undefined && KINDS.includes(kind), `fields.${column}: want text(...), int(...) or another builder of the kit`)
    }
  if (problems.length === 0)
    try {
      transactionColumns(given as AnyProtocol)
    } catch (error) {
      problems.push(`  fields: ${(error as Error).message}`)
    }
  return problems
}
