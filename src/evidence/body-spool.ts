/**
 * Bodies while they pass: hashed, and put by until it is known whose they are. A small one waits in memory, a larger one in a file of
 * its own; what is beyond the caps is hashed and not put by.
 */
import { closeSync, constants, createReadStream, openSync, rmSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import type { BodyFacts, BodySink } from '../model/body-sink.js'
import { createDigest } from './stream-digest.js'

export interface SpoolLimits {
  /** Most bytes of one body. */
  readonly maxFile: number
  /** Most bytes of all that wait at a time. */
  readonly maxWaiting: number
}

/** Why a body was not put by. */
export type NotKept = 'larger than the cap of a file' | 'more waits than the cap of all'

/** A body in memory; most are smaller, and a file costs a dozen system calls. */
const STAGE = 64 * 1024
/** Memory for all bodies that wait: with more of them open than this holds, they go to files early. */
const MAX_MEMORY = 16 * 1024 * 1024
/** The beginning of a body, by which its type is told. */
export const HEAD_BYTES = 1445
/** Missing bytes that are put in as zeros, so that what follows keeps its offset; a jump of sequence numbers can claim a gigabyte. */
const MAX_FILLED = 16 * 1024 * 1024
/** Holes listed of one body. */
const MAX_HOLES = 1000
const ZEROS = Buffer.alloc(STAGE)

const { O_WRONLY, O_CREAT, O_EXCL, O_APPEND, O_NOFOLLOW } = constants

export class Spool {
  private readonly bodies = new Set<SpooledBody>()
  private count = 0
  waiting = 0
  inMemory = 0
  /** What the system said when a body could not be put by: bodies come from inside a parser, which must not be blamed for it. */
  failure: Error | undefined

  /**
   * @param folder where files wait; asked when the first one is needed
   * @param keepAll put every body by; otherwise those alone that must be decoded
   */
  constructor(
    private readonly folder: () => string,
    readonly limits: SpoolLimits,
    private readonly keepAll: boolean,
  ) {}

  open(facts: BodyFacts): SpooledBody {
    const body = new SpooledBody(this, facts, this.keepAll || facts.codings.length > 0)
    this.bodies.add(body)
    return body
  }

  /** A name nobody has used. */
  newPath(): string {
    return join(this.folder(), String(++this.count))
  }

  get memoryIsFull(): boolean {
    return this.inMemory > MAX_MEMORY
  }

  forget(body: SpooledBody): void {
    this.bodies.delete(body)
  }

  /** Drops what still waits. */
  end(): void {
    for (const body of this.bodies) body.drop()
  }
}

export class SpooledBody implements BodySink {
  /** Bytes as transferred, with the zeros that stand for missing ones. */
  size = 0
  missing = 0
  /** Where bytes are missing: offset in what was put by, and how many. The first ones. */
  readonly holes: { readonly offset: number; readonly bytes: number; readonly filled: boolean }[] = []
  whole = false
  notKept: NotKept | undefined
  md5 = ''
  sha1 = ''
  sha256 = ''
  private readonly digest = createDigest()
  private pieces: Buffer[] = []
  private pieceBytes = 0
  private head: Buffer | undefined
  private filled = 0
  private kept = 0
  private path: string | undefined
  private ended = false

  constructor(
    private readonly spool: Spool,
    readonly facts: BodyFacts,
    private keeps: boolean,
  ) {}

  write(buf: Uint8Array, from: number, to: number): void {
    if (this.ended || to <= from) return
    this.digest.update(buf.subarray(from, to))
    this.size += to - from
    if (!this.head || this.head.length < HEAD_BYTES) this.growHead(buf, from, to)
    if (this.keeps) this.keep(buf, from, to)
  }

  gap(bytes: number): void {
    if (this.ended || bytes <= 0) return
    const fill = this.filled + bytes <= MAX_FILLED
    if (this.holes.length < MAX_HOLES) this.holes.push({ offset: this.size, bytes, filled: fill })
    this.missing += bytes
    if (!fill) return
    this.filled += bytes
    for (let left = bytes; left > 0; left -= STAGE) this.write(ZEROS, 0, Math.min(left, STAGE))
  }

  end(whole: boolean): void {
    if (this.ended) return
    this.ended = true
    this.whole = whole && this.missing === 0
    Object.assign(this, this.digest.finish())
  }

  /** Its first bytes, `HEAD_BYTES` at most. */
  get beginning(): Buffer {
    return this.head ?? ZEROS.subarray(0, 0)
  }

  /** What was put by, of a body that has no file. */
  get inMemory(): readonly Buffer[] {
    return this.pieces
  }

  /** What was put by, in pieces. */
  async *content(): AsyncGenerator<Buffer> {
    if (this.path !== undefined) yield* createReadStream(this.path) as AsyncIterable<Buffer>
    yield* this.pieces
  }

  /** The file that holds all of it, when one does: the caller may move it away. */
  file(): string | undefined {
    if (this.path !== undefined && this.pieceBytes > 0) this.flush()
    return this.path
  }

  /** It is not needed any more. Never throws. */
  drop(): void {
    this.ended = true
    this.spool.forget(this)
    this.letGo()
  }

  private letGo(): void {
    this.keeps = false
    this.spool.waiting -= this.kept
    this.spool.inMemory -= this.pieceBytes
    this.kept = 0
    this.pieces = []
    this.pieceBytes = 0
    const { path } = this
    this.path = undefined
    try {
      if (path !== undefined) rmSync(path, { force: true })
    } catch {
      // The folder goes as a whole at the end.
    }
  }

  private growHead(buf: Uint8Array, from: number, to: number): void {
    const have = this.head ?? ZEROS.subarray(0, 0)
    this.head = Buffer.concat([have, buf.subarray(from, Math.min(to, from + HEAD_BYTES - have.length))])
  }

  private keep(buf: Uint8Array, from: number, to: number): void {
    const length = to - from
    const { limits } = this.spool
    if (this.kept + length > limits.maxFile || this.spool.waiting + length > limits.maxWaiting) {
      this.notKept = this.kept + length > limits.maxFile ? 'larger than the cap of a file' : 'more waits than the cap of all'
      this.letGo()
      return
    }
    this.kept += length
    this.spool.waiting += length
    this.pieces.push(Buffer.from(buf.subarray(from, to)))
    this.pieceBytes += length
    this.spool.inMemory += length
    if (this.pieceBytes >= STAGE || this.pieces.length >= 1024 || this.spool.memoryIsFull) this.flush()
  }

  /** Opened for each flush: thousands of bodies may be open at once, files may not. */
  private flush(): void {
    try {
      this.append()
    } catch (error) {
      this.spool.failure ??= error as Error
      this.letGo()
    }
  }

  private append(): void {
    const fresh = this.path === undefined
    this.path ??= this.spool.newPath()
    const fd = openSync(this.path, O_WRONLY | O_APPEND | O_NOFOLLOW | (fresh ? O_CREAT | O_EXCL : 0), 0o600)
    try {
      const bytes = Buffer.concat(this.pieces, this.pieceBytes)
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done)
    } finally {
      closeSync(fd)
    }
    this.spool.inMemory -= this.pieceBytes
    this.pieces = []
    this.pieceBytes = 0
  }
}
