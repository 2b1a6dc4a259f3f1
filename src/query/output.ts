/** Where the process of a query writes: standard output, or the file that it was given. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import { UserError } from '../model/user-error.js'
import type { ByteSink } from '../report/format/row-source.js'

export interface TextOutput {
  /** Pending while the reader is slower than we are. */
  write(text: string): Promise<void> | undefined
  readonly bytes: number
}

export class StandardOutput implements TextOutput {
  bytes = 0

  write(text: string): Promise<void> | undefined {
    this.bytes += Buffer.byteLength(text)
    if (text === '' || process.stdout.write(text)) return undefined
    return new Promise((done) => process.stdout.once('drain', done))
  }
}

export class FileOutput implements TextOutput, ByteSink {
  readonly bytes = 0
  private readonly fd: number
  /** Written at a place of our own: to begin again, the file is cut, whatever the descriptor's place was. */
  private at = 0

  constructor(private readonly path: string) {
    this.fd = openSync(path, 'r+')
  }

  write(data: string | Uint8Array): undefined {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'utf8') : data
    try {
      for (let done = 0; done < bytes.length; ) {
        const count = writeSync(this.fd, bytes, done, bytes.length - done, this.at)
        done += count
        this.at += count
      }
    } catch (error) {
      throw new UserError(`${this.path} cannot be written: ${(error as Error).message}`, [
        'free some space, or write to another disk with -o',
      ])
    }
  }

  restart(): void {
    ftruncateSync(this.fd)
    this.at = 0
  }

  close(): void {
    closeSync(this.fd)
  }
}
