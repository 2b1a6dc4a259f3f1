/** Puts handshake messages of a stream together: several in one record, one over many. */
import { isHandshake, type ReadCertificate, readHandshake } from './handshake.js'
import type { TlsEvent } from './messages.js'

/** Longest message that is put together; certificate chains with many names reach some tens of kilobytes. */
const MAX_MESSAGE = 262_144
/** Messages told of one record; a server's whole flight has five. */
const MAX_MESSAGES = 64

const NONE = Buffer.alloc(0)

export class Assembly {
  private pending = NONE
  private used = 0
  /** Length of the message being put together, its header included; 0 until the header is there. */
  private wanted = 0
  /** Bytes of a message too long to keep that are still to come. */
  private skipping = 0

  constructor(
    private readonly certificate: ReadCertificate,
    /** Asks for room, gives back with a negative number. */
    private readonly hold: (bytes: number) => boolean,
    private readonly tooLong: (bytes: number) => void,
  ) {}

  /** A message has begun and is not complete. */
  get open(): boolean {
    return this.used > 0 || this.skipping > 0
  }

  drop(): void {
    if (this.pending.length > 0) this.hold(-this.pending.length)
    this.pending = NONE
    this.used = this.wanted = this.skipping = 0
  }

  /** Takes a record's content. False when it cannot be a handshake: encrypted, or in the middle of a message. */
  take(buf: Buffer, start: number, end: number, into: TlsEvent[]): boolean {
    let at = start
    while (at < end) {
      if (this.skipping > 0) {
        const n = Math.min(this.skipping, end - at)
        this.skipping -= n
        at += n
        continue
      }
      if (this.used === 0 && end - at >= 4) {
        const type = buf[at]!
        const length = buf.readUIntBE(at + 1, 3)
        if (!isHandshake(type, length)) return false
        if (at + 4 + length <= end) {
          if (into.length < MAX_MESSAGES) into.push(readHandshake(type, buf, at + 4, at + 4 + length, false, this.certificate))
          at += 4 + length
          continue
        }
      }
      at = this.append(buf, at, end)
      if (at < 0) return false
      if (this.used < 4 || this.used < this.wanted) continue
      const message = this.pending
      if (into.length < MAX_MESSAGES) into.push(readHandshake(message[0]!, message, 4, this.wanted, false, this.certificate))
      this.drop()
    }
    return true
  }

  /** What there is of a message whose end never came; hellos are worth it. */
  rest(into: TlsEvent[]): void {
    if (this.used > 4 && (this.pending[0] === 1 || this.pending[0] === 2))
      into.push(readHandshake(this.pending[0], this.pending, 4, this.used, false, this.certificate))
    this.drop()
  }

  /** Keeps the next bytes of an unfinished message; answers where reading goes on, -1 when this is no message. */
  private append(buf: Buffer, from: number, end: number): number {
    let at = from
    if (this.wanted === 0) {
      if (this.pending.length === 0) this.grow(4)
      while (at < end && this.used < 4) this.pending[this.used++] = buf[at++]!
      if (this.used < 4) return at
      const length = this.pending.readUIntBE(1, 3)
      if (!isHandshake(this.pending[0]!, length)) {
        this.drop()
        return -1
      }
      if (length > MAX_MESSAGE || !this.grow(4 + length)) {
        this.tooLong(length)
        this.drop()
        this.skipping = length
        return at
      }
      this.wanted = 4 + length
    }
    const n = Math.min(this.wanted - this.used, end - at)
    buf.copy(this.pending, this.used, at, at + n)
    this.used += n
    return at + n
  }

  private grow(size: number): boolean {
    if (!this.hold(size - this.pending.length)) return false
    const bigger = Buffer.alloc(size)
    this.pending.copy(bigger, 0, 0, this.used)
    this.pending = bigger
    return true
  }
}
