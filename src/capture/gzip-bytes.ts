/**
 * Bytes inside a gzip file, all its members, inflated piece by piece by node:zlib. A fault ends them; zlib drops what the
 * failing call had inflated so far, so the input is played again and the faulty piece fed in small bites.
 */
import { createGunzip, type Gunzip } from 'node:zlib'
import type { ByteSource } from './byte-source.js'
import type { Damage } from './source.js'

/** One write inflates to 16 MiB at most (deflate's limit is 1032:1), which bounds what waits to be read. */
const INPUT = 16 * 1024
const OUTPUT = 64 * 1024
/** What zlib says of bytes behind a member that do not begin another; the first member's magic was seen to be right. */
const BAD_MEMBER = 'incorrect header check'

export class GzipBytes implements ByteSource {
  failure: Damage | undefined
  #inflater = new Inflater()
  readonly #input = Buffer.allocUnsafeSlow(INPUT)
  #first: Buffer | undefined
  /** Compressed bytes that went in before the current piece, and inflated bytes handed on. */
  #consumed = 0
  #delivered = 0
  #over = false

  constructor(
    private readonly stored: ByteSource,
    /** Compressed bytes already taken from `stored`. */
    first: Buffer,
    /** Opens the stored bytes once more, from their start; absent for a pipe. */
    private readonly again?: () => ByteSource,
  ) {
    this.#first = first
  }

  read(into: Buffer, at: number, length: number): number | Promise<number> {
    const n = this.#inflater.take(into, at, length)
    this.#delivered += n
    return n > 0 || this.#over ? n : this.#more(into, at, length)
  }

  async #more(into: Buffer, at: number, length: number): Promise<number> {
    while (this.#inflater.isEmpty && !this.#over) await this.#feed()
    const n = this.#inflater.take(into, at, length)
    this.#delivered += n
    return n
  }

  async #feed(): Promise<void> {
    const piece = this.#first ?? (await this.#piece(this.stored))
    this.#first = undefined
    const inflater = this.#inflater
    if (piece.length === 0) await inflater.end()
    else await inflater.write(piece)
    if (inflater.state === 'open') {
      this.#consumed += piece.length
      return
    }
    this.#over = true
    const cut = piece.length === 0
    if (inflater.state === 'ended') {
      // zlib takes zeros behind the last member for padding and stops at them.
      if (!cut) return
    } else if (cut) this.#fail('ends inside the gzip data: it was cut')
    else {
      await this.#playAgain(piece.length)
      const where = `byte ${this.#consumed.toLocaleString('en-US')} of the file`
      this.#fail(
        inflater.reason === BAD_MEMBER
          ? `holds something else behind the gzip data, near ${where}`
          : `holds gzip data that is broken near ${where}`,
      )
    }
    this.failure ??= this.stored.failure
  }

  async #piece(from: ByteSource, length = INPUT): Promise<Buffer> {
    return this.#input.subarray(0, await from.read(this.#input, 0, length))
  }

  #fail(message: string): void {
    this.failure = {
      code: 'capture.gzip',
      offset: this.#delivered + this.#inflater.waiting,
      message: `${message}; what could be decompressed is read`,
    }
  }

  /** Twice from the start, with ever smaller bites at the faulty piece: all that precedes the fault, and its place. */
  async #playAgain(faulty: number): Promise<void> {
    if (!this.again) return
    let width = faulty
    for (const bite of [128, 1]) {
      const stored = this.again()
      const inflater = new Inflater()
      const known = this.#delivered + this.#inflater.waiting
      let skip = this.#delivered
      let sound = 0
      while (inflater.state === 'open' && sound < this.#consumed + width) {
        const piece = await this.#piece(stored, sound < this.#consumed ? Math.min(INPUT, this.#consumed - sound) : bite)
        if (piece.length === 0) break
        await inflater.write(piece)
        skip -= inflater.drop(skip)
        if (inflater.state === 'open') sound += piece.length
      }
      await stored.close()
      // Less comes out only when the file changed meanwhile.
      if (skip > 0 || this.#delivered + inflater.waiting < known) {
        inflater.close()
        return
      }
      this.#inflater = inflater
      this.#consumed = sound
      width = bite
    }
  }

  rest(): void {
    this.stored.rest?.()
  }

  close(): void | Promise<void> {
    this.#over = true
    this.#inflater.close()
    return this.stored.close()
  }
}

/** A gunzip stream as calls: one write at a time, what comes out waits in a queue. */
class Inflater {
  state: 'open' | 'ended' | 'failed' = 'open'
  waiting = 0
  /** zlib's word for why it failed. */
  reason = ''
  readonly #gunzip: Gunzip = createGunzip({ chunkSize: OUTPUT })
  #queue: Buffer[] = []
  #at = 0
  #done: () => void = () => {}

  constructor() {
    this.#gunzip.on('data', (chunk: Buffer) => {
      this.#queue.push(chunk)
      this.waiting += chunk.length
    })
    this.#gunzip.on('end', () => this.#settle('ended'))
    this.#gunzip.on('error', (error) => {
      this.reason = error.message
      this.#settle('failed')
    })
  }

  get isEmpty(): boolean {
    return this.waiting === 0
  }

  /** Done when the piece may be overwritten and all it inflates to is waiting. */
  write(piece: Buffer): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve
      this.#gunzip.write(piece, (error) => {
        // An error is told by its own event, after what was inflated.
        if (!error) resolve()
      })
    })
  }

  end(): Promise<void> {
    return new Promise((resolve) => {
      this.#done = resolve
      this.#gunzip.end()
    })
  }

  take(into: Buffer, at: number, length: number): number {
    let n = 0
    while (n < length && this.#queue.length > 0) {
      const chunk = this.#queue[0]!
      const part = Math.min(length - n, chunk.length - this.#at)
      chunk.copy(into, at + n, this.#at, this.#at + part)
      n += part
      this.#advance(part)
    }
    return n
  }

  /** Throws away at most `length` waiting bytes; answers how many. */
  drop(length: number): number {
    let n = 0
    while (n < length && this.#queue.length > 0) {
      const part = Math.min(length - n, this.#queue[0]!.length - this.#at)
      n += part
      this.#advance(part)
    }
    return n
  }

  close(): void {
    this.state = 'ended'
    this.#queue = []
    this.waiting = 0
    this.#gunzip.destroy()
  }

  #advance(part: number): void {
    this.#at += part
    this.waiting -= part
    if (this.#at < this.#queue[0]!.length) return
    this.#queue.shift()
    this.#at = 0
  }

  #settle(state: 'ended' | 'failed'): void {
    if (this.state === 'open') this.state = state
    this.#done()
  }
}
