/** Reads a UDP or ICMP flow as an analysis does, and tells of each decision and of what became of each datagram. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import { DatagramReader } from '../../pipeline/datagram-reader.js'
import type { Engine } from '../../pipeline/engine.js'
import type { Verdict } from '../../protocols/protocol.js'
import type { Direction, Flow, RoleBy } from '../../streams/flow.js'
import type { FlowWatch } from './flow-watch.js'
import { SideFates } from './side-fates.js'

const SHOWN_BYTES = 64

export class WatchedDatagrams extends DatagramReader {
  private readonly fates: readonly [SideFates, SideFates] = [new SideFates(), new SideFates()]

  constructor(
    flow: Flow,
    engine: Engine,
    oneWay: boolean,
    private readonly watch: FlowWatch,
  ) {
    super(flow, engine, oneWay)
  }

  override datagram(dir: Direction, buf: Buffer, start: number, end: number, length: number, ref: number, sec: number, nsec: number): void {
    const fates = this.fates[dir]
    const offset = fates.end
    const before = { decoded: this.decoded, opaque: this.opaque, unknown: this.unknown }
    const chosen = this.runtime
    this.watch.beginRound(this.transport, this.flow)
    fates.arrive(buf, start, end, ref)
    super.datagram(dir, buf, start, end, length, ref, sec, nsec)
    const asked = this.watch.endRound()
    if (this.runtime && !chosen) this.watch.tell(this.flow, 'chosen', this.watch.choiceText(this.runtime.name, this.protocolBy, false))
    else if (!this.runtime && asked) {
      const text = 'no protocol knows this datagram'
      const facts = { side: this.sideAt(dir), offset }
      this.watch.tell(this.flow, 'unknown', text, facts)
      this.watch.fail(this.flow, 'unknown', text, facts, Buffer.alloc(0), buf.subarray(start, Math.min(end, start + SHOWN_BYTES)))
    }
    fates.settle(fates.end, {
      decoded: this.decoded - before.decoded,
      opaque: this.opaque - before.opaque,
      unparsed: this.unknown - before.unknown,
    })
    if (length > end - start) {
      this.watch.tell(this.flow, 'cut', `bytes of the ${this.sideAt(dir)} were cut off by the snaplen`, {
        side: this.sideAt(dir),
        offset: fates.end,
        bytes: length - (end - start),
      })
      fates.missing(length - (end - start), 'cut')
    }
  }

  override setRoles(clientIsA: boolean, by: RoleBy): void {
    const { clientIsA: before, roleBy } = this.flow
    super.setRoles(clientIsA, by)
    if (this.flow.clientIsA !== before || this.flow.roleBy !== roleBy) this.watch.tellRoles(this.flow)
  }

  looked(side: Side, protocol: string, verdict: Verdict, cur: Cursor, from: number): void {
    if (verdict === 'message') return
    const text = `the ${protocol} parser could not read a datagram of the ${side}; the next one is read all the same`
    this.failed('gave-up', text, text, side, cur, from)
  }

  /** Something odd was said while a parser looked at a datagram. */
  anomaly(text: string, code: string, side: Side, cur: Cursor, from: number): void {
    this.failed('anomaly', text, code, side, cur, from)
  }

  private failed(kind: 'gave-up' | 'anomaly', text: string, alike: string, side: Side, cur: Cursor, from: number): void {
    const dir: Direction = (side === 'client') === this.flow.clientIsA ? 0 : 1
    const facts = { side, offset: this.fates[dir].end - (cur.end - from), alike }
    this.watch.tell(this.flow, kind, text, facts)
    this.watch.fail(this.flow, kind, text, facts, Buffer.alloc(0), cur.buf.subarray(from, Math.min(cur.end, from + SHOWN_BYTES)))
  }

  ledgers() {
    const [a, b] = this.fates
    return this.flow.clientIsA ? { client: a.ledger(), server: b.ledger() } : { client: b.ledger(), server: a.ledger() }
  }

  private sideAt(dir: Direction): Side {
    return (dir === 0) === this.flow.clientIsA ? 'client' : 'server'
  }
}
