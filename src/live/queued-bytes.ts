/** Bytes that another thread hands over in pieces; each piece that was read is acknowledged, so that the other side knows the backlog. */
import type { ByteSource, Tally } from '../capture/byte-source.js'

export class QueuedBytes implements ByteSource {
  readonly failure = undefined
  private readonly pieces: Uint8Array[] = []
  private at = 0
  private over = false
  private wake: (() => void) | undefined
  private tally: Tally | undefined

  constructor(private readonly taken: (bytes: number) => void) {}

  counted(tally: Tally): this {
    this.tally = tally
    return this
  }

  push(piece: Uint8Array): void {
    this.pieces.push(piece)
    this.wake?.()
  }

  finished(): void {
    this.over = true
    this.wake?.()
  }

  read(into: Buffer, at: number, length: number): number | Promise<number> {
    return this.pieces.length > 0 || this.over ? this.now(into, at, length) : this.later(into, at, length)
  }

  private now(into: Buffer, at: number, length: number): number {
    const piece = this.pieces[0]
    if (!piece) return 0
    const n = Math.min(length, piece.length - this.at)
    into.set(piece.subarray(this.at, this.at + n), at)
    this.at += n
    this.tally?.add(into, at, at + n)
    if (this.at === piece.length) {
      this.pieces.shift()
      this.at = 0
      this.taken(piece.length)
    }
    return n
  }

  private async later(into: Buffer, at: number, length: number): Promise<number> {
    while (this.pieces.length === 0 && !this.over)
      await new Promise<void>((done) => {
        this.wake = done
      })
    this.wake = undefined
    return this.now(into, at, length)
  }

  close(): void {
    this.finished()
  }
}
