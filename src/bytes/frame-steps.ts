/** Compressed frames as steps: how many bytes the next one takes, and what comes out of it. Throws `BrokenData`. */
export interface FrameSteps {
  /** Bytes of the next step, together. */
  readonly need: number
  /** Bytes to pass over before it, unread; the caller counts them down. */
  passes: number
  /** At the end of a frame: the input may end here. */
  readonly betweenFrames: boolean
  /** A first word, little endian, that begins a frame. */
  isMagic(magic: number): boolean
  /** Takes `need` bytes at `at`. What it answers is borrowed until the next step. */
  step(buf: Uint8Array, at: number): Piece | undefined
  /** The input ends at `end`, inside a step: what can be had of it. */
  cut(buf: Uint8Array, at: number, end: number): Piece | undefined
  close(): void
}

export interface Piece {
  readonly buf: Uint8Array
  readonly from: number
  readonly to: number
}
