/** Reads a capture through `openCapture` into plain objects: what a test compares. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { openCapture } from '../../src/capture/open-capture.js'
import type { ReaderOptions } from '../../src/capture/reader.js'
import type { CaptureInfo, FrameBlock } from '../../src/capture/source.js'

export interface ReadFrame {
  readonly number: number
  readonly sec: number
  readonly nsec: number
  readonly original: number
  readonly iface: number
  readonly data: string
}

export interface ReadCapture {
  readonly info: CaptureInfo
  readonly frames: ReadFrame[]
  /** Did any `next()` answer a promise? */
  readonly waited: boolean
}

/** Frame `i` of a block; its bytes as latin1 text. */
export const frameOf = (block: FrameBlock, i: number): ReadFrame => ({
  number: block.firstFrame + i,
  sec: block.sec[i]!,
  nsec: block.nsec[i]!,
  original: block.original[i]!,
  iface: block.iface[i]!,
  data: block.buf.toString('latin1', block.offset[i]!, block.offset[i]! + block.captured[i]!),
})

export async function readCapture(source: string | { stdin: NodeJS.ReadableStream }, opts: ReaderOptions = {}): Promise<ReadCapture> {
  const reader = await openCapture(source, opts)
  const frames: ReadFrame[] = []
  let waited = false
  for (;;) {
    const answer = reader.next()
    if (answer instanceof Promise) waited = true
    const block = await answer
    if (!block) break
    if (block.count === 0) throw new Error('an empty block was handed out')
    for (let i = 0; i < block.count; i++) frames.push(frameOf(block, i))
  }
  await reader.close()
  return { info: reader.info, frames, waited }
}

/** A temporary folder with files, gone when `done` is called. */
export class Folder {
  readonly path = mkdtempSync(join(tmpdir(), 'audit-test-'))

  file(name: string, bytes: Uint8Array | string): string {
    const path = join(this.path, name)
    writeFileSync(path, bytes)
    return path
  }

  done(): void {
    rmSync(this.path, { recursive: true, force: true })
  }
}

/** A pipe that delivers the bytes in pieces of the given size. */
export function pipeOf(bytes: Uint8Array, piece = 65_536): { stdin: NodeJS.ReadableStream } {
  return {
    stdin: Readable.from(
      (function* () {
        for (let at = 0; at < bytes.length; at += piece) yield Buffer.from(bytes.subarray(at, at + piece))
      })(),
    ),
  }
}
