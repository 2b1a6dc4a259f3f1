/** Packets as two readers must agree on them, hashed a batch at a time, so that a difference has a place. */
import { createHash } from 'node:crypto'

/** Packets a batch: few enough to be looked through by hand, many enough that a capture of 100 million has a short list. */
export const BATCH_PACKETS = 4096
const HEADER = 16

export class PacketDigest {
  readonly batches: string[] = []
  packets = 0
  private readonly header = Buffer.alloc(HEADER)
  private hash = createHash('sha256')

  /** @param micros since 1970: a record that says 1,500,000 microseconds is one second and a half @param data the captured bytes */
  add(micros: number, original: number, data: Uint8Array): void {
    this.header.writeBigUInt64BE(BigInt(micros), 0)
    this.header.writeUInt32BE(data.length, 8)
    this.header.writeUInt32BE(original, 12)
    this.hash.update(this.header).update(data)
    if (++this.packets % BATCH_PACKETS === 0) this.endBatch()
  }

  end(): this {
    if (this.packets % BATCH_PACKETS !== 0) this.endBatch()
    return this
  }

  private endBatch(): void {
    this.batches.push(this.hash.digest('hex'))
    this.hash = createHash('sha256')
  }
}
