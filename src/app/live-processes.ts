/** Names the processes behind a session's flows, where the configuration or the caller asks for it and the host is Linux. */
import type { Settings } from '../config/settings.js'
import { decodedUpTo, HostProcesses } from '../live/host-processes.js'
import type { ProcessAnswer } from '../live/process-messages.js'
import type { HostSight } from '../pipeline/engine.js'
import type { Row } from '../schema/fields.js'
import type { Sink } from '../sinks/sink.js'
import type { LiveView } from './live.js'
import { processWorker } from './program.js'

export class LiveProcesses {
  readonly host: HostSight
  private readonly processes: HostProcesses
  private skippedTold = false

  /** Undefined where nobody asks, or nobody could tell. */
  static start(
    settings: Settings,
    showSecrets: boolean,
    sinks: readonly Sink[],
    warn: (message: string) => void,
  ): LiveProcesses | undefined {
    const { enabled, monitored } = settings.processes
    if (!enabled) return undefined
    if (process.platform === 'linux') return new LiveProcesses({ monitored, withArgs: showSecrets }, sinks, warn)
    warn(`processes are named on Linux only, not on ${process.platform}`)
    return undefined
  }

  private constructor(
    order: ConstructorParameters<typeof HostProcesses>[0],
    private readonly sinks: readonly Sink[],
    private readonly warn: (message: string) => void,
  ) {
    this.processes = new HostProcesses(order, processWorker(), warn)
    this.host = { ask: this.processes.ask, of: this.processes.of, over: () => this.write(Number.POSITIVE_INFINITY) }
  }

  /** After each commit: what is sure by now is written. */
  update({ last, captured, packets }: Pick<LiveView, 'last' | 'captured' | 'packets'>): void {
    this.write(decodedUpTo(last && last.sec * 1000 + last.nsec / 1e6, captured.packets - packets, Date.now()))
    if (this.processes.skipped === 0 || this.skippedTold) return
    this.skippedTold = true
    this.warn('not every process behind a socket is looked for: flows begin, or are decoded, faster than this host can be asked')
  }

  private write(decodedMs: number): void {
    for (const answer of this.processes.settle(decodedMs)) for (const sink of this.sinks) sink.row('flow_process', rowOf(answer))
  }

  close(): Promise<void> {
    return this.processes.close()
  }
}

const rowOf = ({ flow, end, process, holders, atMs }: ProcessAnswer): Row => ({
  flow,
  ip: end.ip,
  port: end.port,
  pid: process.pid,
  name: process.name,
  executable: process.executable,
  args: process.args,
  started: process.start,
  holders,
  asked_ns: BigInt(Math.round(atMs)) * 1_000_000n,
})
