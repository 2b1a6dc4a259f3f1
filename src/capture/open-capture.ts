/** Opens a capture by what it is on the system: a regular file, something that flows, or nothing that can be read. */
import { constants, createReadStream, openSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { systemReason, Tally } from './byte-source.js'
import { addDamage } from './container.js'
import { FileBytes } from './file-bytes.js'
import { previousFile } from './previous-file.js'
import { newCaptureInfo, Reader, type ReaderOptions } from './reader.js'
import type { CaptureInfo, CaptureReader, FrameBlock } from './source.js'
import { StreamBytes } from './stream-bytes.js'
import type { Head } from './timeline.js'

/** A first frame further in than this is not looked for ahead of time. */
const PEEK_LIMIT = 1024 * 1024
/** Bytes of the first look: the first frame of nearly every capture is in it. */
const PEEK_SIZE = 4096

/** Never rejects for what the path leads to: that is damage of a capture without packets. */
export async function openCapture(
  source: string | { readonly stdin: NodeJS.ReadableStream; readonly name?: string | undefined },
  opts: ReaderOptions = {},
): Promise<CaptureReader> {
  if (typeof source !== 'string') return new Reader(source.name ?? '-', (tally) => new StreamBytes(source.stdin, tally), false, opts)
  try {
    const found = await stat(source)
    if (found.isFile()) return new FileReader(source, opts)
    if (found.isDirectory()) return new Unreadable(source, 'is a directory, not a capture')
    if (found.isFIFO()) return new Reader(source, (tally) => new StreamBytes(openFifo(source), tally), false, opts)
    // A device: a synchronous read would stop everything else.
    return new Reader(source, (tally) => new StreamBytes(createReadStream(source), tally), false, opts)
  } catch (error) {
    return new Unreadable(source, `cannot be read: ${systemReason(error)}`)
  }
}

/**
 * A FIFO or a process substitution, read as the event loop reads sockets. As a file, a thread would wait in the system for
 * its writer or its bytes, and the process could not end before that thread does.
 */
function openFifo(path: string): Readable {
  try {
    return new Socket({ fd: openSync(path, constants.O_RDONLY | constants.O_NONBLOCK), readable: true, writable: false })
  } catch (error) {
    return new Readable({
      read() {
        this.destroy(error as Error)
      },
    })
  }
}

/** A regular file opens its descriptor and its buffers at the first `next()`. */
class FileReader extends Reader {
  constructor(
    private readonly path: string,
    private readonly opts: ReaderOptions,
  ) {
    super(path, (tally) => new FileBytes(path, tally), true, opts)
  }

  /** Time of the first frame without opening for good; undefined when it is not near the beginning. */
  async peek(scratch?: FrameBlock): Promise<Head | undefined> {
    const readSize = Math.min(PEEK_SIZE, this.opts.readSize ?? PEEK_SIZE)
    const look = new Reader(
      this.path,
      () => new FileBytes(this.path, new Tally(false), PEEK_LIMIT),
      true,
      { readSize, hash: false },
      scratch,
    )
    const block = await look.next()
    const head = block ? { sec: block.sec[0]!, nsec: block.nsec[0]!, previous: previousFile(look.info.comments) } : undefined
    await look.close()
    return head
  }
}

class Unreadable implements CaptureReader {
  readonly info: CaptureInfo

  constructor(path: string, message: string) {
    this.info = newCaptureInfo(path)
    addDamage(this.info, 'capture.unreadable', 0, message)
  }

  next(): FrameBlock | null {
    return null
  }

  async close(): Promise<void> {}
}
