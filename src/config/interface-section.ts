/** The `interfaces` of a configuration: where to capture, and which networks count as internal. */
import { isNetwork, NETWORK_NAMES } from '../processors/networks.js'
import { type ConfigMap, type ConfigNode, isEmpty } from './document.js'
import { didYouMean } from './nearest.js'
import type { ConfigProblems } from './problems.js'
import type { InterfaceSettings } from './settings.js'
import { describe, readBool, readInt, readText, readWords } from './values.js'

/** Understood by other sniffers or by live capture alone; nothing to check for a file. */
const LIVE_KEYS = [
  'type',
  'auto_promisc_mode',
  'poll_default_route',
  'metrics_interval',
  'fanout_group',
  'file',
  'loop',
  'dumpfile',
  'top_speed',
  'one_at_a_time',
]
const KEYS = [
  'device',
  'devices',
  'snaplen',
  'buffer_size_mb',
  'bpf_filter',
  'internal_networks',
  'with_vlans',
  'ignore_outgoing',
  ...LIVE_KEYS,
]

export function readInterfaces(node: ConfigNode, base: InterfaceSettings, problems: ConfigProblems): InterfaceSettings {
  const maps = node.kind === 'list' ? node.items : isEmpty(node) ? [] : [node]
  let settings = base
  for (const map of maps) {
    if (map.kind === 'map') settings = readInterface(map, settings, problems)
    else problems.add(map.line, `${map.path}: want a map with "device", got ${describe(map)}`)
  }
  return settings
}

function readInterface(map: ConfigMap, base: InterfaceSettings, problems: ConfigProblems): InterfaceSettings {
  let { snaplen, bufferSizeMb, bpfFilter, withVlans, ignoreOutgoing } = base
  const devices = [...base.devices]
  const networks = [...base.internalNetworks]
  for (const [key, { line, node }] of map.entries) {
    if (isEmpty(node)) continue
    if (key === 'device' || key === 'devices') devices.push(...(readWords(node, problems) ?? []))
    else if (key === 'snaplen') snaplen = readInt(node, problems, 1) ?? snaplen
    else if (key === 'buffer_size_mb') bufferSizeMb = readInt(node, problems, 1) ?? bufferSizeMb
    else if (key === 'bpf_filter') bpfFilter = readText(node, problems)
    else if (key === 'with_vlans') withVlans = readBool(node, problems) ?? withVlans
    else if (key === 'ignore_outgoing') ignoreOutgoing = readBool(node, problems) ?? ignoreOutgoing
    else if (key === 'internal_networks') networks.push(...readNetworks(node, problems))
    else if (!LIVE_KEYS.includes(key)) problems.add(line, `interfaces has no option "${key}"${didYouMean(key, KEYS)}`)
  }
  return { devices, snaplen, bufferSizeMb, bpfFilter, internalNetworks: networks, withVlans, ignoreOutgoing }
}

function readNetworks(node: ConfigNode, problems: ConfigProblems): string[] {
  const words = readWords(node, problems) ?? []
  for (const word of words)
    if (!isNetwork(word))
      problems.add(
        node.line,
        `${node.path}: "${word}" is no network such as 10.0.0.0/8 and no name of one${didYouMean(word, NETWORK_NAMES)}`,
      )
  return words
}
