/** Finds out the protocol of a connection by its first bytes, or by later ones, and begins to read it. */
import { Cursor } from '../bytes/cursor.js'
import type { Instant } from '../model/instant.js'
import type { Direction } from '../streams/flow.js'
import { addressText } from '../streams/flow-text.js'
import { detect, type Finding } from './detection.js'
import { MAX_LATE_PROBES, MAX_PROBE_BYTES } from './limits.js'
import type { ProtocolRuntime } from './protocol-runtime.js'
import { StreamParsing } from './stream-parsing.js'
import { EMPTY } from './stream-state.js'

const probeA = new Cursor()
const probeB = new Cursor()

export abstract class StreamProbing extends StreamParsing {
  protected segments = 0
  protected lastDir: Direction | -1 = -1
  private lateProbes = 0

  abstract closed(dir: Direction): void

  // ---- detection -------------------------------------------------------------------------------------------------------
  protected probe(dir: Direction, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
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

  protected decide(final: boolean): void {
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
  protected lookAgain(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
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

  protected begin(runtime: ProtocolRuntime): void {
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

  /** Feed what detection held, segment by segment, in the order in which it came: an answer behind what it answers, whatever packets brought them. */
  protected replay(): void {
    const pieces: { dir: Direction; bytes: Buffer; ref: number; at: Instant; order: number }[] = []
    for (const dir of [0, 1] as const) {
      const store = this.sides[dir].store
      store.eachSegment((start, end, ref, at, order) =>
        pieces.push({ dir, bytes: Buffer.from(store.buf.subarray(start, end)), ref, at, order }),
      )
      this.dropStore(this.sides[dir])
    }
    pieces.sort((x, y) => x.order - y.order)
    for (const { dir, bytes, ref, at } of pieces) {
      if (this.phase === 'parsing') this.feed(dir, bytes, 0, bytes.length, ref, at)
      else if (this.phase === 'probing') this.keep(this.sides[dir], bytes, 0, bytes.length, ref, at)
      else this.opaque += bytes.length
    }
    for (const dir of [0, 1] as const) if (this.sides[dir].finished && this.phase === 'parsing') this.closed(dir)
  }
}

type Bytes = readonly [buf: Buffer, start: number, end: number]
const NOTHING: Bytes = [EMPTY, 0, 0]
