/**
 * Which process of this Linux host holds a socket: the kernel's socket tables lead from addresses to an inode, and the descriptors of
 * all processes from the inode to a process. What this says is the host's word, not the wire's.
 *
 * Nothing is better than something wrong: a connection has to have both of its ends as the flow has them; a socket that is not
 * connected counts only where its port is a server's, and its process was there before the flow; what several processes say
 * differently is not said.
 */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { basename, join } from 'node:path'
import type { Endpoint, ProcessFacts } from '../model/flow-view.js'
import { ANY, type HostSocket, socketsOf } from './socket-table.js'

export interface Monitored {
  /** The name that it gets. */
  readonly process: string
  /** Stands in its command line. */
  readonly grep: string
}

export interface FinderOptions {
  readonly monitored: readonly Monitored[]
  /** Command lines may hold passwords. */
  readonly withArgs: boolean
  /** Where proc(5) is mounted. */
  readonly proc?: string
}

export interface Question {
  readonly flow: string
  readonly transport: 'tcp' | 'udp'
  readonly local: Endpoint
  readonly remote: Endpoint
  /** First packet, milliseconds since 1970. */
  readonly firstMs: number
}

export interface Found {
  readonly process: ProcessFacts
  /** Processes that hold the socket: a server may have forked. */
  readonly holders: number
}

