/**
 * Reads a classic capture once with our reader and once with pcap-parser, and compares every packet: its time, both its lengths, its
 * bytes. See docs/adr/0001 for what that reader cannot do.
 */
import { fork } from 'node:child_process'
import { closeSync, openSync, readSync } from 'node:fs'
import { openCapture } from '../capture/open-capture.js'
import type { Check } from '../model/check.js'
import { BATCH_PACKETS, PacketDigest } from './packet-digest.js'
import type { SecondReading } from './second-reader-child.js'

/** Time for the other reader: a start, and a tenth of the speed that it has on a slow disk. */
const START_MS = 10_000
const BYTES_PER_MS = 5000
/** Mebibytes of objects; what it holds of the file is bounded inside. */
const HEAP_MIB = 256
/** Microseconds, both byte orders: all that it reads. */
const CLASSIC = new Set(['d4c3b2a1', 'a1b2c3d4'])

export interface SecondReaderOptions {
  /** The script of the process. */
  readonly child: string
  readonly signal?: AbortSignal | undefined
  readonly timeLimitMs?: number
}

/** @param who the capture's name, for people */
export async function crossRead(path: string, size: number, who: string, options: SecondReaderOptions): Promise<Check> {
  const check = 'second-reader'
  if (!CLASSIC.has(magicOf(path)))
    return { check, state: 'note', message: `${who}: the second reader reads classic captures of microseconds only, not this one` }
  const limit = options.timeLimitMs ?? START_MS + size / BYTES_PER_MS
  const [theirs, ours] = await Promise.all([readByOther(path, limit, options), readByUs(path)])
  if (typeof theirs === 'string') return { check, state: 'unchecked', message: `${who}: the second reader gave up: ${theirs}` }
  const place = theirs.batches.findIndex((batch, i) => batch !== ours.digest.batches[i])
  const same = place < 0 && theirs.packets === ours.digest.packets
  if (same)
    return { check, state: 'ok', message: `${who}: a second reader finds the same ${theirs.packets.toLocaleString('en-US')} packets` }
  // Where the file is damaged, both stop when they must, and not at the same packet.
  if (ours.damaged || theirs.gaveUp !== undefined)
    return {
      check,
      state: 'unchecked',
      message: `${who}: the capture is damaged; the second reader finds ${theirs.packets} packets, ours ${ours.digest.packets}${theirs.gaveUp === undefined ? '' : `, it met ${theirs.gaveUp}`}`,
    }
  const from = (place < 0 ? Math.min(theirs.batches.length, ours.digest.batches.length) : place) * BATCH_PACKETS + 1
  return {
    check,
    state: 'failed',
    message: `${who}: the second reader finds other packets: ${theirs.packets}, ours ${ours.digest.packets}; they differ between ${from} and ${from + BATCH_PACKETS - 1}`,
  }
}

function magicOf(path: string): string {
  const fd = openSync(path, 'r')
  try {
    const magic = Buffer.alloc(4)
    return magic.toString('hex', 0, readSync(fd, magic, 0, 4, 0))
  } finally {
    closeSync(fd)
  }
}

/** Its packets, or why there are none. */
function readByOther(path: string, limitMs: number, { child: script, signal }: SecondReaderOptions): Promise<SecondReading | string> {
  return new Promise((done) => {
    const child = fork(script, [], { stdio: ['ignore', 'ignore', 'ignore', 'ipc'], execArgv: [`--max-old-space-size=${HEAP_MIB}`] })
    let answer: SecondReading | undefined
    let why = 'it failed'
    const stop = (reason: string) => () => {
      why = reason
      child.kill('SIGKILL')
    }
    const timer = setTimeout(stop(`no end after ${Math.round(limitMs / 1000)} s`), limitMs)
    const interrupt = stop('interrupted')
    signal?.addEventListener('abort', interrupt, { once: true })
    if (signal?.aborted) interrupt()
    child.on('message', (message) => {
      answer = message as SecondReading
    })
    child.on('error', () => {})
    child.once('close', () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', interrupt)
      done(answer ?? why)
    })
    child.send(path, () => {
      // A child that is gone by now says so through its end.
    })
  })
}

async function readByUs(path: string): Promise<{ digest: PacketDigest; damaged: boolean }> {
  const digest = new PacketDigest()
  const reader = await openCapture(path)
  try {
    for (;;) {
      const block = await reader.next()
      if (!block) break
      for (let i = 0; i < block.count; i++) {
        const from = block.offset[i]!
        digest.add(
          block.sec[i]! * 1e6 + Math.round(block.nsec[i]! / 1000),
          block.original[i]!,
          block.buf.subarray(from, from + block.captured[i]!),
        )
      }
    }
    return { digest: digest.end(), damaged: reader.info.damage.length > 0 }
  } finally {
    await reader.close()
  }
}
