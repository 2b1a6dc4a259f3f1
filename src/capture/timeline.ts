/**
 * Several captures as one timeline: runs of frames, always of the capture whose next frame is the earliest. A capture's own
 * order is never changed; equal times go to the capture named first. A ring file that names another of them as the one before it
 * begins at that one's end, whatever its times: the clock may have been set back while they were written.
 *
 * A capture is opened when its time comes. Of those that overlap, the first FULL_READERS have buffers of full size, others
 * SMALL_READ; beyond MAX_DESCRIPTORS a file's descriptor is given back after each read. So a thousand files that all
 * overlap take about 300 MB, a ring of any length about 3 MB.
 */
import { dirname, join } from 'node:path'
import type { Instant } from '../model/instant.js'
import { type CaptureReader, FrameBlock } from './source.js'

const FULL_READERS = 32
const SMALL_READ = 64 * 1024
/** Well below the 1,024 descriptors that most systems allow a process. */
const MAX_DESCRIPTORS = 256

export interface Slice {
  /** Index of the reader, as given. */
  readonly capture: number
  /** Borrowed until the timeline's next `next()`. */
  readonly block: FrameBlock
  /** Frames from..to-1 of the block. */
  readonly from: number
  readonly to: number
}

export interface Head extends Instant {
  /** Name of the file in the same folder that goes on here. */
  readonly previous?: string | undefined
}

/** What a reader may offer beside the contract; files do. */
export interface TimelineReader extends CaptureReader {
  /** Time of the first frame without opening for good; undefined when only opening tells. */
  peek?(scratch: FrameBlock): Promise<Head | undefined>
  economize?(readSize: number): void
  rest?(): void
}

interface Lane {
  readonly index: number
  readonly reader: TimelineReader
  opened: boolean
  /** The block being read, or undefined when the next one must be asked for. */
  block: FrameBlock | undefined
  at: number
  /** Time of the next frame, as far as it is known. */
  sec: number
  nsec: number
  /** Goes on where this one ends. */
  follower?: Lane | undefined
}

export class Timeline {
  /** Binary heap by time of the next frame, then index. */
  readonly #heap: Lane[] = []
  readonly #lanes: readonly Lane[]
  #begun = false
  #open = 0

  constructor(readers: readonly TimelineReader[]) {
    this.#lanes = readers.map((reader, index) => ({ index, reader, opened: false, block: undefined, at: 0, sec: 0, nsec: 0 }))
  }

  /** The next run of frames, or null when all captures are at their end. Synchronous where the readers are. */
  next(): Slice | null | Promise<Slice | null> {
    if (!this.#begun) {
      this.#begun = true
      if (this.#lanes.length !== 1) return this.#begin()
      this.#heap.push(this.#lanes[0]!)
    }
    return this.#next()
  }

  async close(): Promise<void> {
    for (const { reader } of this.#lanes) await reader.close()
  }

  async #begin(): Promise<Slice | null> {
    const scratch = new FrameBlock()
    // Only those named before: no chain can run in a circle.
    const byPath = new Map<string, Lane>()
    for (const lane of this.#lanes) {
      const head = await lane.reader.peek?.(scratch)
      if (head) {
        lane.sec = head.sec
        lane.nsec = head.nsec
        const { path } = lane.reader.info
        const previous = head.previous === undefined ? undefined : byPath.get(join(dirname(path), head.previous))
        if (previous && !previous.follower) previous.follower = lane
        else this.#push(lane)
        byPath.set(join(path), lane)
        continue
      }
      const block = this.#ask(lane)
      if (this.#take(lane, block instanceof Promise ? await block : block)) this.#push(lane)
    }
    return this.#next()
  }

  #next(): Slice | null | Promise<Slice | null> {
    for (;;) {
      const lane = this.#heap[0]
      if (!lane) return null
      if (!lane.block) {
        const block = this.#ask(lane)
        if (block instanceof Promise) return this.#later(lane, block)
        this.#took(lane, block)
        // The head may be later than the peek or the last frame said.
        if (this.#heap[0] !== lane) continue
      }
      return this.#run(lane, lane.block!)
    }
  }

  async #later(lane: Lane, block: Promise<FrameBlock | null>): Promise<Slice | null> {
    this.#took(lane, await block)
    return this.#next()
  }

  /** As many frames as come before every other capture's next one. */
  #run(lane: Lane, block: FrameBlock): Slice {
    const heap = this.#heap
    const from = lane.at
    const { count, sec, nsec } = block
    let to = count
    if (heap.length > 1) {
      const second = heap.length > 2 && before(heap[2]!, heap[1]!) ? heap[2]! : heap[1]!
      const winsTies = lane.index < second.index
      to = from + 1
      while (to < count) {
        const ahead = sec[to]! - second.sec || nsec[to]! - second.nsec
        if (ahead > 0 || (ahead === 0 && !winsTies)) break
        to++
      }
    }
    lane.at = to
    if (to < count) {
      lane.sec = sec[to]!
      lane.nsec = nsec[to]!
      this.#sink()
    } else lane.block = undefined
    return { capture: lane.index, block, from, to }
  }

  #ask(lane: Lane): FrameBlock | null | Promise<FrameBlock | null> {
    const { reader } = lane
    if (!lane.opened) {
      lane.opened = true
      if (++this.#open > FULL_READERS) reader.economize?.(SMALL_READ)
    }
    return reader.next()
  }

  /** The heap's first lane got its next block. */
  #took(lane: Lane, block: FrameBlock | null): void {
    if (this.#take(lane, block)) this.#sink()
    else this.#pop()
  }

  #take(lane: Lane, block: FrameBlock | null): boolean {
    if (!block) {
      this.#open--
      return false
    }
    if (this.#open > MAX_DESCRIPTORS) lane.reader.rest?.()
    lane.block = block
    lane.at = 0
    lane.sec = block.sec[0]!
    lane.nsec = block.nsec[0]!
    return true
  }

  #push(lane: Lane): void {
    const heap = this.#heap
    let at = heap.push(lane) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(lane, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = lane
  }

  #pop(): void {
    const { follower } = this.#heap[0]!
    const last = this.#heap.pop()!
    if (this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink()
    }
    if (follower) this.#push(follower)
  }

  /** The first lane's time changed. */
  #sink(): void {
    const heap = this.#heap
    const lane = heap[0]!
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++
      if (!before(heap[child]!, lane)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = lane
  }
}

const before = (a: Lane, b: Lane): boolean => (a.sec - b.sec || a.nsec - b.nsec || a.index - b.index) < 0
