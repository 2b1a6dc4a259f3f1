/**
 * The evidence of a live session: pcapng files in a folder, each whole and hashed once it is closed, the oldest removed when
 * their sum passes the limit. Each file names its predecessor and that one's hash, and SHA256SUMS lists all that were closed,
 * so that a file that was changed, removed or put in is noticed.
 */
import { createHash, type Hash } from 'node:crypto'
import {
  accessSync,
  closeSync,
  constants,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { previousFileComment } from '../capture/previous-file.js'
import { UserError } from '../model/user-error.js'
import type { RingState } from './messages.js'

/** `sha256sum -c` reads it. */
export const SUMS_FILE = 'SHA256SUMS'

export interface RingLimits {
  /** A file is closed once it holds so many bytes... */
  readonly fileBytes: number
  /** ... or is so old, in milliseconds. */
  readonly fileMs: number
  /** All files together; the oldest closed ones go. */
  readonly totalBytes: number
  /** What to do when the disk is full: give up the oldest file, or the session. */
  readonly onFull: 'oldest' | 'stop'
}

/** What a file begins and ends with. */
export interface RingContent {
  head(comments: readonly string[]): Buffer
  tail(): Buffer
}

export interface RingEvents {
  /** @param previousBytes how long the file before it became; 0 for the first */
  opened(path: string, previousBytes: number): void
  /** A file went to make room. */
  removed(path: string): void
}

interface Closed {
  readonly path: string
  readonly bytes: number
}

export class Ring {
  private fd = -1
  private path = ''
  private name = ''
  private bytes = 0
  private opened = 0
  private hash: Hash | undefined
  private previous: { readonly name: string; readonly sum: string } | undefined
  private number = 0
  private readonly closed: Closed[] = []
  private total = 0
  /** The disk took no more: the newest file ends with its last whole packet. */
  private full = false

  constructor(
    private readonly folder: string,
    private readonly limits: RingLimits,
    private readonly content: RingContent,
    private readonly events: RingEvents,
    /** Begins every file's name; sorts by the session's start. */
    private readonly prefix: string,
  ) {}

  /** Makes the folder where there is none: as the user who writes to it, so not before rights were given up. */
  prepare(): void {
    makeFolder(this.folder)
  }

  /** A file is being written. */
  get isOpen(): boolean {
    return this.fd >= 0
  }

  /** What is there by now. */
  get state(): RingState {
    return { files: this.closed.length + (this.fd >= 0 ? 1 : 0), bytes: this.total }
  }

  /**
   * Bytes of whole packets.
   * @param nowMs of a clock that never falls, here and in `tick`: the system's may be set back
   */
  write(bytes: Buffer, nowMs: number): void {
    if (this.fd < 0) this.open(nowMs)
    this.put(bytes)
    if (this.bytes >= this.limits.fileBytes) this.finish()
  }

  /** Closes a file whose time is over; to be called now and then, since an idle wire writes nothing. */
  tick(nowMs: number): void {
    if (this.fd >= 0 && nowMs - this.opened >= this.limits.fileMs) this.finish()
  }

  close(): void {
    if (this.fd >= 0) this.finish()
  }

  private open(nowMs: number): void {
    this.number++
    this.name = `${this.prefix}-${String(this.number).padStart(6, '0')}.pcapng`
    this.path = join(this.folder, this.name)
    // Never over an earlier session's evidence.
    this.fd = this.created()
    const previousBytes = this.bytes
    this.bytes = 0
    this.full = false
    this.opened = nowMs
    this.hash = createHash('sha256')
    try {
      this.put(this.content.head(this.previous === undefined ? [] : [previousFileComment(this.previous.name, this.previous.sum)]))
    } catch (error) {
      // A file without its head is none.
      closeSync(this.fd)
      this.fd = -1
      rmSync(this.path, { force: true })
      throw error
    }
    this.events.opened(this.path, previousBytes)
  }

  private put(bytes: Buffer): void {
    let at = 0
    while (at < bytes.length) {
      try {
        at += writeSync(this.fd, bytes, at, bytes.length - at)
      } catch (error) {
        if (isFull(error) && this.makeRoom()) continue
        // Half a packet is no evidence.
        this.full = true
        ftruncateSync(this.fd, this.bytes)
        throw this.asUserError(error)
      }
    }
    this.hash!.update(bytes)
    this.bytes += bytes.length
    this.total += bytes.length
    while (this.total > this.limits.totalBytes && this.removeOldest());
  }

  private finish(): void {
    let failure: unknown
    try {
      if (!this.full) this.put(this.content.tail())
      fsyncSync(this.fd)
    } catch (error) {
      // What the disk took is whole, and is listed where the list finds room.
      failure = this.asUserError(error)
    } finally {
      closeSync(this.fd)
      this.fd = -1
    }
    const sum = this.hash!.digest('hex')
    this.list(`${sum}  ${this.name}\n`)
    this.previous = { name: this.name, sum }
    this.closed.push({ path: this.path, bytes: this.bytes })
    if (failure !== undefined) throw failure
  }

  /** A line is in the list whole or not at all. */
  private list(line: string): void {
    const path = join(this.folder, SUMS_FILE)
    const fd = openSync(path, 'a', 0o600)
    const before = fstatSync(fd).size
    try {
      for (let at = 0; at < line.length; ) {
        try {
          at += writeSync(fd, line.slice(at))
        } catch (error) {
          if (isFull(error) && this.makeRoom()) continue
          ftruncateSync(fd, before)
          throw this.asUserError(error)
        }
      }
    } finally {
      closeSync(fd)
    }
  }

  private created(): number {
    for (;;) {
      try {
        return openSync(this.path, 'wx', 0o600)
      } catch (error) {
        if (!isFull(error) || !this.makeRoom()) throw unwritable(this.folder, error)
      }
    }
  }

  private makeRoom(): boolean {
    return this.limits.onFull === 'oldest' && this.removeOldest(true)
  }

  private asUserError(error: unknown): unknown {
    if (error instanceof UserError || (error as NodeJS.ErrnoException).code === undefined) return error
    if (!isFull(error)) return unwritable(this.folder, error)
    return new UserError(`no space is left in ${this.folder} for the packets`, [
      'free some space, or give the ring a smaller total with --ring-total',
    ])
  }

  /** @param atOnce the space is wanted now, also where a decoder that is behind still has the file open */
  private removeOldest(atOnce = false): boolean {
    const oldest = this.closed.shift()
    if (!oldest) return false
    try {
      if (atOnce) truncateSync(oldest.path)
    } catch {
      // Somebody else removed it.
    }
    rmSync(oldest.path, { force: true })
    this.total -= oldest.bytes
    this.events.removed(oldest.path)
    return true
  }
}

function makeFolder(folder: string): void {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    if (!statSync(folder).isDirectory()) throw new Error('it is not a folder')
    accessSync(folder, constants.W_OK | constants.X_OK)
  } catch (error) {
    throw unwritable(folder, error)
  }
}

/** The disk is, or what this user may have of it. */
const isFull = (error: unknown): boolean => ['ENOSPC', 'EDQUOT'].includes((error as NodeJS.ErrnoException).code ?? '')

const unwritable = (folder: string, error: unknown): UserError =>
  new UserError(`the ring cannot be written to ${folder}: ${(error as Error).message}`, [
    'choose another folder with -w, which the user that the session goes on as (--user) may write to',
  ])
