/** What a parser hands to the correlator. */
import type { Header } from './header.js'

export class Frame {
  readonly kind = 'frame'
  /** Bytes of the body that were never captured. */
  lost = 0
  /** Bytes of the body that had not come when the connection or the capture ended. */
  missing = 0
  /** It came in segments of v5, whose bodies are never compressed by themselves. */
  segmented = false

  constructor(
    readonly header: Header,
    /** The body, borrowed until the call returns; only its start when it is long, or when bytes of it are missing. */
    readonly body: Buffer,
  ) {}

  /** `body` is not the whole of it. */
  get cut(): boolean {
    return this.body.length < this.header.length
  }
}

/** Bytes of a frame that goes on. */
export const PIECE = { kind: 'piece' } as const
/** Frames were passed over: what waits for an answer may have had one. */
export const HOLE = { kind: 'hole' } as const

export type CassandraMessage = Frame | typeof PIECE | typeof HOLE
