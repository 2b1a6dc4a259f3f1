/** Files as evidence: their identity on the system, and their SHA-256, taken once a run in constant memory. */
import { createHash } from 'node:crypto'
import { type BigIntStats, constants } from 'node:fs'
import { open, stat } from 'node:fs/promises'

/** Large enough that the system calls vanish. */
const READ_BYTES = 1024 * 1024

/** A regular file at a moment. Two looks that are equal mean that nobody wrote to it in between. */
export interface FileLook {
  readonly path: string
  readonly size: number
  /** Device, inode, size, and both times of change, to the nanosecond. */
  readonly identity: string
}

const lookOf = (path: string, found: BigIntStats): FileLook => ({
  path,
  size: Number(found.size),
  identity: [found.dev, found.ino, found.size, found.mtimeNs, found.ctimeNs].join(':'),
})

/** Undefined for what is no regular file, or cannot be asked. */
export async function lookAt(path: string): Promise<FileLook | undefined> {
  // A name with a NUL is no path; Node throws for it.
  const found = await stat(path, { bigint: true }).catch(() => undefined)
  return found?.isFile() ? lookOf(path, found) : undefined
}

export interface HashOptions {
  readonly signal?: AbortSignal | undefined
  /** Bytes hashed since the last call. */
  readonly onBytes?: ((bytes: number) => void) | undefined
}

export class FileHashes {
  private readonly known = new Map<string, string>()

  constructor(private readonly options: HashOptions = {}) {}

  /**
   * SHA-256 in hex of the bytes of a file as `look` found it; never more of them than it had then, so that a file that grows, or a
   * special one that gives bytes without end, ends too. Rejects with the system's error, or the signal's reason.
   */
  async of(look: FileLook): Promise<string> {
    const before = this.known.get(look.identity)
    if (before !== undefined) return before
    const hash = createHash('sha256')
    let left = look.size
    // A name that became a FIFO since must not wait for a writer.
    const file = await open(look.path, constants.O_RDONLY | constants.O_NONBLOCK)
    try {
      const buf = Buffer.allocUnsafe(Math.min(READ_BYTES, Math.max(left, 1)))
      while (left > 0) {
        this.options.signal?.throwIfAborted()
        const { bytesRead } = await file.read(buf, 0, Math.min(buf.length, left), null)
        if (bytesRead === 0) break
        hash.update(buf.subarray(0, bytesRead))
        left -= bytesRead
        this.options.onBytes?.(bytesRead)
      }
    } finally {
      await file.close()
    }
    const digest = hash.digest('hex')
    this.known.set(look.identity, digest)
    return digest
  }
}
