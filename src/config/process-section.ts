/** The `procs` of a configuration: whether processes are named, and by which names. */
import { type ConfigNode, isEmpty } from './document.js'
import { didYouMean } from './nearest.js'
import type { ConfigProblems } from './problems.js'
import type { ProcessSettings } from './settings.js'
import { describe, readBool, readText } from './values.js'

/** How often Packetbeat looks for processes is of no meaning here: a look follows a new socket. */
const NOT_USED = ['max_proc_read_freq', 'refresh_pids_freq', 'proc_read_freq']
const KEYS = ['enabled', 'monitored']
const ENTRY_KEYS = ['process', 'cmdline_grep']
/** Every name costs a search of each command line. */
const MAX_MONITORED = 256

export function readProcesses(node: ConfigNode, base: ProcessSettings, problems: ConfigProblems): ProcessSettings {
  if (node.kind !== 'map') {
    problems.add(node.line, `procs: want a map, got ${describe(node)}`)
    return base
  }
  let { enabled, monitored } = base
  const unused: string[] = []
  for (const [key, { line, node: value }] of node.entries) {
    if (NOT_USED.includes(key)) unused.push(`procs.${key}`)
    else if (!KEYS.includes(key)) problems.add(line, `procs has no option "${key}"${didYouMean(key, KEYS)}`)
    else if (isEmpty(value)) continue
    else if (key === 'enabled') enabled = readBool(value, problems) ?? enabled
    else monitored = readMonitored(value, problems)
  }
  if (unused.length > 0) problems.warn(`not used here: ${unused.join(', ')}`)
  return { enabled, monitored }
}

function readMonitored(node: ConfigNode, problems: ConfigProblems): ProcessSettings['monitored'] {
  if (node.kind !== 'list') {
    problems.add(node.line, `${node.path}: want a list of maps with "process" and "cmdline_grep", got ${describe(node)}`)
    return []
  }
  if (node.items.length > MAX_MONITORED) problems.add(node.line, `${node.path}: more than ${MAX_MONITORED} names`)
  return node.items.slice(0, MAX_MONITORED).flatMap((item) => readOne(item, problems) ?? [])
}

function readOne(item: ConfigNode, problems: ConfigProblems): ProcessSettings['monitored'][number] | undefined {
  if (item.kind !== 'map') {
    problems.add(item.line, `${item.path}: want a map with "process" and "cmdline_grep", got ${describe(item)}`)
    return undefined
  }
  for (const [key, { line }] of item.entries)
    if (!ENTRY_KEYS.includes(key)) problems.add(line, `${item.path} has no option "${key}"${didYouMean(key, ENTRY_KEYS)}`)
  const text = (key: string): string => {
    const entry = item.entries.get(key)
    return entry && !isEmpty(entry.node) ? (readText(entry.node, problems) ?? '') : ''
  }
  const process = text('process')
  const grep = text('cmdline_grep')
  if (process !== '' && grep !== '') return { process, grep }
  problems.add(item.line, `${item.path}: want both "process" and "cmdline_grep"`)
  return undefined
}
