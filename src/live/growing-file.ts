/** Bytes of a ring file that is still being written: at its end a read waits until it has grown or is closed. */
import { closeSync, openSync, readSync } from 'node:fs'
import { type ByteSource, systemReason, type Tally } from '../capture/byte-source.js'
import type { Damage } from '../capture/source.js'

export class GrowingFile implements ByteSource {
  failure: Damage | undefined
  private readonly fd: number
  private position = 0
  private whole = false
  private open = true
  private wake: (() => void) | undefined
  private tally: Tally | undefined

  /** Opened at once: a file that the ring gives up later can still be read to its end. */
  constructor(path: string) {
    this.fd = openSync(path, 'r')
  }

  counted(tally: Tally): this {
    this.tally = tally
    return this
  }

  /** There is more to read. */
  grew(): void {
    this.wake?.()
  }

  /** Nothing will be added. */
  finished(): void {
    this.whole = true
    this.wake?.()
  }

  read(into: Buffer, at: number, length: number): number | Promise<number> {
    const got = this.now(into, at, length)
    return got > 0 || this.whole || this.failure || !this.open ? got : this.later(into, at, length)
  }

  private now(into: Buffer, at: number, length: number): number {
    if (this.failure || !this.open) return 0
    try {
      const got = readSync(this.fd, into, at, length, this.position)
      this.position += got
      if (got > 0) this.tally?.add(into, at, at + got)
      return got
    } catch (error) {
      this.failure = { code: 'capture.unreadable', offset: this.position, message: `cannot be read: ${systemReason(error)}` }
      return 0
    }
  }

  private async later(into: Buffer, at: number, length: number): Promise<number> {
    for (;;) {
      await new Promise<void>((done) => {
        this.wake = done
      })
      this.wake = undefined
      // The end may have been told together with the last bytes.
      const { whole } = this
      const got = this.now(into, at, length)
      if (got > 0 || whole || this.failure || !this.open) return got
    }
  }

  close(): void {
    if (this.open) closeSync(this.fd)
    this.open = false
    this.wake?.()
  }
}
