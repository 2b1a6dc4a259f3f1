/** Starts the capture of one interface, and says in words why one cannot start or go on. */
import { UserError } from '../model/user-error.js'
import { permissionSteps, quoted } from './advice.js'
import { CaptureRefused } from './capture-refused.js'
import { ignoreOutgoing } from './incoming-only.js'
import { listInterfaces, noSuchInterface } from './interfaces.js'
import { DIRECTION_IN, type Libpcap, PcapCode, type Pointer } from './libpcap.js'

export interface LiveOptions {
  /** Bytes kept of each packet; libpcap's own most (262,144) unless told otherwise. */
  readonly snaplen?: number
  /** The kernel's buffer in MiB: what may come in while nobody polls. */
  readonly bufferSizeMb?: number
  /** Frames for other stations, too; on unless told otherwise. Never for `any`, which has no such mode. */
  readonly promiscuous?: boolean
  /** Each packet at once instead of by the block: quicker to show, and much less fits the kernel's buffer. */
  readonly immediate?: boolean
  /** The kernel hands over what it gathered after so many milliseconds at the latest. */
  readonly gatherMs?: number
  /** In the syntax of pcap-filter(7). */
  readonly filter?: string
  /** Only packets that come in. */
  readonly ignoreOutgoing?: boolean
}

/** MAXIMUM_SNAPLEN of libpcap: no frame is longer, offloaded ones included. */
export const MAX_SNAPLEN = 262_144
/** What Packetbeat takes unless told otherwise. */
const DEFAULT_BUFFER_MB = 30
/** libpcap takes the size as an int of bytes. */
export const MAX_BUFFER_MB = 2047
/** Short enough to feel live, long enough that the kernel hands over full blocks. */
export const DEFAULT_GATHER_MS = 100
const MIB = 1024 * 1024
/** The pseudo-device of all interfaces. */
const ANY = 'any'

export const LIST: readonly string[] = ['audit interfaces   lists what can be captured']

/** Activates a handle as the options say and makes its reads return at once. Answers what libpcap warned of. */
export function startCapture(pcap: Libpcap, p: Pointer, name: string, options: LiveOptions): string[] {
  const { snaplen = MAX_SNAPLEN, bufferSizeMb = DEFAULT_BUFFER_MB, promiscuous = true, gatherMs = DEFAULT_GATHER_MS } = options
  const warnings: string[] = []
  pcap.setSnaplen(p, clamped(snaplen, MAX_SNAPLEN, 'a snaplen', 'bytes', warnings))
  pcap.setBufferSize(p, clamped(bufferSizeMb, MAX_BUFFER_MB, 'a buffer', 'MiB', warnings) * MIB)
  pcap.setTimeout(p, Math.max(1, gatherMs))
  if (promiscuous && name !== ANY) pcap.setPromiscuous(p)
  if (options.immediate && !pcap.setImmediate(p)) warnings.push('this libpcap is too old to hand over packets at once')
  // Where nanoseconds are not offered, the handle stays at microseconds.
  pcap.setNanoseconds(p)

  const code = pcap.activate(p)
  const words = pcap.errorOf(p) || pcap.codeText(code)
  if (code < 0) throw refused(code, name, words)
  if (code > 0) warnings.push(`${name}: ${code === PcapCode.noPromiscuous ? `no promiscuous mode: ${words}` : words}`)

  const failure = (options.ignoreOutgoing ? pcap.setDirection(p, DIRECTION_IN) : undefined) ?? pcap.setNonBlocking(p)
  if (failure !== undefined) throw new UserError(`${name} cannot be captured as wanted: ${failure}`)
  const filter = options.filter?.trim() ?? ''
  const wrong = filter === '' ? undefined : pcap.setFilter(p, filter)
  if (wrong !== undefined) throw filterError(filter, wrong)
  // Where the kernel does not understand, libpcap still leaves them out.
  if (options.ignoreOutgoing || isLinuxLoopback(pcap, name)) ignoreOutgoing(pcap.koffi, pcap.fileDescriptor(p))
  return warnings
}

/** Linux shows each packet of the loopback twice, as it leaves and as it comes in; libpcap passes the second. */
const isLinuxLoopback = (pcap: Libpcap, name: string): boolean =>
  process.platform === 'linux' && listInterfaces(pcap).some((one) => one.name === name && one.loopback)

export const filterError = (filter: string, wrong: string): UserError =>
  new UserError(`the filter "${filter.length > SHOWN_FILTER ? `${filter.slice(0, SHOWN_FILTER)}...` : filter}" does not work: ${wrong}`, [
    'for example: tcp port 80, or host 192.0.2.7 and not port 22',
    'man pcap-filter   tells the syntax',
  ])
/** Characters of a wrong filter that its message repeats. */
const SHOWN_FILTER = 200

function clamped(value: number, most: number, what: string, unit: string, warnings: string[]): number {
  if (value <= most) return Math.max(1, Math.floor(value))
  warnings.push(`${what} of ${value} ${unit} is more than there can be: it is ${most}`)
  return most
}

function refused(code: number, name: string, words: string): UserError {
  switch (code) {
    case PcapCode.noSuchDevice:
      return noSuchInterface(name, listInterfaces())
    case PcapCode.permission:
    case PcapCode.promiscuousPermission:
      return new CaptureRefused('permission', `${name} cannot be captured: permission denied (${words})`, permissionSteps(name))
    case PcapCode.notUp:
      return new UserError(`${name} cannot be captured: it is down`, upSteps(name))
    default:
      return new UserError(`${name} cannot be captured: ${words}`, LIST)
  }
}

/** The error of an interface that was readable until now. */
export function failedReading(pcap: Libpcap, p: Pointer, name: string): UserError {
  const words = pcap.errorOf(p)
  const found = listInterfaces(pcap).find((one) => one.name === name)
  if (!found) return new UserError(`${name} has vanished while it was captured (${words})`, LIST)
  return new UserError(`${name} cannot be read any longer: ${words}`, found.up ? LIST : upSteps(name))
}

export const upSteps = (name: string): string[] => [
  process.platform === 'linux'
    ? `sudo ip link set dev ${quoted(name)} up   brings it up`
    : `sudo ifconfig ${quoted(name)} up   brings it up`,
  ...LIST,
]
