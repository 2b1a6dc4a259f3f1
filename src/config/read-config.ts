/** Reads `audit.yml`, or a whole packetbeat.yml: every key is checked, and what is wrong is named with its line. */
import { readFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { refuseReadableCredential } from './credentials.js'
import { type ConfigEntry, type ConfigMap, type ConfigNode, isEmpty, readDocument } from './document.js'
import { readInterfaces } from './interface-section.js'
import { didYouMean } from './nearest.js'
import { ConfigProblems } from './problems.js'
import { readProcesses } from './process-section.js'
import { readProcessors } from './processors.js'
import { readFields, readProtocols } from './protocol-section.js'
import { defaultProtocolSettings, defaultSettings, type FlowSettings, type Settings } from './settings.js'
import { describe, readBool, readDuration, readPaths, readText, readWords } from './values.js'

/** A configuration is written by hand; more than this is another file given by mistake. */
const MAX_CONFIG_BYTES = 4 * 1024 * 1024
/** Packetbeat's own lower bound: shorter than a second, every pause would cut a flow. */
const MIN_FLOW_MS = 1000

/** Sections of a packetbeat.yml that say nothing about what is decoded. */
const NOT_USED_HERE = new Set([
  'cloud',
  'config',
  'features',
  'fleet',
  'http',
  'ignore_outgoing',
  'instrumentation',
  'keystore',
  'logging',
  'management',
  'max_procs',
  'migration',
  'monitoring',
  'output',
  'overwrite_pipelines',
  'path',
  'pipeline',
  'queue',
  'runoptions',
  'seccomp',
  'setup',
  'shipper',
  'shutdown_timeout',
  'ssl',
  'timestamp',
  'timeseries',
  'xpack',
])

const TOP_KEYS = [
  'detection',
  'session_events',
  'flows',
  'protocols',
  'interfaces',
  'procs',
  'tags',
  'fields',
  'fields_under_root',
  'name',
  'processors',
  'geoip',
  'packetbeat',
]

export interface ReadConfig {
  readonly settings: Settings
  /** One line each, for stderr: what was given and is not used. */
  readonly warnings: readonly string[]
}

export async function readConfig(file: string, registry: readonly AnyProtocol[]): Promise<ReadConfig> {
  let text: string
  try {
    const bytes = await readFile(file)
    if (bytes.length > MAX_CONFIG_BYTES) throw new UserError(`${file}: too large for a configuration (${bytes.length} bytes)`, [])
    text = bytes.toString('utf8')
  } catch (error) {
    if (error instanceof UserError) throw error
    throw new UserError(`${file}: the configuration cannot be read (${reasonOf(error)})`, [])
  }
  const problems = new ConfigProblems(file)
  const tree = readDocument(text, problems)
  problems.throwIfAny()
  if (!tree) throw new UserError(`${file}: not a configuration`, [])
  const read = interpret(tree, registry, problems, dirname(file))
  await refuseReadableCredential(file, tree)
  return read
}

/** Without a file's mode: `text` as the file `name`. Options that name files are refused. */
export function parseConfig(text: string, name: string, registry: readonly AnyProtocol[]): ReadConfig {
  const problems = new ConfigProblems(name)
  const tree = readDocument(text, problems)
  problems.throwIfAny()
  return interpret(tree ?? { kind: 'map', path: '', line: 1, entries: new Map() }, registry, problems)
}

function reasonOf(error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  return code === 'ENOENT'
    ? 'no such file'
    : code === 'EACCES'
      ? 'no permission'
      : code === 'EISDIR'
        ? 'it is a directory'
        : String(code ?? error)
}

type Draft = { -readonly [K in keyof Settings]: Settings[K] }

/** @param folder of the configuration, for the files that it names */
function interpret(tree: ConfigNode, registry: readonly AnyProtocol[], problems: ConfigProblems, folder?: string): ReadConfig {
  const draft: Draft = { ...defaultSettings(registry) }
  if (tree.kind === 'map') {
    const unused: string[] = []
    for (const [key, entry] of topEntries(tree, problems)) {
      // Of old, Beats had a map here, with the paths of databases that nobody makes any more.
      if (NOT_USED_HERE.has(key) || (key === 'geoip' && entry.node.kind === 'map')) unused.push(...namesOf(key, entry.node))
      else if (!isEmpty(entry.node)) readTop(key, entry, draft, registry, problems, folder)
      else if (!TOP_KEYS.includes(key)) unknownTop(key, entry.line, problems)
    }
    if (unused.length > 0) problems.warn(`not used here: ${unused.join(', ')} (outputs are chosen with -o)`)
  } else problems.add(tree.line, `want a map of settings, got ${describe(tree)}`)
  refuseSharedPorts(draft, problems)
  problems.throwIfAny()
  return { settings: draft, warnings: problems.warnings }
}

/** Top-level keys, `packetbeat: {...}` opened up. */
function* topEntries(tree: ConfigMap, problems: ConfigProblems): Iterable<[string, ConfigEntry]> {
  const inner = tree.entries.get('packetbeat')?.node
  for (const [key, entry] of tree.entries) if (key !== 'packetbeat') yield [key, entry]
  if (!inner || isEmpty(inner)) return
  if (inner.kind !== 'map') return problems.add(inner.line, `packetbeat: want a map, got ${describe(inner)}`)
  for (const [key, entry] of inner.entries) {
    const outer = tree.entries.get(key)
    if (outer) problems.add(entry.line, `"packetbeat.${key}" is given twice, first as "${key}" on line ${outer.line}`)
    else yield [key, entry]
  }
}

const namesOf = (key: string, node: ConfigNode): string[] =>
  (key === 'output' || key === 'setup') && node.kind === 'map' ? [...node.entries.keys()].map((name) => `${key}.${name}`) : [key]

function unknownTop(key: string, line: number, problems: ConfigProblems): void {
  problems.add(line, `there is no setting "${key}"${didYouMean(key, TOP_KEYS)}`)
}

function readTop(
  key: string,
  { line, node }: ConfigEntry,
  draft: Draft,
  registry: readonly AnyProtocol[],
  problems: ConfigProblems,
  folder: string | undefined,
): void {
  switch (key) {
    case 'detection': {
      const word = readText(node, problems)
      if (word === 'content' || word === 'ports') draft.detection = word
      else if (word !== undefined)
        problems.add(node.line, `detection: want content or ports, got ${describe(node)}${didYouMean(word, ['content', 'ports'])}`)
      return
    }
    case 'session_events':
      draft.sessionEvents = readBool(node, problems) ?? true
      return
    case 'flows':
      draft.flows = readFlows(node, draft.flows, problems)
      return
    case 'protocols': {
      const named = readProtocols(node, registry, problems, folder)
      draft.listed = true
      draft.protocols = new Map(registry.map((p) => [p.name, named.get(p.name) ?? { ...defaultProtocolSettings(p), enabled: false }]))
      return
    }
    case 'interfaces':
      draft.interfaces = readInterfaces(node, draft.interfaces, problems)
      return
    case 'procs':
      draft.processes = readProcesses(node, draft.processes, problems)
      return
    case 'tags':
      draft.tags = readWords(node, problems) ?? []
      return
    case 'fields':
      draft.fields = readFields(node, problems)
      return
    case 'fields_under_root':
      draft.fieldsUnderRoot = readBool(node, problems) ?? false
      return
    case 'name':
      draft.name = readText(node, problems)
      return
    case 'geoip':
      draft.geoip = readPaths(node, problems, folder)
      return
    case 'processors':
      draft.processors = readProcessors(node, problems)
      return
    default:
      unknownTop(key, line, problems)
  }
}

const FLOW_KEYS = [
  'enabled',
  'timeout',
  'period',
  'processors',
  'keep_null',
  'index',
  'tags',
  'fields',
  'fields_under_root',
  'enable_delta_flow_reports',
]

function readFlows(node: ConfigNode, base: FlowSettings, problems: ConfigProblems): FlowSettings {
  let { enabled, timeoutMs, periodMs, processors } = base
  if (node.kind !== 'map') {
    problems.add(node.line, `flows: want a map, got ${describe(node)}`)
    return base
  }
  const unused: string[] = []
  for (const [key, { line, node: value }] of node.entries) {
    if (!FLOW_KEYS.includes(key)) problems.add(line, `flows has no option "${key}"${didYouMean(key, FLOW_KEYS)}`)
    else if (isEmpty(value)) continue
    else if (key === 'enabled') enabled = readBool(value, problems) ?? enabled
    else if (key === 'timeout') timeoutMs = readDuration(value, problems, MIN_FLOW_MS) ?? timeoutMs
    else if (key === 'period') periodMs = readDuration(value, problems, MIN_FLOW_MS, true) ?? periodMs
    else if (key === 'processors') processors = readProcessors(value, problems)
    else if (key !== 'enable_delta_flow_reports' || readBool(value, problems) !== false) unused.push(`flows.${key}`)
  }
  if (unused.length > 0) problems.warn(`not used here: ${unused.join(', ')}`)
  return { enabled, timeoutMs, periodMs, processors }
}

/** With `detection: ports` the port alone decides, so it may decide for one protocol only. */
function refuseSharedPorts(draft: Draft, problems: ConfigProblems): void {
  if (draft.detection !== 'ports') return
  const owner = new Map<number, string>()
  for (const [name, { enabled, ports }] of draft.protocols) {
    if (!enabled) continue
    for (const port of ports ?? []) {
      const other = owner.get(port)
      if (other !== undefined) {
        problems.add(0, `port ${port} belongs to both ${other} and ${name}; with "detection: ports" it can be one only`)
        return
      }
      owner.set(port, name)
    }
  }
}
