/** Bytes of a regular file, read synchronously: a 1 MiB read takes less than the trip through the event loop around it. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { type ByteSource, systemReason, type Tally } from './byte-source.js'
import type { Damage } from './source.js'

export class FileBytes implements ByteSource {
  failure: Damage | undefined
  #fd = -1
  #closed = false
  #position = 0
  /** Which file it was when first opened: a path can name another one after a rotation. */
  #identity: { dev: number; ino: number } | undefined

  constructor(
    readonly path: string,
    private readonly tally: Tally,
    /** Reads no further than this; for a look at the beginning. */
    private readonly limit = Number.POSITIVE_INFINITY,
  ) {}

  read(into: Buffer, at: number, length: number): number {
    if (this.failure || this.#closed) return 0
    try {
      if (this.#fd < 0 && !this.#open()) return 0
      const got = readSync(this.#fd, into, at, Math.min(length, this.limit - this.#position), this.#position)
      this.#position += got
      this.tally.add(into, at, at + got)
      return got
    } catch (error) {
      this.failure = { code: 'capture.unreadable', offset: this.#position, message: `cannot be read: ${systemReason(error)}` }
      return 0
    }
  }

  #open(): boolean {
    this.#fd = openSync(this.path, 'r')
    const { dev, ino } = fstatSync(this.#fd)
    this.#identity ??= { dev, ino }
    if (this.#identity.dev === dev && this.#identity.ino === ino) return true
    this.failure = { code: 'capture.changed', offset: this.#position, message: 'was replaced by another file while it was read' }
    return false
  }

  rest(): void {
    if (this.#fd >= 0) closeSync(this.#fd)
    this.#fd = -1
  }

  close(): void {
    this.#closed = true
    this.rest()
  }
}
