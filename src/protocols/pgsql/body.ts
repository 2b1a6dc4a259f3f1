/** Reads a message's body between two offsets. Reads past the end give nothing and set `short`, as a cut or lying message needs. */
import type { Dialogue } from './dialogue.js'

export class Body {
  buf: Buffer = Buffer.alloc(0)
  pos = 0
  end = 0
  short = false

  constructor(private readonly dialogue: Dialogue) {}

  reset(buf: Buffer, pos: number, end: number): this {
    this.buf = buf
    this.pos = pos
    this.end = end
    this.short = false
    return this
  }

  u8(): number {
    if (this.pos >= this.end) return this.none()
    return this.buf[this.pos++]!
  }

  u16(): number {
    if (this.pos + 2 > this.end) return this.none()
    this.pos += 2
    return this.buf.readUInt16BE(this.pos - 2)
  }

  i32(): number {
    if (this.pos + 4 > this.end) return this.none()
    this.pos += 4
    return this.buf.readInt32BE(this.pos - 4)
  }

  u32(): number {
    return this.i32() >>> 0
  }

  /** Text up to a NUL; without one all there is, and `short`. */
  text(): string {
    const nul = this.buf.subarray(this.pos, this.end).indexOf(0)
    const to = nul < 0 ? this.end : this.pos + nul
    const text = this.dialogue.text(this.buf, this.pos, to)
    this.pos = nul < 0 ? this.end : to + 1
    if (nul < 0) this.short = true
    return text
  }

  /** A copy of what is left. */
  rest(): Buffer {
    const rest = Buffer.from(this.buf.subarray(this.pos, this.end))
    this.pos = this.end
    return rest
  }

  private none(): number {
    this.short = true
    this.pos = this.end
    return 0
  }
}
