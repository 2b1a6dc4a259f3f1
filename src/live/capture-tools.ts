/**
 * dumpcap and tcpdump: how each is told what to capture, and what its words on standard error mean. Each takes one interface and
 * writes a capture to its standard output.
 */
import { UserError } from '../model/user-error.js'
import type { KernelCounts } from './device.js'
import { findProgram, type Program } from './programs.js'

export type ToolName = 'dumpcap' | 'tcpdump'
/** What takes the packets: the library in this process, a program, or the first of these that can. */
export type CaptureWay = 'auto' | 'libpcap' | ToolName
export const CAPTURE_WAYS: readonly CaptureWay[] = ['auto', 'libpcap', 'dumpcap', 'tcpdump']

export interface ToolOrder {
  readonly name: string
  readonly snaplen: number
  readonly bufferSizeMb: number
  readonly promiscuous: boolean
  readonly ignoreOutgoing: boolean
  /** Trimmed; '' = none. */
  readonly filter: string
}

export interface CaptureTool {
  readonly name: ToolName
  /** How long a packet may stay with the kernel and the program before it is written, milliseconds. */
  readonly gatherMs: number
  /** It tells its counters when it is asked to; else at its end. */
  readonly tellsCounts: boolean
  /** Why it cannot do what is ordered. */
  unable(order: ToolOrder): string | undefined
  args(order: ToolOrder): string[]
  /** The counters that a line tells: those of them that it has. */
  counts(line: string): Partial<KernelCounts> | undefined
}

/**
 * pcapng, since dumpcap stamps with nanoseconds only there. Its own time-out is 250 ms, and it passes on what it wrote every 500 ms.
 * With one interface it has no thread and no queue beside the kernel's.
 */
const dumpcap: CaptureTool = {
  name: 'dumpcap',
  gatherMs: 900,
  tellsCounts: false,
  unable({ name, ignoreOutgoing }) {
    if (ignoreOutgoing) return 'it cannot leave out outgoing packets'
    // It takes numbers for its own list, and these words for the address of another machine.
    if (/^\d+$|^tcp@|^rpcap:/i.test(name)) return `it takes the name ${name} for something else`
    return undefined
  },
  args: ({ name, snaplen, bufferSizeMb, promiscuous, filter }) => [
    ...['-q', '-i', name, '-s', String(snaplen), '-B', String(bufferSizeMb)],
    ...(promiscuous ? [] : ['-p']),
    ...(filter === '' ? [] : ['-f', filter]),
    ...['-w', '-'],
  ],
  counts(line) {
    const found = /received\/dropped on interface .*: (\d+)\/\d+ \(pcap:(\d+)\/dumpcap:(\d+)\/flushed:(\d+)\/ps_ifdrop:(\d+)\)/.exec(line)
    if (!found) return undefined
    const [written, byKernel, byDumpcap, flushed, byInterface] = found.slice(1).map(Number) as [number, number, number, number, number]
    const dropped = byKernel + byDumpcap + flushed
    return { received: written + dropped, dropped, interfaceDropped: byInterface }
  },
}

/** Its time-out is a second. It becomes the user tcpdump when root starts it, which changes nothing for a pipe that is open. */
const tcpdump: CaptureTool = {
  name: 'tcpdump',
  gatherMs: 1150,
  tellsCounts: true,
  // Apple's has another use for -Q.
  unable: ({ ignoreOutgoing }) => (ignoreOutgoing && process.platform === 'darwin' ? 'it cannot leave out outgoing packets' : undefined),
  args: ({ name, snaplen, bufferSizeMb, promiscuous, ignoreOutgoing, filter }) => [
    // Nothing looked up, each packet passed on once it is written.
    ...['-n', '-U', '--time-stamp-precision=nano', '-i', name, '-s', String(snaplen), '-B', String(bufferSizeMb * 1024)],
    ...(promiscuous ? [] : ['-p']),
    ...(ignoreOutgoing ? ['-Q', 'in'] : []),
    ...['-w', '-'],
    ...(filter === '' ? [] : ['--', filter]),
  ],
  counts(line) {
    const counts: { -readonly [K in keyof KernelCounts]?: KernelCounts[K] } = {}
    for (const [, n, what] of line.matchAll(/(\d+) packets? (received by filter|dropped by kernel|dropped by interface)/g)) {
      if (what === 'received by filter') counts.received = Number(n)
      else if (what === 'dropped by kernel') counts.dropped = Number(n)
      else counts.interfaceDropped = Number(n)
    }
    return Object.keys(counts).length === 0 ? undefined : counts
  },
}

/** In the order in which they are tried: dumpcap does nothing but capture, and can be allowed to a group. */
export const TOOLS: readonly CaptureTool[] = [dumpcap, tcpdump]

export interface FoundTool {
  readonly tool: CaptureTool
  readonly program: Program
}

/** Those of this system that this user may start. */
export const usableTools = (): FoundTool[] =>
  TOOLS.flatMap((tool) => {
    const program = toolsHere() ? findProgram(tool.name) : undefined
    return program?.usable ? [{ tool, program }] : []
  })

/** What ends a program when this process is gone is a shell's doing, which Windows has not. */
export const toolsHere = (): boolean => process.platform !== 'win32'

/** @throws UserError for a name that the program would take for an option */
export function refuseOptions(name: string): void {
  if (name === '' || name.startsWith('-') || name.includes('\0'))
    throw new UserError(`"${name}" cannot be the name of an interface`, ['audit interfaces   lists what can be captured'])
}
