/** The `protocols` of a configuration: a list of maps with `type`, or the older map from name to options. */
import type { AnyProtocol } from '../protocols/protocol.js'
import { commonOptions, type Option, type OptionSet } from '../schema/options.js'
import { type ConfigMap, type ConfigNode, isEmpty, toPlain } from './document.js'
import { didYouMean } from './nearest.js'
import type { ConfigProblems } from './problems.js'
import { readProcessors } from './processors.js'
import { judgeName } from './protocol-names.js'
import { defaultProtocolSettings, type ProtocolSettings } from './settings.js'
import { describe, readBool, readDuration, readFiles, readInt, readPorts, readText, readWords } from './values.js'

/** Keys of a protocol that are no options of it. */
const OTHER_KEYS = ['type', 'transaction_timeout', 'fields', 'fields_under_root', 'processors', 'keep_null', 'index', 'pipeline'] as const

/**
 * @param folder where the files are that options name by relative paths; undefined = no file may be read
 * @returns settings of the protocols that are named
 */
export function readProtocols(
  node: ConfigNode,
  registry: readonly AnyProtocol[],
  problems: ConfigProblems,
  folder?: string,
): ReadonlyMap<string, ProtocolSettings> {
  const settings = new Map<string, ProtocolSettings>()
  const seen = new Map<string, number>()
  const one = (name: string, line: number, body: ConfigMap | undefined) => {
    const first = seen.get(name)
    if (first !== undefined) return problems.add(line, `protocol "${name}" is given twice, first on line ${first}`)
    seen.set(name, line)
    const verdict = judgeName(name, registry)
    if (verdict.kind === 'unknown') problems.add(line, verdict.message, 'audit protocols   lists those that are decoded')
    else settings.set(name, readProtocol(verdict.protocol, body, problems, folder))
  }
  if (node.kind === 'list')
    for (const item of node.items) {
      const type = item.kind === 'map' ? item.entries.get('type') : undefined
      if (item.kind !== 'map' || !type) problems.add(item.line, `${item.path}: want a map with "type", got ${describe(item)}`)
      else {
        const name = readText(type.node, problems)
        if (name !== undefined) one(name, type.line, item)
      }
    }
  else if (node.kind === 'map')
    for (const [name, entry] of node.entries) {
      if (entry.node.kind === 'map') one(name, entry.line, entry.node)
      else if (isEmpty(entry.node)) one(name, entry.line, undefined)
      else problems.add(entry.node.line, `${entry.node.path}: want a map of options, got ${describe(entry.node)}`)
    }
  else if (!isEmpty(node)) problems.add(node.line, `${node.path}: want a list of protocols, got ${describe(node)}`)
  return settings
}

function readProtocol(
  protocol: AnyProtocol,
  body: ConfigMap | undefined,
  problems: ConfigProblems,
  folder: string | undefined,
): ProtocolSettings {
  const base = defaultProtocolSettings(protocol)
  const declared: OptionSet = { ...commonOptions, ...protocol.options }
  const options: Record<string, unknown> = { ...base.options }
  let { ports, fields, fieldsUnderRoot, processors, transactionTimeoutMs } = base
  for (const [key, { line, node }] of body?.entries ?? []) {
    if (key === 'type' || isEmpty(node)) continue
    const option = Object.hasOwn(declared, key) ? declared[key] : undefined
    if (key === 'ports') {
      ports = readPorts(node, problems) ?? ports
      options.ports = ports?.map(String) ?? []
    } else if (option) options[key] = readOption(option, node, problems, folder) ?? option.fallback
    else if (key === 'transaction_timeout') transactionTimeoutMs = readDuration(node, problems, 0)
    else if (key === 'fields') fields = readFields(node, problems)
    else if (key === 'fields_under_root') fieldsUnderRoot = readBool(node, problems) ?? false
    else if (key === 'processors') processors = readProcessors(node, problems)
    else if (key === 'keep_null') options.keep_null = readBool(node, problems) ?? false
    else if (key === 'index' || key === 'pipeline') options[key] = readText(node, problems)
    else {
      const known = [...Object.keys(declared), ...OTHER_KEYS]
      problems.add(
        line,
        `${protocol.name} has no option "${key}"${didYouMean(key, known)}`,
        `audit protocols ${protocol.name}   lists its options`,
      )
    }
  }
  return {
    enabled: options.enabled === true,
    ports,
    options,
    tags: options.tags as readonly string[],
    fields,
    fieldsUnderRoot,
    processors,
    transactionTimeoutMs,
  }
}

function readOption(option: Option<unknown>, node: ConfigNode, problems: ConfigProblems, folder: string | undefined): unknown {
  switch (option.kind) {
    case 'bool':
      return readBool(node, problems)
    case 'int':
      return readInt(node, problems, option.min ?? 0)
    case 'text':
      return readText(node, problems)
    case 'list':
      return readWords(node, problems)
    case 'files':
      return readFiles(node, problems, folder, option.check)
  }
}

export function readFields(node: ConfigNode, problems: ConfigProblems): Record<string, unknown> {
  if (node.kind === 'map') return toPlain(node) as Record<string, unknown>
  problems.add(node.line, `${node.path}: want a map of fields, got ${describe(node)}`)
  return {}
}
