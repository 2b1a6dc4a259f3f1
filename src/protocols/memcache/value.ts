/** A value that passes by: counted, and kept only as far as somebody asked for it. */

/** Bytes kept of one value at most, whatever the options say: the largest item of a server with default settings. */
const MAX_KEPT = 1 << 20

export class PassingValue {
  left = 0
  private wanted = 0
  private kept: Buffer[] = []
  private size = 0

  /** @param length bytes that pass, with what ends them @param keep bytes to keep of their beginning */
  begin(length: number, keep: number): void {
    this.left = length
    this.wanted = Math.min(keep, MAX_KEPT)
    this.kept = []
    this.size = 0
  }

  /** Takes what is here; answers where it ends. */
  take(buf: Buffer, pos: number, end: number): number {
    const taken = Math.min(this.left, end - pos)
    if (this.size < this.wanted) {
      const piece = Buffer.from(buf.subarray(pos, pos + Math.min(taken, this.wanted - this.size)))
      this.kept.push(piece)
      this.size += piece.length
    }
    this.left -= taken
    return pos + taken
  }

  bytes(): Buffer {
    return this.kept.length === 1 ? this.kept[0]! : Buffer.concat(this.kept)
  }
}
