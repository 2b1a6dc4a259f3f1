/**
 * Answers that were captured before anything else of their stream id: to a request from before the capture, or two packets
 * were captured in the wrong order. The client tells: it uses the id again only once its request is answered.
 */
import type { Trace } from '../../model/trace.js'
import { Frame } from './messages.js'

/** Packets between an answer and the request it came before. Captures swap neighbours. */
const MAX_DISTANCE = 8
/** Answers kept at a time, and the longest of them: only the first exchange of a connection can be in doubt. */
const MAX_KEPT = 64
const MAX_BODY = 65536

export interface Early {
  readonly frame: Frame
  readonly at: Trace
}

export class EarlyAnswers {
  private readonly kept = new Map<number, Early>()
  /** Stream ids that something was seen of. */
  private readonly known = new Set<number>()

  /** A request on this id: an answer that came too long before it is none of its own. */
  asked(stream: number, at: Trace): Early | undefined {
    this.known.add(stream)
    const early = this.kept.get(stream)
    if (!early || at.refs[0]! - early.at.refs[early.at.refs.length - 1]! <= MAX_DISTANCE) return undefined
    return this.take(stream)
  }

  /** @returns whether the answer is kept */
  keep(frame: Frame, at: Trace): boolean {
    const { stream } = frame.header
    if (this.known.has(stream) || this.kept.size >= MAX_KEPT || frame.body.length > MAX_BODY) return false
    this.known.add(stream)
    // The body is borrowed; what it belongs to is known later.
    const own = new Frame(frame.header, Buffer.from(frame.body))
    own.lost = frame.lost
    own.missing = frame.missing
    own.segmented = frame.segmented
    this.kept.set(stream, { frame: own, at })
    return true
  }

  take(stream: number): Early | undefined {
    if (this.kept.size === 0) return undefined
    const early = this.kept.get(stream)
    this.kept.delete(stream)
    return early
  }

  *all(): IterableIterator<Early> {
    yield* this.kept.values()
    this.kept.clear()
  }
}
