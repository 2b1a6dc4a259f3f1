/** Reads a TCP connection as an analysis does, and tells of each decision and of what became of every byte. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Engine } from '../../pipeline/engine.js'
import type { ProtocolRuntime } from '../../pipeline/protocol-runtime.js'
import { StreamConversation } from '../../pipeline/stream-conversation.js'
import type { StreamSide } from '../../pipeline/stream-side.js'
import type { Phase } from '../../pipeline/stream-state.js'
import type { Verdict } from '../../protocols/protocol.js'
import { type Direction, type Flow, opposite, type RoleBy } from '../../streams/flow.js'
import type { FlowWatch } from './flow-watch.js'
import { SideFates } from './side-fates.js'

/** Last bytes of a side that are kept to be shown where reading fails; a parser seldom fails further behind. */
const RECENT_BYTES = 4096
const BEFORE_BYTES = 16
const AFTER_BYTES = 48

export class WatchedStream extends StreamConversation {
  private readonly fates: readonly [SideFates, SideFates] = [new SideFates(), new SideFates()]
  private readonly recent: [Buffer, Buffer] = [Buffer.alloc(0), Buffer.alloc(0)]
  private readonly began: [boolean, boolean] = [false, false]
  /** Bytes that detection held and that are read now: of no store, and without a fate. */
  private readonly replaying: [number, number] = [0, 0]
  /** Offsets up to which bytes have their fate. */
  private readonly settled: [number, number] = [0, 0]
  /** Offsets at which their parsers gave up; -1 = they did not. */
  private readonly stops: [number, number] = [-1, -1]
  /** The counters of this reader as they were when fates were last told. */
  private booked = { decoded: 0, opaque: 0, unknown: 0 }
  private told: Phase = 'probing'
  private at: { ref: number; at: Instant } | undefined

  constructor(
    flow: Flow,
    engine: Engine,
    private readonly watch: FlowWatch,
  ) {
    super(flow, engine)
  }

  // ---- what reassembly gives -------------------------------------------------------------------------------------------
  override data(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
    this.at = { ref, at: { sec, nsec } }
    if (!this.began[dir]) {
      this.began[dir] = true
      if (!this.flow.tcp!.halves[dir].synSeen)
        this.tell('middle', `the ${this.sideOf(dir)} is seen from the middle: the capture does not hold its SYN`, {
          side: this.sideOf(dir),
        })
    }
    this.fates[dir].arrive(buf, start, end, ref)
    const recent = Buffer.concat([this.recent[dir], buf.subarray(start, end)])
    this.recent[dir] = recent.subarray(Math.max(0, recent.length - RECENT_BYTES))
    super.data(dir, buf, start, end, ref, sec, nsec)
    this.watch.endRound()
    this.account()
    this.tellPhase(dir)
    this.at = undefined
  }

  override gap(dir: Direction, bytes: number, cut = false): void {
    const side = this.sides[dir]
    const reading = this.phase === 'parsing' && !side.done
    const offset = this.fates[dir].end
    this.tell(
      cut ? 'cut' : 'lost',
      cut ? `bytes of the ${this.sideOf(dir)} were cut off by the snaplen` : `bytes of the ${this.sideOf(dir)} were not captured`,
      { side: this.sideOf(dir), offset, bytes },
    )
    super.gap(dir, bytes, cut)
    this.watch.endRound()
    this.account()
    this.fates[dir].missing(bytes, cut ? 'cut' : 'lost')
    this.settled[dir] += bytes
    this.recent[dir] = Buffer.alloc(0)
    if (reading && side.done && this.phase === 'parsing') {
      const text = `the ${this.runtime!.name} parser cannot go on behind the gap; the rest of the ${this.sideOf(dir)} is not read`
      this.tell('gave-up', text, { side: this.sideOf(dir), offset })
      this.fail('gave-up', text, dir, offset)
    }
    this.tellPhase(dir)
  }

  override closed(dir: Direction): void {
    this.tell('closed', `the ${this.sideOf(dir)} ended by FIN`, { side: this.sideOf(dir), offset: this.fates[dir].end })
    super.closed(dir)
    this.watch.endRound()
    this.account()
    this.tellPhase(dir)
  }

  override finish(why: EndReason): void {
    super.finish(why)
    this.watch.endRound()
    this.account()
    this.tellPhase(0)
  }

  override setRoles(clientIsA: boolean, by: RoleBy): void {
    const { clientIsA: before, roleBy } = this.flow
    super.setRoles(clientIsA, by)
    if (this.flow.clientIsA !== before || this.flow.roleBy !== roleBy) this.watch.tellRoles(this.flow)
  }

