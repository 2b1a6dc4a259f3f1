/** What the service manager is told of a session: that it captures, what it does, that it is alive, that it ends. */
import { ServiceNotify } from '../../live/service-notify.js'
import type { LiveControls, LiveView } from '../live.js'

/** The capture thread speaks once a second; after so many silent seconds it hangs. */
const SILENT_MS = 5000

export class ServiceLink {
  private timer: NodeJS.Timeout | undefined
  private decoded = 0
  private lastDecoded = 0
  private lastCaptured = 0

  private constructor(private readonly notify: ServiceNotify) {}

  /** Undefined where no manager started this program. */
  static of(env: Record<string, string | undefined> = process.env): ServiceLink | undefined {
    const notify = ServiceNotify.of(env)
    return notify && new ServiceLink(notify)
  }

  started(controls: Pick<LiveControls, 'pulse'>): void {
    const { notify } = this
    notify.ready()
    if (notify.watchdogUs === undefined) return
    notify.alive()
    // At half the time, so that one that is late does no harm.
    this.timer = setInterval(() => this.look(controls), notify.watchdogUs / 2000)
    this.timer.unref()
  }

  /** Life is progress: a thread that speaks, and a decoder that moves as long as it has something to do. This runs where decoding does. */
  private look({ pulse }: Pick<LiveControls, 'pulse'>): void {
    const { silentMs, captured } = pulse()
    // What came since the last look may still be under way.
    const moves = this.decoded > this.lastDecoded || this.decoded >= this.lastCaptured
    this.lastDecoded = this.decoded
    this.lastCaptured = captured
    if (silentMs < SILENT_MS && moves) this.notify.alive()
  }

  state({ packets, captured, transactions, devices }: LiveView): void {
    this.decoded = packets
    const lost = devices.reduce((sum, one) => sum + one.dropped + one.interfaceDropped + one.left, 0)
    this.notify.status(`${captured.packets} packets, ${transactions} transactions, ${lost} packets lost`)
  }

  reload(going: boolean): void {
    if (going) this.notify.reloading()
    else this.notify.ready()
  }

  /** From here on nobody waits for signs of life: putting a large case in order takes as long as it takes. */
  stopping(): void {
    clearInterval(this.timer)
    this.notify.stopping()
  }
}
