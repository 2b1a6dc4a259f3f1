/**
 * Reads a TCP connection: finds out its protocol, shows each side's bytes to that side's parser, and hands messages with
 * their packets to the correlator. Bytes are looked at where they lie; only what a parser leaves unread is copied.
 *
 *     probing -> parsing -> (both sides upgraded) -> parsing another protocol, probing again, or opaque
 *        \-> unknown -> (a later look succeeds) -> parsing
 */
import { Cursor } from '../bytes/cursor.js'
import type { Instant } from '../model/instant.js'
import type { EndReason, Side } from '../model/side.js'
import { Trace } from '../model/trace.js'
import type { Conversation, Parser, Verdict } from '../protocols/protocol.js'
import { ByteStore } from '../streams/byte-store.js'
import type { Direction, Flow } from '../streams/flow.js'
import { opposite } from '../streams/flow.js'
import { addressText } from '../streams/flow-text.js'
import type { StreamReader } from '../streams/stream-reader.js'
import { detect, type Finding } from './detection.js'
import type { Engine } from './engine.js'
import { type EngineSession, FlowReader, lastInstant } from './flow-reader.js'
import { MAX_HELD_PER_SIDE, MAX_LATE_PROBES, MAX_PROBE_BYTES } from './limits.js'
import type { ProtocolRuntime } from './protocol-runtime.js'

type Phase = 'probing' | 'parsing' | 'opaque' | 'unknown'

const cursor = new Cursor()
const probeA = new Cursor()
const probeB = new Cursor()

class StreamSide {
  readonly store = new ByteStore()
  /** Stream offset of the first byte that is not dealt with yet. */
  offset = 0
  /** Bytes from there that the parser asked for before it wants to be called again. */
  want = 0
  /** The parser is not called any more. */
  done = false
  /** It answered 'upgrade': what follows is another protocol's. */
  switched = false
  finished = false
}

export class StreamConversation extends FlowReader implements StreamReader {
  private phase: Phase = 'probing'
  private readonly sides: readonly [StreamSide, StreamSide] = [new StreamSide(), new StreamSide()]
  private conversation: Conversation<unknown> | null = null
  private session: EngineSession | null = null
  private segments = 0
  private lateProbes = 0
  private lastDir: Direction | -1 = -1
  /** What is read now lies behind an upgrade: what nobody knows there is opaque, not unknown. */
  private tunnelled = false

  // The message being read: which side, where it starts, and the bytes' origin. The callbacks below make traces from it.
  private readDir: Direction = 0
  private readStart = 0
  private readBase = 0
  private readOffset = 0
  private fromStore = false
  private readRef = 0
  private readAt: Instant = { sec: 0, nsec: 0 }

  private readonly seeMessage = (message: unknown): void => {
    const end = Math.max(cursor.pos, this.readStart)
    const offset = this.readOffset + (this.readStart - this.readBase)
    const trace = this.fromStore
      ? this.sides[this.readDir].store.trace(this.readStart, end, offset)
      : new Trace(this.readRef, this.readAt, this.readAt, end - this.readStart, offset)
    this.conversation!.correlator.see(this.sideOf(this.readDir), message, trace)
  }

  constructor(flow: Flow, engine: Engine) {
    super(flow, engine)
  }

