/** Bytes of a pipe: standard input, a FIFO, a device. They come when they come. */
import { type ByteSource, systemReason, type Tally } from './byte-source.js'
import type { Damage } from './source.js'

const NONE = Buffer.alloc(0)

export class StreamBytes implements ByteSource {
  failure: Damage | undefined
  readonly #stream: AsyncIterable<Buffer | string>
  readonly #chunks: AsyncIterator<Buffer | string>
  #chunk: Buffer = NONE
  #at = 0
  #over = false

  constructor(
    stream: AsyncIterable<Buffer | string>,
    private readonly tally: Tally,
  ) {
    this.#stream = stream
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  read(into: Buffer, at: number, length: number): number | Promise<number> {
    if (this.#at < this.#chunk.length) return this.#hand(into, at, length)
    return this.#over ? 0 : this.#wait(into, at, length)
  }

  async #wait(into: Buffer, at: number, length: number): Promise<number> {
    try {
      do {
        const { value, done } = await this.#chunks.next()
        if (done) {
          this.#over = true
          return 0
        }
        this.#chunk = typeof value === 'string' ? Buffer.from(value, 'latin1') : value
        this.#at = 0
        this.tally.add(this.#chunk, 0, this.#chunk.length)
      } while (this.#chunk.length === 0)
    } catch (error) {
      // Closed while it waited: the stream did not fail.
      if (this.#over) return 0
      this.#over = true
      this.failure = { code: 'capture.unreadable', offset: this.tally.size, message: `cannot be read on: ${systemReason(error)}` }
      return 0
    }
    return this.#hand(into, at, length)
  }

  #hand(into: Buffer, at: number, length: number): number {
    const n = Math.min(length, this.#chunk.length - this.#at)
    this.#chunk.copy(into, at, this.#at, this.#at + n)
    this.#at += n
    if (this.#at === this.#chunk.length) this.#chunk = NONE
    if (this.#chunk === NONE) this.#at = 0
    return n
  }

  async close(): Promise<void> {
    this.#over = true
    this.#chunk = NONE
    try {
      // An iterator answers `return` only after the `next` it is waiting for, which a silent pipe never answers.
      if ('destroy' in this.#stream && typeof this.#stream.destroy === 'function') this.#stream.destroy()
      else await this.#chunks.return?.()
    } catch {
      // The stream failed on its way out; what was read stands.
    }
  }
}
