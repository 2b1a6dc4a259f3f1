/**
 * The process in which another reader, by other people, reads a capture: on a damaged file it may copy its buffer over and over, or
 * never come to an end, so it can be killed from outside and is stopped from inside when it holds more than one record can need.
 */
import { createReadStream } from 'node:fs'
import { createRequire } from 'node:module'
import { PacketDigest } from './packet-digest.js'

export interface SecondReading {
  readonly packets: number
  readonly batches: readonly string[]
  /** It gave up, and why. */
  readonly gaveUp?: string
}

interface Parsed {
  readonly header: { readonly timestampSeconds: number; readonly timestampMicroseconds: number; readonly originalLength: number }
  readonly data: Buffer
}
interface Parser {
  readonly buffer: Buffer | null
  on(event: 'packet', see: (packet: Parsed) => void): void
  on(event: 'end', see: () => void): void
  on(event: 'error', see: (error: Error) => void): void
}

/** What is waiting to be a record: more than the largest that any capture program writes means that a length is wrong. */
const MAX_WAITING = 16 * 1024 * 1024

// A name that the bundler does not follow: the module stays as its authors ship it.
const load = createRequire(import.meta.url)

function readAll(path: string, answer: (reading: SecondReading) => void): void {
  const { parse } = load('pcap-parser') as { parse(stream: NodeJS.ReadableStream): Parser }
  const digest = new PacketDigest()
  const stream = createReadStream(path)
  const parser = parse(stream)
  let over = false
  const end = (gaveUp?: string): void => {
    if (over) return
    over = true
    stream.destroy()
    const { packets, batches } = digest.end()
    answer({ packets, batches, ...(gaveUp === undefined ? {} : { gaveUp }) })
  }
  parser.on('packet', ({ header, data }) => {
    // A packet was never shorter on the wire than what was captured of it, whatever its record says: our reader has it so.
    digest.add(header.timestampSeconds * 1e6 + header.timestampMicroseconds, Math.max(header.originalLength, data.length), data)
  })
  parser.on('error', (error) => end(error.message))
  parser.on('end', () => end())
  stream.on('data', () => {
    if ((parser.buffer?.length ?? 0) > MAX_WAITING) end(`a record that is longer than ${MAX_WAITING} bytes`)
  })
}

process.once('message', (path: string) => readAll(path, (reading) => process.send!(reading, () => process.exit(0))))
// Nobody waits for an answer any more.
process.once('disconnect', () => process.exit(0))