  data(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
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
      const side = this.sides[dir]
      if (this.phase === 'parsing') {
        this.conversation!.correlator.gap?.(this.sideOf(dir), bytes)
        const { store } = side
        side.want = 0
        if (side.done) {
          this.unknown += store.length
          side.offset += store.length + bytes
          this.dropStore(side)
        } else {
          this.readFrom(dir, store.start, store.start, side.offset + (store.length > 0 ? 0 : bytes))
          this.fromStore = store.length > 0
          this.readRef = this.flow.lastRef
          this.readAt = lastInstant(this.flow)
          cursor.reset(store.buf, store.start, store.end, true).cut = cut ? bytes : 0
          const answer = this.parserOf(dir).gap?.(bytes, this.seeMessage, cursor) ?? 'stop'
          const read = Math.min(Math.max(cursor.pos, store.start), store.end) - store.start
          this.decoded += read
          this.unknown += store.length - read
          side.offset += store.length + bytes
          this.dropStore(side)
          if (answer === 'stop') this.stopSide(dir)
        }
      } else side.offset += bytes
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

  // ---- detection -------------------------------------------------------------------------------------------------------

  private probe(dir: Direction, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    const side = this.sides[dir]
    // A first segment is looked at in place; a connection that is recognised at once is never copied.
    if (this.segments === 0) {
      this.segments++
      const found = this.ask(dir === 0 ? [buf, start, end] : NOTHING, dir === 1 ? [buf, start, end] : NOTHING, false)
      if (found === null) {
        this.phase = 'unknown'
        this.guess(buf, start, end)
        this.unknown += end - start
        side.offset += end - start
        return
      }
      if (found !== 'wait') {
        this.start(found)
        this.feed(dir, buf, start, end, ref, at)
        return
      }
      this.keep(side, buf, start, end, ref, at)
      return
    }
    this.segments++
    if (!this.keep(side, buf, start, end, ref, at)) return
    const [a, b] = this.sides
    this.decide(a.store.length > MAX_PROBE_BYTES || b.store.length > MAX_PROBE_BYTES)
  }

  private decide(final: boolean): void {
    const [a, b] = this.sides
    if (a.store.length === 0 && b.store.length === 0) {
      if (final && this.segments > 0) this.phase = this.tunnelled ? 'opaque' : 'unknown'
      return
    }
    const found = this.ask([a.store.buf, a.store.start, a.store.end], [b.store.buf, b.store.start, b.store.end], final)
    if (found === 'wait') return
    if (found === null) {
      this.phase = this.tunnelled ? 'opaque' : 'unknown'
      for (const side of this.sides) {
        this.guess(side.store.buf, side.store.start, side.store.end)
        if (this.tunnelled) this.opaque += side.store.length
        else this.unknown += side.store.length
        side.offset += side.store.length
        this.dropStore(side)
      }
      return
    }
    this.start(found)
    this.replay()
  }

  /** An unknown connection is looked at again where something may begin: when the other side speaks, or after a loss. */
  private lookAgain(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
    if (dir !== this.lastDir && this.lateProbes < MAX_LATE_PROBES && this.runtime === null) {
      this.lateProbes++
      this.segments = 0
      this.phase = 'probing'
      this.probe(dir, buf, start, end, ref, this.engine.instant(sec, nsec))
      return
    }
    this.unknown += end - start
    this.sides[dir].offset += end - start
  }

  private ask(a: Bytes, b: Bytes, final: boolean): Finding | 'wait' | null {
    return detect(
      this.engine.protocols.candidates('tcp', this.flow.portA, this.flow.portB),
      this.flow,
      'tcp',
      (clientIsA) => addressText(this.flow, !clientIsA),
      probeA,
      probeB,
      () => {
        probeA.reset(a[0], a[1], a[2], final)
        probeB.reset(b[0], b[1], b[2], final)
      },
      this.rolesKnown,
      final,
    )
  }

  private start(found: Finding): void {
    if (!this.rolesKnown) {
      const portHint = found.runtime.ports.has(found.clientIsA ? this.flow.portB : this.flow.portA)
      this.setRoles(found.clientIsA, found.by === 'port' && portHint ? 'port' : 'protocol')
    }
    this.protocolBy = this.tunnelled ? 'upgrade' : found.by
    this.begin(found.runtime)
  }

  private begin(runtime: ProtocolRuntime): void {
    const opened = this.open(runtime)
    this.conversation = opened.conversation
    this.session = opened.session
    this.phase = 'parsing'
    for (const side of this.sides) {
      side.done = false
      side.switched = false
      side.want = 0
    }
  }

  /** Feed what detection held, segment by segment, in the order of capture. */
  private replay(): void {
    const held: { dir: Direction; bytes: Buffer; ref: number; at: Instant }[][] = [[], []]
    for (const dir of [0, 1] as const) {
      const store = this.sides[dir].store
      store.eachSegment((start, end, ref, at) => held[dir]!.push({ dir, bytes: Buffer.from(store.buf.subarray(start, end)), ref, at }))
      this.dropStore(this.sides[dir])
    }
    // Between the directions by packet; within one the order of the stream holds, whatever packet brought the bytes.
    const pieces: { dir: Direction; bytes: Buffer; ref: number; at: Instant }[] = []
    const [a, b] = held as [typeof pieces, typeof pieces]
    for (let i = 0, j = 0; i < a.length || j < b.length; ) {
      if (j >= b.length || (i < a.length && a[i]!.ref <= b[j]!.ref)) pieces.push(a[i++]!)
      else pieces.push(b[j++]!)
    }
    for (const { dir, bytes, ref, at } of pieces) {
      if (this.phase === 'parsing') this.feed(dir, bytes, 0, bytes.length, ref, at)
      else if (this.phase === 'probing') this.keep(this.sides[dir], bytes, 0, bytes.length, ref, at)
      else this.opaque += bytes.length
    }
    for (const dir of [0, 1] as const) if (this.sides[dir].finished && this.phase === 'parsing') this.closed(dir)
  }

  // ---- parsing ---------------------------------------------------------------------------------------------------------

  private feed(dir: Direction, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    const side = this.sides[dir]
    if (side.done) {
      this.behindTheEnd(side, buf, start, end, ref, at)
      return
    }
    const parser = this.parserOf(dir)
    if (side.store.length > 0) {
      if (this.keep(side, buf, start, end, ref, at)) this.readStore(dir, side, parser)
      return
    }
    let pos = start
    this.readRef = ref
    this.readAt = at
    while (pos < end) {
      if (side.want > end - pos) break
      side.want = 0
      this.readFrom(dir, pos, pos, side.offset)
      this.fromStore = false
      const verdict = parser.next(cursor.reset(buf, pos, end), this.seeMessage)
      if (verdict === 'need-more') {
        side.want = cursor.want
        break
      }
      const next = this.taken(dir, side, verdict, pos, cursor.pos)
      side.offset += next - pos
      this.decoded += next - pos
      pos = next
      if (side.done) {
        if (pos < end) this.behindTheEnd(side, buf, pos, end, ref, at)
        if (side.switched) this.switchOver(dir)
        return
      }
    }
    if (pos < end) this.keep(side, buf, pos, end, ref, at)
  }

  private readStore(dir: Direction, side: StreamSide, parser: Parser<unknown>): void {
    const store = side.store
    while (store.length > 0) {
      if (side.want > store.length) return
      side.want = 0
      this.readFrom(dir, store.start, store.start, side.offset)
      this.fromStore = true
      const before = store.start
      const verdict = parser.next(cursor.reset(store.buf, store.start, store.end), this.seeMessage)
      if (verdict === 'need-more') {
        side.want = cursor.want
        return
      }
      const next = this.taken(dir, side, verdict, before, cursor.pos)
      side.offset += next - before
      this.decoded += next - before
      this.engine.reserve(before - next)
      store.consumeTo(next)
      if (side.done) {
        if (side.switched) this.switchOver(dir)
        else {
          this.unknown += store.length
          this.dropStore(side)
        }
        return
      }
    }
  }

  /** Act on a verdict; answers where reading goes on. */
  private taken(dir: Direction, side: StreamSide, verdict: Verdict, from: number, to: number): number {
    if (verdict === 'message' && to > from) return to
    if (verdict === 'upgrade') {
      side.done = true
      side.switched = true
      return to
    }
    if (verdict === 'message' && this.engine.strict) throw new Error(`${this.runtime!.name}: parser answered 'message' without moving`)
    this.engine.note(
      'stream.malformed',
      this.flow,
      `The ${this.sideOf(dir)} of this ${this.runtime!.name} connection stopped making sense.`,
    )
    side.done = true
    return from
  }

  private stopSide(dir: Direction): void {
    const side = this.sides[dir]
    side.done = true
    this.unknown += side.store.length
    this.dropStore(side)
  }

  private closeSide(dir: Direction, why: EndReason): void {
    const side = this.sides[dir]
    const store = side.store
    this.readFrom(dir, store.start, store.start, side.offset)
    this.fromStore = store.length > 0
    this.readRef = this.flow.lastRef
    this.readAt = lastInstant(this.flow)
    cursor.reset(store.buf, store.start, store.end, true)
    side.done = true
    this.parserOf(dir).close?.(cursor, why, this.seeMessage)
    const read = Math.min(Math.max(cursor.pos, store.start), store.end) - store.start
    this.decoded += read
    this.unknown += store.length - read
    this.dropStore(side)
  }

  private endConversation(why: EndReason): void {
    this.phase = 'unknown'
    this.conversation!.correlator.end(why, lastInstant(this.flow))
    this.session!.release()
    this.conversation = null
    for (const side of this.sides) {
      this.opaque += side.store.length
      this.dropStore(side)
    }
  }

  // ---- upgrades --------------------------------------------------------------------------------------------------------

  /** Bytes of a side whose parser is through: kept while the other side still has to switch, else counted. */
  private behindTheEnd(side: StreamSide, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    if (!side.switched) this.unknown += end - start
    else if (side.store.length + (end - start) > MAX_PROBE_BYTES || !this.keep(side, buf, start, end, ref, at)) this.opaque += end - start
    if (!side.switched || side.store.length === 0) side.offset += end - start
  }

  private switchOver(dir: Direction): void {
    const other = this.sides[opposite(dir)]
    if (!other.done && other.store.length === 0) {
      // The other side may be waiting for exactly this; its next byte is already the new protocol's.
      this.readFrom(opposite(dir), 0, 0, other.offset)
      this.fromStore = false
      if (this.parserOf(opposite(dir)).next(cursor.reset(EMPTY, 0, 0), this.seeMessage) === 'upgrade') {
        other.done = true
        other.switched = true
      }
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
      this.opaqueAs = name
      for (const side of this.sides) {
        this.opaque += side.store.length
        this.dropStore(side)
      }
    }
  }

  // ---- small parts -----------------------------------------------------------------------------------------------------

  private readFrom(dir: Direction, start: number, base: number, offset: number): void {
    this.readDir = dir
    this.readStart = start
    this.readBase = base
    this.readOffset = offset
  }

  /** Copy bytes that must wait; false when a cap stops this side. */
  private keep(side: StreamSide, buf: Buffer, start: number, end: number, ref: number, at: Instant): boolean {
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
    side.store.append(buf, start, end, ref, at)
    return true
  }

  private dropStore(side: StreamSide): void {
    this.engine.reserve(-side.store.length)
    side.store.clear()
  }

  private dropStores(): void {
    for (const side of this.sides) this.dropStore(side)
  }

  private sideOf(dir: Direction): Side {
    return (dir === 0) === this.flow.clientIsA ? 'client' : 'server'
  }

  private parserOf(dir: Direction): Parser<unknown> {
    return this.conversation![this.sideOf(dir)]
  }

  private crash(error: unknown): void {
    this.phase = 'unknown'
    this.conversation = null
    this.session?.release()
    this.dropStores()
    this.engine.crashed(this, error)
  }
}

type Bytes = readonly [buf: Buffer, start: number, end: number]
const EMPTY = Buffer.alloc(0)
const NOTHING: Bytes = [EMPTY, 0, 0]
