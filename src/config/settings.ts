/** What a run is told to do: the configuration after reading, with every default filled in. */

import type { Processor } from '../processors/processor.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import { commonOptions, defaultsOf, type GivenFile } from '../schema/options.js'
import { processorDocument } from './processor-document.js'

/** content = any port, by looking at the bytes; ports = only the ports given. */
export type Detection = 'content' | 'ports'

export interface FlowSettings {
  /** Write flow documents and rows. Flows are followed either way. */
  readonly enabled: boolean
  /** Idle time, by the packet clock, after which a flow is over. */
  readonly timeoutMs: number
  /** Interim reports of flows that go on; -1 = only finished flows. */
  readonly periodMs: number
  readonly processors: readonly Processor[]
}

export interface ProtocolSettings {
  readonly enabled: boolean
  /** Ports given by the user; undefined = none were given and the protocol's own are the hint. */
  readonly ports: readonly number[] | undefined
  /** Every option of the protocol and the common ones, checked, defaults filled in. */
  readonly options: Readonly<Record<string, unknown>>
  /** Document tags and fields of this protocol, beside the global ones. */
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
  readonly fieldsUnderRoot: boolean
  /** Of this protocol; they come before those for all. */
  readonly processors: readonly Processor[]
  /** How long a request waits for its answer; undefined = until its flow ends. */
  readonly transactionTimeoutMs: number | undefined
}

export interface InterfaceSettings {
  readonly devices: readonly string[]
  readonly snaplen: number
  readonly bufferSizeMb: number
  readonly bpfFilter: string | undefined
  /** CIDR networks and the names Packetbeat knows (private, loopback, unicast...): they decide network.direction. */
  readonly internalNetworks: readonly string[]
  /** The filter that ports stand for finds tagged frames as well. */
  readonly withVlans: boolean
  /** Leave out what the capturing host sends. */
  readonly ignoreOutgoing: boolean
}

/** Which processes of the capturing host are behind the sockets: live sessions on Linux. */
export interface ProcessSettings {
  readonly enabled: boolean
  /** Names by what stands in command lines; the first that fits counts. */
  readonly monitored: readonly { readonly process: string; readonly grep: string }[]
}

export interface Settings {
  readonly detection: Detection
  /** Login, database change, ping, quit... are transactions too. */
  readonly sessionEvents: boolean
  readonly flows: FlowSettings
  /** One entry for each registered protocol, in the registry's order. */
  readonly protocols: ReadonlyMap<string, ProtocolSettings>
  /** A list of protocols was given: the others have `enabled: false`. */
  readonly listed: boolean
  readonly interfaces: InterfaceSettings
  readonly processes: ProcessSettings
  /** For every document. */
  readonly tags: readonly string[]
  readonly fields: Readonly<Record<string, unknown>>
  readonly fieldsUnderRoot: boolean
  readonly processors: readonly Processor[]
  /** Databases in MaxMind DB format, asked in this order where addresses are: paths that can be opened from here. */
  readonly geoip: readonly string[]
  /** Name of the observer, or undefined when none was given. */
  readonly name: string | undefined
}

/** Long enough for a client that thinks between two commands, short enough that a scan's half-open flows leave memory. */
export const DEFAULT_FLOW_TIMEOUT_MS = 300_000

export const defaultProtocolSettings = (protocol: AnyProtocol): ProtocolSettings => ({
  enabled: true,
  ports: undefined,
  options: { ...defaultsOf(commonOptions), ...defaultsOf(protocol.options) },
  tags: [],
  fields: {},
  fieldsUnderRoot: false,
  processors: [],
  transactionTimeoutMs: undefined,
})

