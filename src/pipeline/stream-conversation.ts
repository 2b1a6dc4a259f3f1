/**
 * Reads a TCP connection: finds out its protocol, shows each side's bytes to that side's parser, and hands messages with
 * their packets to the correlator. Bytes are looked at where they lie; only what a parser leaves unread is copied.
 *
 *     probing -> parsing -> (both sides upgraded) -> parsing another protocol, probing again, or opaque
 *        \-> unknown -> (a later look succeeds) -> parsing
 */
import type { EndReason } from '../model/side.js'
import type { Direction } from '../streams/flow.js'
import { opposite } from '../streams/flow.js'
import type { StreamReader } from '../streams/stream-reader.js'
import { lastInstant } from './flow-reader.js'
import { StreamProbing } from './stream-probing.js'
import type { Phase } from './stream-state.js'

export class StreamConversation extends StreamProbing implements StreamReader {
  data(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
    this.seen += end - start
    try {
      switch (this.phase) {
        case 'parsing':
          this.feed(dir, buf, start, end, ref, this.engine.instant(sec, nsec))
          break
        case 'probing':
          this.probe(dir, buf, start, end, ref, this.engine.instant(sec, nsec))
          break
        case 'opaque':
          this.opaque += end - start
          break
        default:
          this.lookAgain(dir, buf, start, end, ref, sec, nsec)
      }
    } catch (error) {
      this.crash(error)
    }
    this.lastDir = dir
  }

  gap(dir: Direction, bytes: number, cut = false): void {
    this.lost += bytes
    try {
      if (this.phase === 'probing') this.decide(true)
      // What comes next may be the start of something known.
      if (this.phase === 'unknown') this.lastDir = -1
      if (this.phase === 'parsing') this.skip(dir, bytes, cut)
      else this.sides[dir].offset += bytes
    } catch (error) {
      this.crash(error)
    }
  }

  closed(dir: Direction): void {
    const side = this.sides[dir]
    side.finished = true
    try {
      if (this.phase === 'parsing') {
        if (!side.done) this.closeSide(dir, 'close')
        if (this.sides[opposite(dir)].finished) this.endConversation('close')
      } else if (this.phase === 'probing' && this.sides[opposite(dir)].finished) this.finish('close')
    } catch (error) {
      this.crash(error)
    }
  }

  override finish(why: EndReason): void {
    try {
      if (this.phase === 'probing') this.decide(true)
      // Deciding may have begun to parse what was held.
      if ((this.phase as Phase) === 'parsing') {
        for (const dir of [0, 1] as const) if (!this.sides[dir].done) this.closeSide(dir, why)
        this.endConversation(why)
      }
    } catch (error) {
      this.crash(error)
    }
    this.dropStores()
  }

  /** Once both sides are through with the old protocol, what follows is read as what the session named. */
  protected switchOver(dir: Direction): void {
    const other = this.sides[opposite(dir)]
    // The other side may be waiting for exactly this; its next byte is already the new protocol's.
    if (!other.done && other.store.length === 0 && this.switchesAlong(opposite(dir))) {
      other.done = true
      other.switched = true
    }
    if (!other.switched) return
    const name = this.session!.upgrade
    this.conversation!.correlator.end('upgrade', lastInstant(this.flow))
    this.session!.release()
    this.conversation = null
    this.tunnelled = true
    const runtime = this.engine.protocols.named(name, 'tcp')
    if (runtime) {
      this.protocolBy = 'upgrade'
      this.begin(runtime)
      this.replay()
    } else if (name === 'detect') {
      this.phase = 'probing'
      this.segments = 1
      for (const side of this.sides) {
        side.done = false
        side.switched = false
      }
      this.decide(false)
    } else {
      this.phase = 'opaque'
      this.upgradedTo = name
      for (const side of this.sides) {
        this.opaque += side.store.length
        this.dropStore(side)
      }
    }
  }

  private crash(error: unknown): void {
    this.phase = 'unknown'
    this.conversation = null
    this.session?.release()
    this.dropStores()
    this.settle()
    this.engine.crashed(this, error)
  }
}
