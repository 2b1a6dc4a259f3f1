/**
 * The configuration of a live session, read again while packets are taken. What is decoded under each is a run of its own, with its own
 * row: the capture at hand ends, all flows end with it, and the next capture begins under the new settings. So each capture belongs to
 * one run, and each run's rows are those that its captures give when they are analysed under its configuration.
 */
import type { InterfaceSettings, Settings } from '../config/settings.js'
import type { LiveCapture } from '../live/live-capture.js'
import { UserError } from '../model/user-error.js'
import type { Row } from '../schema/fields.js'
import type { RunRecord } from './run-record.js'

/** Hexadecimal digits of a configuration's hash in a message: enough to find its row. */
const SHOWN_HASH = 12

export interface Effective {
  readonly settings: Settings
  readonly filter: string | undefined
}

export interface ReloadOptions {
  readonly config: string | undefined
  readonly capture: Pick<LiveCapture, 'renew' | 'renewals' | 'names'>
  readonly first: Effective
  /** Reads the file as at the start. */
  readonly read: () => Promise<Effective>
  readonly recordOf: (settings: Settings, id: number) => RunRecord
  /** Given by a flag: what the configuration says of it has no effect. */
  readonly given: Readonly<Partial<Record<keyof InterfaceSettings, boolean>>>
  readonly warn: (message: string) => void
  /** Told what went well. */
  readonly inform: (message: string) => void
  /** A reload begins, a reload is over. */
  readonly onReload?: ((going: boolean) => void) | undefined
}

/** What a device is opened with, by its key in the configuration. */
const OPENED_WITH = {
  devices: 'device',
  snaplen: 'snaplen',
  bufferSizeMb: 'buffer_size_mb',
  ignoreOutgoing: 'ignore_outgoing',
} as const satisfies Partial<Record<keyof InterfaceSettings, string>>

export class LiveReload {
  private latest: Effective
  private record: RunRecord
  private run = 1
  /** Renewals of the capture that the run at hand began with. */
  private at = 0
  private renewed = 0
  /** By renewals: only the latest is asked for, and those that no packet came under are passed over. */
  private readonly waiting = new Map<number, Effective>()
  private readonly ended: Row[] = []
  private told = 0
  private going = false
  private again = false

  constructor(private readonly options: ReloadOptions) {
    this.latest = options.first
    this.record = options.recordOf(options.first.settings, 1)
  }

  /** Reads the configuration again; asked for while that goes on, it is read once more. Never fails. */
  async reload(): Promise<void> {
    if (this.going) {
      this.again = true
      return
    }
    this.going = true
    this.options.onReload?.(true)
    do {
      this.again = false
      try {
        await this.once()
      } catch (error) {
        const steps = error instanceof UserError ? error.nextSteps.map((step) => `; ${step}`).join('') : ''
        this.options.warn(`the configuration stays as it was, the file is not taken: ${(error as Error).message}${steps}`)
      }
    } while (this.again)
    this.going = false
    this.options.onReload?.(false)
  }

  private async once(): Promise<void> {
    const { config, warn, inform, capture, recordOf } = this.options
    if (config === undefined) {
      warn('there is no configuration to read again: none was given with -c')
      return
    }
    const { settings, filter } = this.opened(await this.options.read())
    const next = { settings, filter }
    const hash = recordOf(settings, 0).hash
    if (hash === recordOf(this.latest.settings, 0).hash && filter === this.latest.filter) {
      inform(`${config} was read again: nothing has changed (configuration ${hash.slice(0, SHOWN_HASH)})`)
      return
    }
    const number = this.renewed + 1
    this.waiting.set(number, next)
    const answer = await capture.renew(filter)
    if (answer === undefined) return
    if (answer.refused !== undefined) {
      this.waiting.delete(number)
      throw new UserError(`the filter "${filter ?? ''}" does not work: ${answer.refused}`)
    }
    this.renewed = number
    if (answer.kept.length > 0)
      warn(`the filter of ${answer.kept.join(', ')} changes only with a restart: ${this.latest.filter ?? 'none'} stays in force there`)
    this.latest = next
    inform(`${config} was read again: configuration ${hash.slice(0, SHOWN_HASH)} decodes from the next packet on`)
  }

  /** What the devices were opened with stays, and who looks at processes; it is said to. */
  private opened({ settings, filter }: Effective): Effective {
    const { given, first, warn } = this.options
    const { interfaces: before } = first.settings
    const keys = Object.keys(OPENED_WITH) as (keyof typeof OPENED_WITH)[]
    const changed = keys
      .filter((key) => given[key] !== true && String(settings.interfaces[key]) !== String(before[key]))
      .map((key) => `interfaces.${OPENED_WITH[key]}`)
    const { processes } = first.settings
    if (JSON.stringify(settings.processes) !== JSON.stringify(processes)) changed.push('procs')
    if (changed.length > 0) warn(`changes only with a restart: ${changed.join(', ')}; it stays as it was`)
    const kept = Object.fromEntries(keys.map((key) => [key, before[key]])) as Pick<InterfaceSettings, (typeof keys)[number]>
    return { settings: { ...settings, interfaces: { ...settings.interfaces, ...kept }, processes }, filter }
  }

  /** The settings under which a capture and those after it are decoded, where they are others than before. */
  settingsFrom(capture: number): Settings | undefined {
    const { renewals, names } = this.options.capture
    const at = renewals[capture] ?? 0
    if (at === this.at) return undefined
    this.at = at
    const next = this.waiting.get(at)!
    for (const number of this.waiting.keys()) if (number <= at) this.waiting.delete(number)
    // Before the first packet there was nothing to be a run.
    if (capture > 0) {
      this.ended.push(this.record.row() as Row)
      this.run++
    }
    this.record = this.options.recordOf(next.settings, this.run)
    this.options.inform(
      `run ${this.run}, configuration ${this.record.hash.slice(0, SHOWN_HASH)}, begins with the first packet of ${names[capture]}`,
    )
    return next.settings
  }

  /** The `run` rows that changed since the last call, the one at hand unfinished. */
  changedRows(): Row[] {
    const rows = [...this.ended.slice(this.told), this.record.row(false) as Row]
    this.told = this.ended.length
    return rows
  }

  /** At the end: all of them. */
  rows(): Row[] {
    return [...this.ended, this.record.row() as Row]
  }
}