  // ---- what the reader does --------------------------------------------------------------------------------------------
  protected override probe(dir: Direction, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    this.watch.beginRound('tcp', this.flow)
    super.probe(dir, buf, start, end, ref, at)
  }

  protected override decide(final: boolean): void {
    this.watch.beginRound('tcp', this.flow)
    super.decide(final)
    this.watch.endRound()
  }

  protected override begin(runtime: ProtocolRuntime): void {
    this.watch.endRound()
    super.begin(runtime)
    this.told = 'parsing'
    this.tell('chosen', this.watch.choiceText(runtime.name, this.protocolBy, this.tunnelled))
  }

  protected override feed(dir: Direction, buf: Buffer, start: number, end: number, ref: number, at: Instant): void {
    if (this.replaying[dir] > 0) this.replaying[dir] = Math.max(0, this.replaying[dir] - (end - start))
    super.feed(dir, buf, start, end, ref, at)
    this.account()
  }

  protected override skip(dir: Direction, bytes: number, cut: boolean): void {
    super.skip(dir, bytes, cut)
    this.account()
  }

  protected override closeSide(dir: Direction, why: EndReason): void {
    super.closeSide(dir, why)
    this.account()
  }

  protected override replay(): void {
    const before: readonly [number, number] = [this.replaying[0], this.replaying[1]]
    for (const dir of [0, 1] as const) this.replaying[dir] += this.sides[dir].store.length
    super.replay()
    for (const dir of [0, 1] as const) this.replaying[dir] = before[dir]
    this.account()
  }

  protected override switchOver(dir: Direction): void {
    this.account()
    const name = this.session?.upgrade ?? ''
    const waits = this.phase
    const before = this.runtime?.name
    // Told before what follows from it; while the other side has not switched too, nothing does.
    const both = this.sides[opposite(dir)].switched || this.sides[opposite(dir)].store.length === 0
    if (both && waits === 'parsing')
      this.tell(
        'upgrade',
        `${before} ends here: the rest of the connection is ${name === 'detect' ? 'looked at again' : name || 'another protocol'}`,
        {
          side: this.sideOf(dir),
          offset: this.fates[dir].end - this.replaying[dir] - this.sides[dir].store.length,
        },
      )
    super.switchOver(dir)
    this.account()
  }

  protected override endConversation(why: EndReason): void {
    super.endConversation(why)
    this.account()
    this.told = 'unknown'
    this.tell('ended', `the conversation is over: ${why}`)
  }

  protected override keep(side: StreamSide, buf: Buffer, start: number, end: number, ref: number, at: Instant): boolean {
    const kept = super.keep(side, buf, start, end, ref, at)
    if (!kept) {
      const dir: Direction = side === this.sides[0] ? 0 : 1
      const text = `an unfinished message of the ${this.sideOf(dir)} reached a cap; the rest of the side is not read`
      this.tell('gave-up', text, { side: this.sideOf(dir) })
      this.fail('gave-up', text, dir, this.fates[dir].end - (end - start))
    }
    return kept
  }

  override credit(runtime: ProtocolRuntime): void {
    this.account()
    super.credit(runtime)
    this.booked = { decoded: 0, opaque: 0, unknown: 0 }
  }

  /** A parser looked at bytes: where it gave up. */
  looked(side: Side, protocol: string, verdict: Verdict, cur: Cursor, from: number): void {
    if (verdict !== 'malformed' && (verdict !== 'message' || cur.pos > from)) return
    const dir = this.dirOf(side)
    const offset = this.offsetOf(dir, cur, from)
    this.stops[dir] = offset
    const read = cur.pos - from
    const text =
      `the ${protocol} parser of the ${side} gave up${read > 0 ? `, ${read} bytes into what begins here` : ''}; ` +
      'the rest of the side is not read'
    this.tell('gave-up', text, { side, offset, ...this.at })
    this.fail('gave-up', text, dir, offset, cur.buf.subarray(from, Math.min(cur.end, from + AFTER_BYTES)))
  }

  /** Something odd was said while a parser looked at bytes. */
  anomaly(text: string, code: string, side: Side, cur: Cursor, from: number): void {
    const dir = this.dirOf(side)
    const offset = this.offsetOf(dir, cur, from)
    this.tell('anomaly', text, { side, offset, alike: code, ...this.at })
    this.fail('anomaly', text, dir, offset, cur.buf.subarray(from, Math.min(cur.end, from + AFTER_BYTES)))
  }