export const defaultSettings = (registry: readonly AnyProtocol[]): Settings => ({
  detection: 'content',
  sessionEvents: true,
  flows: { enabled: true, timeoutMs: DEFAULT_FLOW_TIMEOUT_MS, periodMs: -1, processors: [] },
  protocols: new Map(registry.map((protocol) => [protocol.name, defaultProtocolSettings(protocol)])),
  listed: false,
  interfaces: {
    devices: [],
    snaplen: 65_535,
    bufferSizeMb: 30,
    bpfFilter: undefined,
    internalNetworks: [],
    withVlans: false,
    ignoreOutgoing: false,
  },
  processes: { enabled: false, monitored: [] },
  tags: [],
  fields: {},
  fieldsUnderRoot: false,
  processors: [],
  geoip: [],
  name: undefined,
})

/**
 * The settings as `audit.yml` would say them, every default written out: for the `run` row and its hash. Keys are in
 * declaration order, so equal settings give equal text; read as a configuration it gives these settings again.
 */
export function settingsDocument(settings: Settings): Record<string, unknown> {
  const { flows, interfaces } = settings
  return {
    ...(settings.name === undefined ? {} : { name: settings.name }),
    detection: settings.detection,
    session_events: settings.sessionEvents,
    flows: {
      enabled: flows.enabled,
      timeout: durationOf(flows.timeoutMs),
      period: flows.periodMs < 0 ? '-1s' : durationOf(flows.periodMs),
      ...(flows.processors.length === 0 ? {} : { processors: flows.processors.map(processorDocument) }),
    },
    interfaces: {
      device: interfaces.devices,
      snaplen: interfaces.snaplen,
      buffer_size_mb: interfaces.bufferSizeMb,
      ...(interfaces.bpfFilter === undefined ? {} : { bpf_filter: interfaces.bpfFilter }),
      internal_networks: interfaces.internalNetworks,
      ...(interfaces.withVlans ? { with_vlans: true } : {}),
      ...(interfaces.ignoreOutgoing ? { ignore_outgoing: true } : {}),
    },
    ...(settings.processes.enabled ? { procs: processDocument(settings.processes) } : {}),
    tags: settings.tags,
    fields: settings.fields,
    fields_under_root: settings.fieldsUnderRoot,
    processors: settings.processors.map(processorDocument),
    protocols: [...settings.protocols].map(([type, one]) => protocolDocument(type, one)),
  }
}

const processDocument = ({ enabled, monitored }: ProcessSettings): Record<string, unknown> => ({
  enabled,
  ...(monitored.length === 0 ? {} : { monitored: monitored.map(({ process, grep }) => ({ process, cmdline_grep: grep })) }),
})

function protocolDocument(type: string, one: ProtocolSettings): Record<string, unknown> {
  const { ports: _words, ...options } = one.options
  return {
    type,
    ...Object.fromEntries(Object.entries(options).map(([name, value]) => [name, asGiven(value)])),
    ...(one.ports === undefined ? {} : { ports: one.ports }),
    ...(one.transactionTimeoutMs === undefined ? {} : { transaction_timeout: durationOf(one.transactionTimeoutMs) }),
    fields: one.fields,
    fields_under_root: one.fieldsUnderRoot,
    ...(one.processors.length === 0 ? {} : { processors: one.processors.map(processorDocument) }),
  }
}

/** Files by their names, as the configuration gave them; `givenFiles` tells which contents they had. */
const asGiven = (value: unknown): unknown => (Array.isArray(value) ? value.map((one) => (isGivenFile(one) ? one.name : one)) : value)

const isGivenFile = (value: unknown): value is GivenFile =>
  typeof value === 'object' && value !== null && 'sha256' in value && 'text' in value

export interface GivenFileRecord {
  readonly protocol: string
  readonly option: string
  readonly name: string
  readonly sha256: string
}

/** The files that options name, for the `run` row and its hash: the settings as a document have their names alone. */
export const givenFiles = ({ protocols }: Settings): GivenFileRecord[] =>
  [...protocols].flatMap(([protocol, { options }]) =>
    Object.entries(options).flatMap(([option, value]) =>
      Array.isArray(value) ? value.filter(isGivenFile).map(({ name, sha256 }) => ({ protocol, option, name, sha256 })) : [],
    ),
  )

const durationOf = (ms: number): string => (ms % 1000 === 0 ? `${ms / 1000}s` : `${ms}ms`)
