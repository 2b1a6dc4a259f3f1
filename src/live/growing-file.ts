/** Bytes of a ring file that is still being written: at its end a read waits until it has grown or is closed. */
import { closeSync, openSync, readSync } from 'node:fs'
import { type ByteSource, systemReason, type Tally } from '../capture/byte-source.js'
import type { Damage } from '../capture/source.js'

const REMOVED = 'was removed from the ring, to make room, before it was decoded'

export class GrowingFile implements ByteSource {
  failure: Damage | undefined
  private readonly fd: number = -1
  /** How long it became, where that is known. */
  private size: number | undefined
  private position = 0
  private whole = false
  private open = true
  private wake: (() => void) | undefined
  private tally: Tally | undefined

  /** Opened at once: a file that the ring gives up later can still be read to its end. */
  constructor(path: string) {
    try {
      this.fd = openSync(path, 'r')
    } catch (error) {
      this.open = false
      const gone = (error as NodeJS.ErrnoException).code === 'ENOENT'
      this.failure = { code: 'capture.unreadable', offset: 0, message: gone ? REMOVED : `cannot be read: ${systemReason(error)}` }
    }
  }

  counted(tally: Tally): this {
    this.tally = tally
    return this
  }

  /** There is more to read. */
  grew(): void {
    this.wake?.()
  }

  /**
   * Nothing will be added.
   * @param size how long it became: on a full disk the ring takes the space back at once
   */
  finished(size?: number): void {
    this.whole = true
    this.size ??= size
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
      else if (this.whole && this.size !== undefined && this.position < this.size)
        this.failure = { code: 'capture.unreadable', offset: this.position, message: REMOVED }
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
