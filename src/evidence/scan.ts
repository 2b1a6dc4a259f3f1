/** Captures read again, as the one timeline they were, no further than somebody wants to see. */
import { openCapture } from '../capture/open-capture.js'
import type { CaptureInterface, FrameBlock } from '../capture/source.js'
import { Timeline, type TimelineReader } from '../capture/timeline.js'
import { UserError } from '../model/user-error.js'
import type { CaptureRecord } from './capture-rows.js'
import { type FileLook, lookAt } from './file-hash.js'

export interface FoundCapture {
  readonly capture: CaptureRecord
  readonly file: FileLook
}

export interface ScanVisitor {
  /** Frame `i` of the block, of an interface of the capture; false ends the scan. */
  frame(capture: CaptureRecord, block: FrameBlock, i: number, iface: CaptureInterface): boolean
  /** Nothing behind this frame of the capture is of interest. */
  isOver(capture: CaptureRecord, frame: number): boolean
  /** Called between runs of frames; what it answers is waited for. */
  between?(): Promise<void> | undefined
}

export interface ScanOptions {
  readonly signal?: AbortSignal | undefined
  /** Keep what a copy of a packet needs. */
  readonly records?: boolean
}

/** Runs of frames after which other work of the process gets its turn: regular files are read without any wait. */
const TURN_EVERY = 64

/** Throws UserError when a file changed since it was looked at, the signal's reason when that ends it. */
export async function scan(captures: readonly FoundCapture[], visitor: ScanVisitor, options: ScanOptions = {}): Promise<void> {
  const { signal, records = false } = options
  const readers: Stoppable[] = []
  try {
    for (const { file } of captures) readers.push(new Stoppable(await openCapture(file.path, { hash: false, records })))
    const timeline = new Timeline(readers)
    reading: for (let runs = 1; ; runs++) {
      signal?.throwIfAborted()
      const slice = await timeline.next()
      if (!slice) break
      const { capture: index, block, from, to } = slice
      const { capture } = captures[index]!
      const { interfaces } = readers[index]!.info
      for (let i = from; i < to; i++) if (!visitor.frame(capture, block, i, interfaces[block.iface[i]!]!)) break reading
      if (visitor.isOver(capture, block.firstFrame + to - 1)) readers[index]!.stop()
      await visitor.between?.()
      if (runs % TURN_EVERY === 0) await new Promise((resolve) => setImmediate(resolve))
    }
  } finally {
    for (const reader of readers) await reader.close()
  }
  await checkUnchanged(captures)
}

/** A capture was hashed before it was read: what was read is what was hashed only if nobody wrote to it meanwhile. */
async function checkUnchanged(captures: readonly FoundCapture[]): Promise<void> {
  for (const { file } of captures)
    if ((await lookAt(file.path))?.identity !== file.identity)
      throw new UserError(`${file.path} was changed while it was read`, ['work on a copy that nothing writes to'])
}

/** A reader that can be told that its rest is of no interest. */
class Stoppable implements TimelineReader {
  private stopped = false

  constructor(private readonly reader: TimelineReader) {}

  get info() {
    return this.reader.info
  }

  next() {
    return this.stopped ? null : this.reader.next()
  }

  stop(): void {
    this.stopped = true
  }

  async peek(scratch: FrameBlock) {
    return this.reader.peek?.(scratch)
  }

  economize(readSize: number): void {
    this.reader.economize?.(readSize)
  }

  rest(): void {
    this.reader.rest?.()
  }

  close(): Promise<void> {
    return this.reader.close()
  }
}
