/** A device whose packets a test hands out, poll by poll, as the records that libpcap writes. */
import type { Device, KernelCounts } from '../../src/live/device.js'

export interface Given {
  /** Nanoseconds since 1970. */
  readonly at: bigint
  readonly data: Buffer
  /** Bytes on the wire; as many as captured unless told otherwise. */
  readonly length?: number
}

export function records(packets: readonly Given[], nanoseconds = true): Buffer {
  return Buffer.concat(
    packets.flatMap(({ at, data, length }) => {
      const head = Buffer.alloc(16)
      head.writeUInt32LE(Number(at / 1_000_000_000n), 0)
      head.writeUInt32LE(Number(at % 1_000_000_000n) / (nanoseconds ? 1 : 1000), 4)
      head.writeUInt32LE(data.length, 8)
      head.writeUInt32LE(length ?? data.length, 12)
      return [head, data]
    }),
  )
}

export class FakeDevice implements Device {
  readonly linkType = 1
  readonly snaplen = 65_535
  counted: KernelCounts = { received: 0, dropped: 0, interfaceDropped: 0 }
  closed = false

  constructor(
    readonly name: string,
    /** What each poll answers; then nothing. An error is thrown. */
    readonly polls: (readonly Given[] | Error)[],
    readonly nanoseconds = true,
  ) {}

  get idle(): boolean {
    return this.polls.length === 0
  }

  poll(): Buffer {
    const next = this.polls.shift() ?? []
    if (next instanceof Error) throw next
    return records(next, this.nanoseconds)
  }

  counts(): KernelCounts {
    return this.counted
  }

  close(): void {
    this.closed = true
  }
}
