/** Hashes over bytes that come in many small pieces. */
import { createHash, type Hash } from 'node:crypto'
import type { BodySink } from '../../model/body-sink.js'

/** Small writes are gathered, since a hash call costs as much as hashing 500 bytes. */
const STAGE = 8192
const NONE = Buffer.alloc(0)

export class Digest {
  size = 0
  /** Takes the bytes as well. */
  out: BodySink | undefined
  private readonly hashes: Hash[]
  private stage = NONE
  private used = 0

  constructor(...algorithms: string[]) {
    this.hashes = algorithms.map((name) => createHash(name))
  }

  push(buf: Uint8Array, from: number, to: number): void {
    const length = to - from
    this.size += length
    this.out?.write(buf, from, to)
    if (this.used + length > STAGE) this.flush()
    if (length >= STAGE) {
      const view = buf.subarray(from, to)
      for (const hash of this.hashes) hash.update(view)
      return
    }
    if (this.stage === NONE) this.stage = Buffer.allocUnsafe(STAGE)
    this.stage.set(buf.subarray(from, to), this.used)
    this.used += length
  }

  /** Hex, in the order in which the algorithms were given. Ends the digest. */
  finish(): string[] {
    this.flush()
    this.stage = NONE
    return this.hashes.map((hash) => hash.digest('hex'))
  }

  private flush(): void {
    if (this.used === 0) return
    const view = this.stage.subarray(0, this.used)
    for (const hash of this.hashes) hash.update(view)
    this.used = 0
  }
}
