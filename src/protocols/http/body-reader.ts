/** The body of a message as it passes: what its framing says is handed on in pieces, and nothing is kept. */
import type { Cursor } from '../../bytes/cursor.js'
import { ChunkReader } from './chunks.js'
import type { BodyPlan } from './framing.js'
import { BodyPiece, type Fault } from './messages.js'

export class BodyReader {
  /** The one that is handed on, again and again. */
  readonly piece = new BodyPiece()
  private framing: 'length' | 'chunked' | 'close' = 'close'
  /** By length: bytes to come. */
  private remaining = 0
  private readonly chunks = new ChunkReader()

  /** @param plan of a body that there is */
  enter(plan: BodyPlan): void {
    if (plan.framing === 'length') {
      this.framing = 'length'
      this.remaining = plan.length
    } else if (plan.framing === 'chunked') {
      this.framing = 'chunked'
      this.chunks.reset()
    } else this.framing = 'close'
  }

  /** The body goes on to the end of the stream. */
  enterRest(): void {
    this.framing = 'close'
  }

  /** Bytes that must come before anything else can; 0 where the framing does not say. */
  get announced(): number {
    return this.framing === 'length' ? this.remaining : 0
  }

  /** The last chunk was there, its trailer may not have been. */
  get ended(): boolean {
    return this.framing === 'chunked' && this.chunks.ended
  }

  /** Fills the piece with what is there. 'broken': no chunk, and nothing was consumed. */
  next(cur: Cursor): 'piece' | 'need-more' | 'broken' {
    if (this.framing === 'chunked') {
      const verdict = this.chunks.next(cur, this.piece)
      return verdict === 'need-more' || verdict === 'broken' ? verdict : 'piece'
    }
    const start = cur.pos
    if (this.framing === 'close') {
      cur.pos = cur.end
      this.piece.set(cur.buf, start, cur.end, false)
      return 'piece'
    }
    const take = Math.min(this.remaining, cur.end - start)
    this.remaining -= take
    cur.pos = start + take
    this.piece.set(cur.buf, start, start + take, this.remaining === 0)
    return 'piece'
  }

  /** `bytes` were lost. @returns whether the body goes on, ends just there, or was left for nobody knows what */
  lose(bytes: number, snapped: boolean): 'inside' | 'end' | 'beyond' {
    const { piece } = this
    let where: 'inside' | 'end' | 'beyond' = 'inside'
    if (this.framing === 'length') {
      const missing = Math.min(bytes, this.remaining)
      this.remaining -= missing
      piece.finish('', missing)
      piece.last = this.remaining === 0
      if (piece.last) where = bytes > missing ? 'beyond' : 'end'
    } else if (this.framing === 'chunked') {
      const inside = this.chunks.lose(bytes)
      piece.finish(inside ? '' : 'lost', bytes)
      piece.last = !inside
      if (!inside) where = 'beyond'
    } else {
      piece.finish('', bytes)
      piece.last = false
    }
    piece.snapped = snapped
    return where
  }

  /**
   * The stream is over; few bytes may have waited until it was clear what they are.
   * @param whole the body is complete though its framing does not say so
   */
  close(held: Cursor, closed: boolean, whole: boolean, fault: Fault): void {
    const start = held.pos
    held.pos = held.end
    const most = this.framing === 'close' ? held.end - start : this.announced
    const complete = this.framing === 'close' ? closed : whole || this.ended
    this.piece.set(held.buf, start, start + Math.min(most, held.end - start), true)
    this.piece.fault = complete ? '' : fault
  }
}
