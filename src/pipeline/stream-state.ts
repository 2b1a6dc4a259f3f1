/** What the parts of a stream's reader share: where it stands, its two sides and the bytes they hold. Bytes are copied here alone. */
import type { Instant } from '../model/instant.js'
import type { Side } from '../model/side.js'
import type { Conversation, Parser } from '../protocols/protocol.js'
import type { Direction } from '../streams/flow.js'
import { type EngineSession, FlowReader } from './flow-reader.js'
import { MAX_HELD_PER_SIDE } from './limits.js'
import { StreamSide } from './stream-side.js'

export type Phase = 'probing' | 'parsing' | 'opaque' | 'unknown'

export const EMPTY = Buffer.alloc(0)

export abstract class StreamState extends FlowReader {
  protected phase: Phase = 'probing'
  protected readonly sides: readonly [StreamSide, StreamSide] = [new StreamSide(), new StreamSide()]
  protected conversation: Conversation<unknown> | null = null
  protected session: EngineSession | null = null
  /** What is read now lies behind an upgrade: what nobody knows there is opaque, not unknown. */
  protected tunnelled = false
  /** Segments kept so far, of both sides. */
  private kept = 0

  /** Copy bytes that must wait; false when a cap stops this side. */
  protected keep(side: StreamSide, buf: Buffer, start: number, end: number, ref: number, at: Instant): boolean {
    const more = end - start
    const cap = this.runtime?.protocol.maxHeld ?? MAX_HELD_PER_SIDE
    const overSide = side.store.length + more > cap
    if (overSide || !this.engine.reserve(more)) {
      this.engine.note(
        overSide ? 'stream.held' : 'stream.memory',
        this.flow,
        overSide ? `An unfinished message is longer than ${cap} bytes.` : 'Too many unfinished messages are open at once.',
      )
      this.unknown += side.store.length + more
      this.dropStore(side)
      side.done = true
      return false
    }
    side.store.append(buf, start, end, ref, at, this.kept++)
    return true
  }

  protected dropStore(side: StreamSide): void {
    this.engine.reserve(-side.store.length)
    side.store.clear()
  }

  protected dropStores(): void {
    for (const side of this.sides) this.dropStore(side)
  }

  protected sideOf(dir: Direction): Side {
    return (dir === 0) === this.flow.clientIsA ? 'client' : 'server'
  }

  protected parserOf(dir: Direction): Parser<unknown> {
    return this.conversation![this.sideOf(dir)]
  }
}
