/** Where a capture's bytes come from, before anybody knows what they mean, and the count and hash taken as they pass. */
import { createHash, type Hash } from 'node:crypto'
import type { Damage } from './source.js'

export interface ByteSource {
  /** Puts at most `length` bytes into `into` at `at` and answers how many; 0 = the end, or a failure that `failure` names. */
  read(into: Buffer, at: number, length: number): number | Promise<number>
  /** Why the bytes ended before their end; the offset counts in this source's own bytes. */
  readonly failure?: Damage | undefined
  /** Gives back what the system lends (a descriptor); the next read takes it again where it stopped. */
  rest?(): void
  close(): void | Promise<void>
}

/** Counts bytes and, unless told not to, hashes them. */
export class Tally {
  size = 0
  readonly #hash: Hash | undefined

  constructor(hash: boolean) {
    this.#hash = hash ? createHash('sha256') : undefined
  }

  add(buf: Buffer, from: number, to: number): void {
    this.size += to - from
    // A view per read, not per frame.
    this.#hash?.update(from === 0 && to === buf.length ? buf : buf.subarray(from, to))
  }

  /** Hex, or '' when nothing is hashed. Once. */
  digest(): string {
    return this.#hash?.digest('hex') ?? ''
  }
}

/** A system error in words, with its code for those who search for it. */
export function systemReason(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code
  const words = code === undefined ? undefined : REASONS[code]
  if (words !== undefined) return `${words} (${code})`
  return code ?? (error instanceof Error ? error.message : String(error))
}

const REASONS: Record<string, string> = {
  ENOENT: 'no such file',
  EACCES: 'permission denied',
  EPERM: 'permission denied',
  EISDIR: 'it is a directory',
  ENOTDIR: 'part of the path is not a directory',
  EIO: 'the device reports a read error',
  EMFILE: 'too many files are open',
  ELOOP: 'its symbolic links run in a circle',
}
