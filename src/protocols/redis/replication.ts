/** What a master sends its replica behind SYNC or PSYNC: a snapshot, then a stream of commands. */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Verdict } from '../protocol.js'
import { CommandReader } from './command-reader.js'
import type { Dialogue } from './dialogue.js'
import { PIECE, type RedisMessage } from './messages.js'
import { SnapshotReader } from './snapshot-reader.js'

type Into = (message: RedisMessage) => void

export class Replication {
  private snapshot: SnapshotReader | undefined
  private stream: CommandReader | undefined

  constructor(
    private readonly dialogue: Dialogue,
    private readonly keep: number,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {}

  /** What comes is no reply. */
  get active(): boolean {
    return this.snapshot !== undefined || this.dialogue.replicating
  }

  /** A snapshot comes next. */
  begin(): void {
    this.snapshot = new SnapshotReader()
  }

  /** @returns 'none' where a snapshot was awaited and something else stands */
  next(cur: Cursor, into: Into): Verdict | 'none' {
    if (!this.snapshot) return this.commands().next(cur, into)
    const verdict = this.snapshot.next(cur)
    if (verdict === 'need-more') return verdict
    if (verdict === 'no') {
      this.snapshot = undefined
      return 'none'
    }
    if (verdict === 'more') into(PIECE)
    else {
      const { snapshot } = this
      this.snapshot = undefined
      this.dialogue.replicating = true
      into(snapshot.end(false))
    }
    return 'message'
  }

  gap(bytes: number, into: Into): 'resync' | 'stop' {
    if (!this.snapshot) return this.commands().gap(bytes, into)
    this.snapshot.gap(bytes)
    return 'resync'
  }

  /** @returns whether there was anything to close */
  close(held: Cursor, why: EndReason, into: Into): boolean {
    const { snapshot, stream } = this
    this.snapshot = undefined
    if (snapshot) into(snapshot.end(true))
    else stream?.close(held, why, into)
    return snapshot !== undefined || stream !== undefined
  }

  private commands(): CommandReader {
    this.stream ??= new CommandReader(this.keep, this.anomaly)
    return this.stream
  }
}