  ledgers() {
    const [a, b] = this.fates
    return this.flow.clientIsA ? { client: a.ledger(), server: b.ledger() } : { client: b.ledger(), server: a.ledger() }
  }

  private dirOf(side: Side): Direction {
    return (side === 'client') === this.flow.clientIsA ? 0 : 1
  }

  /** What a parser is shown reaches to the end of what came of the side, in place or in the store. */
  private offsetOf(dir: Direction, cur: Cursor, from: number): number {
    return this.fates[dir].end - this.replaying[dir] - (cur.end - from)
  }

  // ---- telling ---------------------------------------------------------------------------------------------------------
  private tell(...[kind, text, facts]: [Parameters<FlowWatch['tell']>[1], string, Parameters<FlowWatch['tell']>[3]?]): void {
    this.watch.tell(this.flow, kind, text, facts)
  }

  private fail(kind: 'unknown' | 'gave-up' | 'anomaly', text: string, dir: Direction, offset: number, after?: Buffer): void {
    const recent = this.recent[dir]
    // Where the offset lies in what is kept; before it when the message is longer.
    const at = recent.length - (this.fates[dir].end - offset)
    const before = at > 0 ? recent.subarray(Math.max(0, at - BEFORE_BYTES), at) : Buffer.alloc(0)
    const rest = after ?? (at >= 0 ? recent.subarray(at, at + AFTER_BYTES) : Buffer.alloc(0))
    this.watch.fail(this.flow, kind, text, { side: this.sideOf(dir), offset, ...this.at }, before, rest)
  }

  private tellPhase(dir: Direction): void {
    const { phase, told } = this
    if (phase === told) return
    this.told = phase
    if (phase === 'unknown' && told === 'probing') {
      const text = 'no protocol knows these bytes; they are looked at again when the other side speaks, or behind a loss'
      this.tell('unknown', text)
      const first: Direction = this.fates[dir].bytes.unparsed > 0 ? dir : opposite(dir)
      this.fail('unknown', text, first, Math.max(0, this.fates[first].end - this.recent[first].length))
    } else if (phase === 'opaque')
      this.tell('opaque', `what follows is not read${this.upgradedTo === '' ? ': no protocol knows it' : `: it is ${this.upgradedTo}`}`)
  }

  /**
   * Gives the bytes that were dealt with since the last call their fate. What waits is the tail of its side, so all before it is dealt
   * with. In the middle of a change the counters run ahead of the stores or behind them, and the next call settles it.
   */
  private account(): void {
    const upTo = [0, 1].map(
      (dir) => this.fates[dir as Direction].end - this.replaying[dir as Direction] - this.sides[dir as Direction].store.length,
    )
    const moved = [0, 1].map((dir) => upTo[dir]! - this.settled[dir as Direction]) as [number, number]
    const counts = {
      decoded: this.decoded - this.booked.decoded,
      opaque: this.opaque - this.booked.opaque,
      unparsed: this.unknown - this.booked.unknown,
    }
    if (moved[0] + moved[1] !== counts.decoded + counts.opaque + counts.unparsed || moved[0] < 0 || moved[1] < 0) return
    this.booked = { decoded: this.decoded, opaque: this.opaque, unknown: this.unknown }
    for (const dir of [0, 1] as const) {
      const own = moved[opposite(dir)] === 0 ? counts : share(counts, moved[dir])
      // Where a parser gave up within a packet, what it read ends there.
      const stop = this.stops[dir]
      if (stop - this.settled[dir] === own.decoded + own.opaque && own.unparsed > 0) {
        this.fates[dir].settle(stop, { decoded: own.decoded, opaque: own.opaque })
        this.fates[dir].settle(upTo[dir]!, { unparsed: own.unparsed })
      } else this.fates[dir].settle(upTo[dir]!, own)
      this.settled[dir] = upTo[dir]!
    }
  }
}

/** `bytes` of counts that two sides share, taken from them. Both sides have one fate nearly always, and then this is exact. */
function share(counts: Record<'decoded' | 'opaque' | 'unparsed', number>, bytes: number) {
  const own = { decoded: 0, opaque: 0, unparsed: 0 }
  let left = bytes
  for (const fate of ['decoded', 'opaque', 'unparsed'] as const) {
    const taken = Math.min(left, Math.max(0, counts[fate]))
    own[fate] = taken
    counts[fate] -= taken
    left -= taken
  }
  return own
}
