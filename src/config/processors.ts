/**
 * The `processors` of a configuration. Those that are known are carried out; any other stops the run, because one that is not
 * carried out could leak what it was to hide.
 */
import { pattern } from '../processors/condition.js'
import { isNetwork } from '../processors/networks.js'
import { CONDITIONS, type Condition, PROCESSORS, type Processor, RANGE_BOUNDS, type Range, type Scalar } from '../processors/processor.js'
import { isPattern } from '../processors/run.js'
import { type ConfigMap, type ConfigNode, isEmpty } from './document.js'
import { didYouMean } from './nearest.js'
import type { ConfigProblems } from './problems.js'
import { describe, readBool, readText, readWords } from './values.js'

/** Options by processor, beside `when`. */
const OPTIONS: Readonly<Record<(typeof PROCESSORS)[number], readonly string[]>> = {
  drop_event: [],
  drop_fields: ['fields', 'ignore_missing'],
  include_fields: ['fields', 'ignore_missing'],
  detect_mime_type: ['field', 'target'],
}

export function readProcessors(node: ConfigNode, problems: ConfigProblems): Processor[] {
  const items = node.kind === 'list' ? node.items : isEmpty(node) ? [] : [node]
  return items.flatMap((item) => readProcessor(item, problems) ?? [])
}

function readProcessor(item: ConfigNode, problems: ConfigProblems): Processor | undefined {
  if (item.kind !== 'map') {
    // `- drop_event` alone, without options.
    if (item.kind === 'value' && item.value === 'drop_event') return { kind: 'drop_event' }
    problems.add(item.line, `${item.path}: want a processor, got ${describe(item)}`)
    return undefined
  }
  if (item.entries.has('if')) return readIf(item, problems)
  const names = [...item.entries.keys()].filter((key) => key !== 'when')
  const name = names[0] ?? ''
  if (names.length !== 1) {
    problems.add(item.line, `${item.path}: want one processor, got ${names.length === 0 ? 'none' : names.join(', ')}`)
    return undefined
  }
  if (!isOneOf(PROCESSORS, name)) {
    problems.add(
      item.line,
      `processor "${name}" is not carried out${didYouMean(name, PROCESSORS)}; ignoring it could leak data`,
      `take it out, or use those that are: ${PROCESSORS.join(', ')}`,
    )
    return undefined
  }
  const body = item.entries.get(name)!.node
  if (body.kind !== 'map' && !isEmpty(body)) {
    problems.add(body.line, `${body.path}: want a map of options, got ${describe(body)}`)
    return undefined
  }
  const options = body.kind === 'map' ? body : undefined
  for (const [key, { line }] of options?.entries ?? [])
    if (key !== 'when' && !OPTIONS[name].includes(key))
      problems.add(line, `processor ${name} has no option "${key}"${didYouMean(key, [...OPTIONS[name], 'when'])}`)
  const written = options?.entries.get('when')?.node ?? item.entries.get('when')?.node
  const when = written && readCondition(written, problems)
  // A condition that cannot be read is a problem already; without it the processor would do more than asked.
  if (written && !when) return undefined
  switch (name) {
    case 'drop_event':
      return { kind: name, when }
    case 'drop_fields':
    case 'include_fields': {
      const fields = readFieldNames(options?.entries.get('fields')?.node, item, name, problems)
      const missing = options?.entries.get('ignore_missing')?.node
      if (missing && !isEmpty(missing)) readBool(missing, problems)
      return fields && { kind: name, fields, when }
    }
    case 'detect_mime_type': {
      const field = readOne(options, 'field', item, name, problems)
      const target = readOne(options, 'target', item, name, problems)
      return field === undefined || target === undefined ? undefined : { kind: name, field, target, when }
    }
  }
}

const isOneOf = <T extends string>(all: readonly T[], word: string): word is T => (all as readonly string[]).includes(word)

function readFieldNames(
  node: ConfigNode | undefined,
  item: ConfigNode,
  name: string,
  problems: ConfigProblems,
): readonly string[] | undefined {
  if (!node || (node.kind === 'value' && node.value === null)) {
    problems.add(item.line, `processor ${name} needs "fields"`)
    return undefined
  }
  const fields = node.kind === 'list' && node.items.length === 0 ? [] : readWords(node, problems)
  for (const field of fields ?? []) if (isPattern(field) && !isValid(field.slice(1, -1), node, problems)) return undefined
  return fields
}

function isValid(source: string, node: ConfigNode, problems: ConfigProblems): boolean {
  try {
    pattern(source)
    return true
  } catch {
    problems.add(node.line, `${node.path}: ${JSON.stringify(source)} is no regular expression`)
    return false
  }
}

function readOne(
  options: ConfigMap | undefined,
  key: string,
  item: ConfigNode,
  name: string,
  problems: ConfigProblems,
): string | undefined {
  const node = options?.entries.get(key)?.node
  if (node && !isEmpty(node)) return readText(node, problems)
  problems.add(item.line, `processor ${name} needs "${key}"`)
  return undefined
}

