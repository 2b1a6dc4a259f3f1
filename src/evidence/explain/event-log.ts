/** What happened while a flow was read, in order: alike events in a row fold into one, and of a long story its beginning and its end are kept. */
import type { Failure, FlowEvent, FlowEventKind, ProbeRound } from '../../model/flow-ledger.js'
import { type Instant, toIso } from '../../model/instant.js'
import type { Side } from '../../model/side.js'
import { refCapture, refFrame } from '../../model/trace.js'
import type { Flow } from '../../streams/flow.js'

/** Events kept from the beginning, where protocols are chosen, and from the end. More than these nobody reads. */
const MAX_FIRST = 400
const MAX_LAST = 100
/** Events looked back at for one that this one repeats: the two sides of a lossy connection take turns. */
const LOOK_BACK = 4

/** What comes behind one of these is another chapter: nothing folds across it. */
const TURNS: ReadonlySet<FlowEventKind> = new Set(['roles', 'chosen', 'upgrade', 'opaque', 'ended', 'split'])

export interface EventFacts {
  readonly side?: Side | undefined
  readonly offset?: number | undefined
  readonly bytes?: number | undefined
  readonly asked?: ProbeRound | undefined
  /** The packet; the one at hand where it is not given. */
  readonly ref?: number | undefined
  readonly at?: Instant | undefined
  /** Events with one key and kind are alike; the text where it is not given. */
  readonly alike?: string | undefined
}

export class EventLog {
  readonly first: FlowEvent[] = []
  private last: FlowEvent[] = []
  omitted = 0
  failure: Failure | undefined
  private readonly keys = new WeakMap<FlowEvent, string>()

  add(kind: FlowEventKind, text: string, flow: Flow, ref: number, facts: EventFacts = {}): void {
    const place = placeOf(flow, facts.ref ?? ref, facts.at)
    const key = `${kind} ${facts.side ?? ''} ${facts.alike ?? text}`
    const known = this.recent(key)
    if (known) {
      known.count++
      if (facts.bytes !== undefined) known.bytes = (known.bytes ?? 0) + facts.bytes
      known.last_frame = place.frame
      return
    }
    const { side, offset, bytes, asked } = facts
    const event: FlowEvent = { kind, ...place, side, offset, bytes, text, asked, count: 1 }
    this.keys.set(event, key)
    if (this.first.length < MAX_FIRST) this.first.push(event)
    else {
      this.last.push(event)
      // Halved now and then instead of shifted each time.
      if (this.last.length >= 2 * MAX_LAST) {
        this.omitted += this.last.length - MAX_LAST
        this.last = this.last.slice(-MAX_LAST)
      }
    }
  }

  /** Only the first one counts. */
  fail(kind: FlowEventKind, text: string, flow: Flow, ref: number, facts: EventFacts, before: Buffer, after: Buffer): void {
    this.failure ??= {
      kind,
      ...placeOf(flow, facts.ref ?? ref, facts.at),
      side: facts.side,
      offset: facts.offset,
      text,
      before: before.toString('hex'),
      after: after.toString('hex'),
    }
  }

  events(): FlowEvent[] {
    const last = this.last.slice(-MAX_LAST)
    return [...this.first, ...last]
  }

  get left(): number {
    return this.omitted + Math.max(0, this.last.length - MAX_LAST)
  }

  private recent(key: string): FlowEvent | undefined {
    const list = this.last.length > 0 ? this.last : this.first
    for (let i = list.length - 1; i >= Math.max(0, list.length - LOOK_BACK); i--) {
      const event = list[i]!
      if (this.keys.get(event) === key) return event
      if (TURNS.has(event.kind)) break
    }
    return undefined
  }
}

function placeOf(flow: Flow, ref: number, at: Instant = { sec: flow.lastSec, nsec: flow.lastNsec }) {
  return { capture_id: refCapture(ref) + 1, frame: refFrame(ref), ts: toIso(at) }
}
