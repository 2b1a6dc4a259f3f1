/**
 * Where a message came from: which packets carried it and when.
 *
 * A packet is named by one number, its reference: the capture's ordinal in the run times 2^32 plus the frame number
 * (from 1) in that capture. References grow with the timeline inside one capture, so runs of frames fold to ranges.
 */
import type { Instant } from './instant.js'

const CAPTURE_STEP = 2 ** 32
/** Ranges kept for one message; a 1 MiB body on a busy wire takes about 700. Beyond it the last range widens. */
const MAX_RANGES = 4096

export const packetRef = (capture: number, frame: number): number => capture * CAPTURE_STEP + frame
export const refCapture = (ref: number): number => Math.floor(ref / CAPTURE_STEP)
/** By subtraction: `%` on numbers of this size is a library call that costs more than all else here. */
export const refFrame = (ref: number): number => ref - refCapture(ref) * CAPTURE_STEP

export class Trace {
  /** First and last packet of each range, flat: [12, 14, 19, 19]. */
  readonly refs: number[]
  /** More ranges than are kept: the last one spans packets that are not part of the message. */
  widened = false

  constructor(
    ref: number,
    /** When the packet with the first byte was captured. */
    public first: Instant,
    /** When the packet with the last byte was captured. */
    public last: Instant,
    /** Bytes of the message on the wire, transport payload. */
    public bytes: number,
    /** Offset of its first byte in that side's stream; 0 for datagrams. */
    readonly offset = 0,
  ) {
    this.refs = [ref, ref]
  }

  addRef(ref: number): void {
    const refs = this.refs
    const end = refs[refs.length - 1]!
    if (ref === end) return
    if (ref === end + 1) {
      refs[refs.length - 1] = ref
      return
    }
    if (ref < end) {
      // Out of order: only when a held segment of an earlier packet completes a message. Keep the list sorted.
      for (let i = 0; i < refs.length; i += 2) if (ref >= refs[i]! && ref <= refs[i + 1]!) return
      let at = 0
      while (at < refs.length && refs[at]! < ref) at += 2
      if (refs[at] === ref + 1) refs[at] = ref
      else if (at > 0 && refs[at - 1] === ref - 1) refs[at - 1] = ref
      else if (refs.length < MAX_RANGES * 2) refs.splice(at, 0, ref, ref)
      else this.widened = true
      return
    }
    if (refs.length >= MAX_RANGES * 2) {
      refs[refs.length - 1] = ref
      this.widened = true
    } else refs.push(ref, ref)
  }

  private addRange(from: number, to: number): void {
    const refs = this.refs
    const end = refs[refs.length - 1]!
    if (from > end) {
      this.addRef(from)
      refs[refs.length - 1] = to
    } else for (let ref = from; ref <= to; ref++) this.addRef(ref)
  }

  /** Take in a later piece of the same message. */
  extend(piece: Trace): void {
    const refs = piece.refs
    for (let i = 0; i < refs.length; i += 2) {
      this.addRange(refs[i]!, refs[i + 1]!)
    }
    this.widened ||= piece.widened
    this.last = piece.last
    this.bytes += piece.bytes
  }

  /** A trace of its own over the same packets. */
  copy(): Trace {
    const twin = new Trace(this.refs[0]!, this.first, this.last, this.bytes, this.offset)
    twin.refs.length = 0
    twin.refs.push(...this.refs)
    twin.widened = this.widened
    return twin
  }
}

/**
 * The frames of a transaction as text: "12-14,19". Frames of another capture than `home` carry its ordinal: "12-14,2:1-3"
 * (ordinals as in the `capture` table, from 1). A trailing "+" says that the last range is wider than the message.
 */
export function framesText(home: number, ...traces: readonly (Trace | undefined)[]): string {
  let all: number[] | undefined
  let widened = false
  for (const trace of traces) {
    if (!trace) continue
    widened ||= trace.widened
    all = all ? mergeRanges(all, trace.refs) : trace.refs
  }
  if (!all) return ''
  let text = ''
  for (let i = 0; i < all.length; i += 2) {
    const from = all[i]!
    const to = all[i + 1]!
    const capture = refCapture(from)
    if (text !== '') text += ','
    if (capture !== home) text += `${capture + 1}:`
    text += refFrame(from)
    if (to !== from) text += `-${refFrame(to)}`
  }
  return widened ? `${text}+` : text
}

function mergeRanges(a: readonly number[], b: readonly number[]): number[] {
  const out: number[] = []
  let i = 0
  let j = 0
  while (i < a.length || j < b.length) {
    const takeA = j >= b.length || (i < a.length && a[i]! <= b[j]!)
    const from = takeA ? a[i]! : b[j]!
    const to = takeA ? a[i + 1]! : b[j + 1]!
    if (takeA) i += 2
    else j += 2
    const end = out.length - 1
    if (end > 0 && from <= out[end]! + 1) {
      if (to > out[end]!) out[end] = to
    } else out.push(from, to)
  }
  return out
}