function readIf(item: ConfigMap, problems: ConfigProblems): Processor | undefined {
  for (const [key, { line }] of item.entries)
    if (!['if', 'then', 'else'].includes(key)) problems.add(line, `"if" stands with "then" and "else", got "${key}"`)
  const when = readCondition(item.entries.get('if')!.node, problems)
  const branch = (key: string): Processor[] => {
    const node = item.entries.get(key)?.node
    return node ? readProcessors(node, problems) : []
  }
  if (!item.entries.has('then')) problems.add(item.line, 'a processor with "if" needs "then"')
  const taken = branch('then')
  const otherwise = branch('else')
  return when && { kind: 'if', when, taken, otherwise }
}

/** `{equals: {...}}`; several in one map must all hold, as do several fields in one. */
function readCondition(node: ConfigNode, problems: ConfigProblems): Condition | undefined {
  if (node.kind !== 'map' || node.entries.size === 0) {
    problems.add(node.line, `${node.path}: want a condition, got ${describe(node)}`)
    return undefined
  }
  const all = [...node.entries].map(([op, entry]) => readOperator(op, entry.line, entry.node, problems))
  if (all.some((one) => one === undefined)) return undefined
  return all.length === 1 ? all[0] : { op: 'and', all: all as Condition[] }
}

function readOperator(op: string, line: number, node: ConfigNode, problems: ConfigProblems): Condition | undefined {
  if (!isOneOf(CONDITIONS, op)) {
    problems.add(line, `there is no condition "${op}"${didYouMean(op, CONDITIONS)}`)
    return undefined
  }
  if (op === 'not') {
    const inner = readCondition(node, problems)
    return inner && { op, inner }
  }
  if (op === 'and' || op === 'or') {
    if (node.kind !== 'list') {
      problems.add(node.line, `${node.path}: want a list of conditions, got ${describe(node)}`)
      return undefined
    }
    const all = node.items.map((item) => readCondition(item, problems))
    return all.every((one) => one !== undefined) ? { op, all } : undefined
  }
  if (op === 'has_fields') {
    const fields = readWords(node, problems)
    return fields && { op, fields }
  }
  if (node.kind !== 'map') {
    problems.add(node.line, `${node.path}: want a map of fields, got ${describe(node)}`)
    return undefined
  }
  switch (op) {
    case 'equals':
      return withValues(op, leaves(node), (leaf) => readScalar(leaf, problems))
    case 'contains':
      return withValues(op, leaves(node), (leaf) => readWords(leaf, problems))
    case 'regexp':
      return withValues(op, leaves(node), (leaf) => {
        const sources = readWords(leaf, problems)
        return sources?.every((source) => isValid(source, leaf, problems)) ? sources : undefined
      })
    case 'network':
      return withValues(op, leaves(node), (leaf) => readNetworks(leaf, problems))
    case 'range':
      return readRange(node, problems)
  }
}

function withValues<O extends string, V>(op: O, all: Map<string, ConfigNode>, read: (leaf: ConfigNode) => V | undefined) {
  const values: Record<string, V> = {}
  for (const [name, leaf] of all) {
    const value = read(leaf)
    if (value === undefined) return undefined
    values[name] = value
  }
  return { op, values }
}

/** Fields with what is asked of each; names may be dotted or nested. */
function leaves(node: ConfigMap, prefix = '', out = new Map<string, ConfigNode>()): Map<string, ConfigNode> {
  for (const [key, { node: inner }] of node.entries) {
    if (inner.kind === 'map') leaves(inner, `${prefix}${key}.`, out)
    else out.set(prefix + key, inner)
  }
  return out
}

function readScalar(node: ConfigNode, problems: ConfigProblems): Scalar | undefined {
  const value = node.kind === 'value' ? node.value : null
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  if (typeof value === 'bigint') return String(value)
  problems.add(node.line, `${node.path}: want a text, a number or a boolean, got ${describe(node)}`)
  return undefined
}

function readNetworks(node: ConfigNode, problems: ConfigProblems): readonly string[] | undefined {
  const words = readWords(node, problems)
  const wrong = words?.find((word) => !isNetwork(word))
  if (wrong === undefined) return words
  problems.add(node.line, `${node.path}: ${JSON.stringify(wrong)} is no network (10.0.0.0/8, private, loopback...)`)
  return undefined
}

/** `{http.response.status_code: {gte: 400}}`, or `http.response.status_code.gte: 400`. */
function readRange(node: ConfigMap, problems: ConfigProblems): Condition | undefined {
  const values: Record<string, Range> = {}
  for (const [name, leaf] of leaves(node)) {
    const dot = name.lastIndexOf('.')
    const bound = name.slice(dot + 1)
    const value = leaf.kind === 'value' ? leaf.value : null
    if (dot < 0 || !isOneOf(RANGE_BOUNDS, bound)) {
      problems.add(leaf.line, `${leaf.path}: want one of ${RANGE_BOUNDS.join(', ')}`)
      return undefined
    }
    if (typeof value !== 'number') {
      problems.add(leaf.line, `${leaf.path}: want a number, got ${describe(leaf)}`)
      return undefined
    }
    const field = name.slice(0, dot)
    values[field] = { ...values[field], [bound]: value }
  }
  return { op: 'range', values }
}
