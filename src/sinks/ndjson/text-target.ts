/** Where lines go: standard output, or a file that appears under its name once it is whole. */
import { accessSync, closeSync, constants, fsyncSync, openSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Writable } from 'node:stream'
import { UserError } from '../../model/user-error.js'

export interface TextTarget {
  write(text: string): void
  /** Pending while the reader is slower than we are. */
  drain(): Promise<void> | undefined
  end(): Promise<void>
  abort(): void
}

/** Bytes written to a file at a time. */
const BUFFER_BYTES = 256 * 1024

const unwritable = (path: string, error: unknown): unknown =>
  error instanceof UserError
    ? error
    : new UserError(`${path} cannot be written: ${(error as Error).message}`, ['free some space, or write to another disk with -o'])

export class FileTarget implements TextTarget {
  private fd: number | undefined
  private readonly buffer = Buffer.allocUnsafe(BUFFER_BYTES)
  private used = 0
  private readonly partial: string
  private whole = false
  /** Pipes and devices are written as they are: there is nothing to rename. */
  private readonly special: boolean

  constructor(private readonly path: string) {
    let special = false
    try {
      const stat = statSync(path)
      if (stat.isDirectory()) throw new UserError(`${path} is a folder`, ['name a file, such as out.ndjson'])
      special = !stat.isFile()
    } catch (error) {
      if (error instanceof UserError) throw error
    }
    this.special = special
    this.partial = special ? path : `${path}.partial`
    try {
      if (!special) accessSync(dirname(resolve(path)), constants.W_OK)
      // What a killed run left there may be open to others: it is not written into.
      if (!special) rmSync(this.partial, { force: true })
      this.fd = openSync(this.partial, special ? 'w' : 'wx', 0o600)
    } catch (error) {
      throw new UserError(`${path} cannot be written: ${(error as Error).message}`, ['create the folder, or choose another file with -o'])
    }
  }

  write(text: string): void {
    // No character takes more than three bytes in UTF-8.
    if (text.length * 3 > this.buffer.length - this.used) this.flush()
    if (text.length * 3 > this.buffer.length) this.put(Buffer.from(text, 'utf8'))
    else this.used += this.buffer.write(text, this.used, 'utf8')
  }

  /** Bytes as they are; copied. */
  writeBytes(bytes: Uint8Array): void {
    if (bytes.length > this.buffer.length - this.used) this.flush()
    if (bytes.length > this.buffer.length) this.put(bytes)
    else {
      this.buffer.set(bytes, this.used)
      this.used += bytes.length
    }
  }

  private flush(): void {
    this.put(this.buffer.subarray(0, this.used))
    this.used = 0
  }

  private put(bytes: Uint8Array): void {
    if (this.fd === undefined) return
    try {
      for (let done = 0; done < bytes.length; ) done += writeSync(this.fd, bytes, done)
    } catch (error) {
      throw unwritable(this.path, error)
    }
  }

  drain(): undefined {
    return undefined
  }

  async end(): Promise<void> {
    this.settle()
    this.publish()
  }

  /** Whole and on the disk, still under its other name. */
  settle(): void {
    if (this.fd === undefined) return
    try {
      this.flush()
      if (!this.special) fsyncSync(this.fd)
      closeSync(this.fd)
    } catch (error) {
      throw unwritable(this.path, error)
    }
    this.fd = undefined
    this.whole = true
  }

  publish(): void {
    if (!this.whole) return
    this.whole = false
    if (!this.special) renameSync(this.partial, this.path)
  }

  abort(): void {
    try {
      if (this.fd !== undefined) closeSync(this.fd)
      this.fd = undefined
      if (!this.special) rmSync(this.partial, { force: true })
    } catch {
      // A file that cannot be removed keeps its .partial name, which says what it is.
    }
  }
}

export class StreamTarget implements TextTarget {
  private closed = false
  private full: Promise<void> | undefined
  private failure: Error | undefined

  constructor(private readonly stream: Writable) {
    stream.on('error', this.onError)
  }

  private readonly onError = (error: NodeJS.ErrnoException): void => {
    // The reader has what it wanted (| head): nothing more to say.
    this.closed = true
    if (error.code !== 'EPIPE' && error.code !== 'ERR_STREAM_DESTROYED') this.failure = error
  }

  write(text: string): void {
    if (this.closed || this.stream.destroyed) return
    if (this.stream.write(text) || this.full) return
    this.full = new Promise((done) => {
      const free = () => {
        this.stream.off('drain', free)
        this.stream.off('close', free)
        this.stream.off('error', free)
        this.full = undefined
        done()
      }
      this.stream.on('drain', free)
      this.stream.on('close', free)
      this.stream.on('error', free)
    })
  }

  drain(): Promise<void> | undefined {
    return this.full
  }

  async end(): Promise<void> {
    while (this.full) await this.full
    if (this.failure) throw this.failure
  }

  abort(): void {
    this.closed = true
  }
}
