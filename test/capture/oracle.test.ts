/** A second reader, by other people, over real captures: classic microsecond pcap only. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, join } from 'node:path'
import { expect, test } from 'vitest'
import { readCapture } from '../support/read-capture.js'

interface Parsed {
  readonly header: {
    readonly timestampSeconds: number
    readonly timestampMicroseconds: number
    readonly capturedLength: number
    readonly originalLength: number
  }
  readonly data: Buffer
}
interface PcapParser {
  on(event: 'packet', see: (packet: Parsed) => void): void
  on(event: 'end', see: () => void): void
  on(event: 'error', see: (error: Error) => void): void
}

const require = createRequire(import.meta.url)
const pcapParser = require('pcap-parser') as { parse(path: string): PcapParser }
const root = join(import.meta.dirname, '../..')

/** Some inputs leave the other reader waiting for good. */
const PATIENCE_MS = 10_000

function readByOther(path: string): Promise<string[]> {
  return new Promise((resolve, reject) => {
    const packets: string[] = []
    const timer = setTimeout(() => reject(new Error('the other reader does not come to an end')), PATIENCE_MS)
    const parser = pcapParser.parse(path)
    parser.on('packet', ({ header, data }) => {
      packets.push(line(header.timestampSeconds, header.timestampMicroseconds, header.originalLength, data.toString('latin1')))
    })
    parser.on('error', reject)
    parser.on('end', () => {
      clearTimeout(timer)
      resolve(packets)
    })
  })
}

const line = (sec: number, usec: number, original: number, data: string) =>
  `${sec}.${usec} ${original} ${Buffer.from(data, 'latin1').toString('base64')}`

function* captures(folder: string): Generator<string> {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) yield* captures(path)
    else if (isClassic(readFileSync(path).subarray(0, 4).toString('hex'))) yield path
  }
}
const isClassic = (magic: string) => magic === 'd4c3b2a1' || magic === 'a1b2c3d4'

const theirs = join(root, 'node_modules/pcap-parser/test')
const paths = [join(theirs, 'smtp.pcap'), join(theirs, 'be.pcap'), ...captures(join(root, 'samples'))]

for (const path of paths)
  test(`${basename(path)} reads the same`, async () => {
    const { frames } = await readCapture(path)
    const mine = frames.map((f) => line(f.sec, f.nsec / 1000, f.original, f.data))
    expect(mine).toEqual(await readByOther(path))
    // A header and a record's header: what is larger holds a packet.
    if (statSync(path).size > 24 + 16) expect(mine).not.toEqual([])
  }, 30_000)