/** 100,000 sockets; more would take longer to read than they last. */
const MAX_TABLE = 16 * 1024 * 1024
/** Of one look at all processes: about a second of work. */
const MAX_PROCESSES = 32_768
const MAX_DESCRIPTORS = 500_000
/** A path is no longer (PATH_MAX); arguments are cut where nobody reads on. */
const MAX_TEXT = 4096
const MAX_ARGS = 64
/** What the clocks of processes and of packets may differ by: the kernel counts process starts in hundredths. */
const CLOCK_SLACK_MS = 30
/** USER_HZ, the same on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100

export class ProcessFinder {
  /** Processes whose descriptors could not be seen, in the last look. */
  hidden = 0
  /** A limit was reached in the last look: what. */
  limit: string | undefined
  private readonly proc: string

  constructor(private readonly options: FinderOptions) {
    this.proc = options.proc ?? '/proc'
  }

  /** By the question. Those without an answer are not there. Reads each table once, and all processes once. */
  find(questions: readonly Question[]): Map<Question, Found> {
    this.hidden = 0
    this.limit = undefined
    const inodes = this.inodesOf(questions)
    const holders = this.holdersOf(new Set([...inodes.values()].flat()))
    const found = new Map<Question, Found>()
    for (const [question, candidates] of inodes) {
      const pids = candidates.map((inode) => holders.get(inode) ?? [])
      const answers = pids.flatMap((of, i) => this.oneOf(of, candidates[i]!, question) ?? [])
      // Two sockets fit: that is one answer only if one process has both.
      if (answers.length > 0 && answers.every((one) => one.process.pid === answers[0]!.process.pid)) found.set(question, answers[0]!)
    }
    return found
  }

  private inodesOf(questions: readonly Question[]): Map<Question, number[]> {
    const found = new Map<Question, number[]>()
    const clientPorts = this.clientPorts()
    for (const transport of ['tcp', 'udp'] as const) {
      const asked = questions.filter((one) => one.transport === transport)
      if (asked.length === 0) continue
      const byPort = new Map<number, Question[]>()
      for (const one of asked) byPort.set(one.local.port, [...(byPort.get(one.local.port) ?? []), one])
      for (const file of [transport, `${transport}6`])
        for (const socket of socketsOf(this.table(join(this.proc, 'net', file))))
          for (const one of byPort.get(socket.localPort) ?? [])
            if (socket.inode !== 0 && fits(socket, one, clientPorts)) found.set(one, [...(found.get(one) ?? []), socket.inode])
    }
    return found
  }

  private clientPorts(): readonly [number, number] {
    const [low, high] = this.text('sys/net/ipv4/ip_local_port_range').trim().split(/\s+/).map(Number)
    return low !== undefined && high !== undefined ? [low, high] : [32_768, 60_999]
  }

  /** Processes by the inodes of their sockets. */
  private holdersOf(wanted: ReadonlySet<number>): Map<number, number[]> {
    const holders = new Map<number, number[]>()
    if (wanted.size === 0) return holders
    const names = new Map([...wanted].map((inode) => [`socket:[${inode}]`, inode]))
    let descriptors = 0
    const pids = this.list('').filter((name) => /^\d+$/.test(name))
    if (pids.length > MAX_PROCESSES) this.limit = `there are more than ${MAX_PROCESSES.toLocaleString('en-US')} processes`
    for (const pid of pids.slice(0, MAX_PROCESSES)) {
      for (const fd of this.descriptors(pid)) {
        if (++descriptors > MAX_DESCRIPTORS) {
          this.limit = `processes have more than ${MAX_DESCRIPTORS.toLocaleString('en-US')} open files`
          return holders
        }
        const inode = names.get(this.link(`${pid}/fd/${fd}`))
        if (inode === undefined) continue
        const of = holders.get(inode) ?? []
        if (of.at(-1) !== Number(pid)) of.push(Number(pid))
        holders.set(inode, of)
      }
    }
    return holders
  }

  /** Of several that hold a socket the youngest: what a server forks does the work. */
  private oneOf(pids: readonly number[], inode: number, { transport, firstMs }: Question): Found | undefined {
    const started = pids
      .flatMap((pid) => {
        const startMs = this.startOf(pid)
        return startMs === undefined ? [] : [{ pid, startMs }]
      })
      .sort((a, b) => b.startMs - a.startMs || b.pid - a.pid)
    const [first] = started
    if (!first) return undefined
    // Datagrams have no connection that would tell a port's next owner from its last.
    if (transport === 'udp' && first.startMs > firstMs + CLOCK_SLACK_MS) return undefined
    const process = this.describe(first.pid, first.startMs)
    // The number may be another process's by now.
    if (this.startOf(first.pid) !== first.startMs || !this.holds(first.pid, inode)) return undefined
    return process && { process, holders: started.length }
  }

  private holds(pid: number, inode: number): boolean {
    const name = `socket:[${inode}]`
    return this.list(`${pid}/fd`).some((fd) => this.link(`${pid}/fd/${fd}`) === name)
  }

  private describe(pid: number, startMs: number): ProcessFacts | undefined {
    const executable = this.link(`${pid}/exe`)
      .replace(/ \(deleted\)$/, '')
      .slice(0, MAX_TEXT)
    const args = this.text(`${pid}/cmdline`).split('\0').slice(0, -1)
    const line = args.join(' ')
    const name =
      this.options.monitored.find(({ grep }) => line.includes(grep))?.process ??
      (executable === '' ? this.text(`${pid}/comm`).trim() : basename(executable))
    if (name === '') return undefined
    return {
      pid,
      name,
      ...(executable === '' ? {} : { executable }),
      ...(this.options.withArgs ? { args: args.slice(0, MAX_ARGS).map((one) => one.slice(0, MAX_TEXT)) } : {}),
      start: new Date(startMs).toISOString(),
    }
  }

  /** Milliseconds since 1970, in steps of ten. */
  private startOf(pid: number): number | undefined {
    const stat = this.text(`${pid}/stat`)
    // The name before it is in brackets and may hold anything; field 22 is the 20th behind.
    const ticks = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? Number.NaN)
    return Number.isFinite(ticks) && stat !== '' ? this.bootMs() + (ticks * 1000) / TICKS_PER_SECOND : undefined
  }

  private boot: number | undefined
  /** When the host began, by the wall clock: asked once, so that one process has one start. */
  private bootMs(): number {
    this.boot ??= Math.round((Date.now() - Number(this.text('uptime').split(' ')[0]) * 1000) / 10) * 10
    return this.boot
  }

  private list(path: string): string[] {
    try {
      return readdirSync(join(this.proc, path))
    } catch {
      return []
    }
  }

  /** Descriptors of a process; none of one that is gone, and of one that may not be looked at. */
  private descriptors(pid: string): string[] {
    try {
      return readdirSync(join(this.proc, pid, 'fd'))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'EACCES') this.hidden++
      return []
    }
  }

  private link(path: string): string {
    try {
      return readlinkSync(join(this.proc, path))
    } catch {
      return ''
    }
  }

  private text(path: string): string {
    try {
      return readFileSync(join(this.proc, path), 'utf8')
    } catch {
      return ''
    }
  }

  /** A file that has no length of its own, up to the limit. */
  private table(path: string): string {
    let fd: number
    try {
      fd = openSync(path, 'r')
    } catch {
      return ''
    }
    try {
      const pieces: Buffer[] = []
      for (let total = 0; total < MAX_TABLE; ) {
        const piece = Buffer.allocUnsafe(64 * 1024)
        const got = readSync(fd, piece, 0, piece.length, null)
        if (got === 0) return Buffer.concat(pieces).toString('latin1')
        pieces.push(piece.subarray(0, got))
        total += got
      }
      this.limit = `${path} is longer than ${MAX_TABLE / 1024 / 1024} MiB`
      return Buffer.concat(pieces).toString('latin1')
    } catch {
      return ''
    } finally {
      closeSync(fd)
    }
  }
}

function fits(
  { localIp, remoteIp, remotePort }: HostSocket,
  { transport, local, remote }: Question,
  [low, high]: readonly [number, number],
): boolean {
  if (remotePort !== 0) return localIp === local.ip && remoteIp === remote.ip && remotePort === remote.port
  // A listener is not the connection.
  if (transport === 'tcp') return false
  // A port of the range that clients get theirs from may have been another's a moment ago.
  return (local.port < low || local.port > high) && (localIp === local.ip || ANY.has(localIp))
}

/** Whether an address is of this host, as of now. */
export function localAddresses(): (ip: string) => boolean {
  const own = new Set(
    Object.values(networkInterfaces())
      .flat()
      .map((one) => one!.address.replace(/%.*$/, '')),
  )
  return (ip) => ip.startsWith('127.') || own.has(ip)
}
