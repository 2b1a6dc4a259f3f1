/** What became of the bytes of one side: ranges by stream offset, with the packets that brought them. */
import type { Fate, FateBytes, FateRange, SideLedger } from '../../model/flow-ledger.js'
import { refCapture, refFrame } from '../../model/trace.js'

/** Ranges listed: a side that changes its fate more often is cut or lossy all over, and its totals tell that. */
const MAX_RANGES = 200
/** Bytes shown of how a side begins. */
const HEAD_BYTES = 64

export const noBytes = (): FateBytes => ({ decoded: 0, opaque: 0, unparsed: 0, lost: 0, cut: 0 })

export class SideFates {
  /** Bytes of the side that came or are known to be missing. */
  end = 0
  readonly bytes = noBytes()
  private readonly ranges: FateRange[] = []
  private more = 0
  private last: FateRange | undefined
  private head = ''
  /** Packets of the bytes without a fate: where each one's end, and its reference. As many as the reader holds segments. */
  private ends: number[] = []
  private refs: number[] = []
  /** Offset of the first byte without a fate. */
  private done = 0

  arrive(buf: Buffer, start: number, end: number, ref: number): void {
    if (this.head.length < 2 * HEAD_BYTES) this.head += buf.toString('hex', start, Math.min(end, start + HEAD_BYTES - this.head.length / 2))
    this.end += end - start
    this.ends.push(this.end)
    this.refs.push(ref)
  }

  /** Of the bytes up to offset `to` so many were decoded, are opaque, were left unparsed. */
  settle(to: number, counts: Partial<FateBytes>): void {
    if (to <= this.done) return
    // Packets whose bytes are all settled go; one that ends behind `to` stays.
    const first = this.refs[0]
    let passed = 0
    while (passed < this.ends.length - 1 && this.ends[passed]! < to) passed++
    const last = this.refs[passed]
    if (this.ends[passed]! <= to) passed++
    if (passed > 0) {
      this.ends = this.ends.slice(passed)
      this.refs = this.refs.slice(passed)
    }
    this.add(to, counts, first, last)
  }

  missing(bytes: number, fate: 'lost' | 'cut'): void {
    this.end += bytes
    // Held bytes before the hole were dealt with when it was reported.
    this.ends.length = 0
    this.refs.length = 0
    this.add(this.end, { [fate]: bytes }, undefined, undefined)
  }

  ledger(): SideLedger {
    return { bytes: this.bytes, ranges: this.ranges, more_ranges: this.more, head: this.head }
  }

  private add(to: number, counts: Partial<FateBytes>, first: number | undefined, last: number | undefined): void {
    const from = this.done
    this.done = to
    const kinds = (Object.keys(counts) as Fate[]).filter((fate) => counts[fate]! > 0)
    for (const fate of kinds) this.bytes[fate] += counts[fate]!
    const fate = kinds.join('+')
    const open = this.last
    if (open?.fate === fate) {
      open.to = to
      for (const kind of kinds) open.bytes[kind] += counts[kind]!
      if (last !== undefined) open.last = placeOf(last)
      return
    }
    const range: FateRange = {
      from,
      to,
      fate,
      bytes: { ...noBytes(), ...counts },
      first: first === undefined ? undefined : placeOf(first),
      last: last === undefined ? undefined : placeOf(last),
    }
    this.last = range
    if (this.ranges.length < MAX_RANGES) this.ranges.push(range)
    else this.more++
  }
}

const placeOf = (ref: number) => ({ capture_id: refCapture(ref) + 1, frame: refFrame(ref) })
