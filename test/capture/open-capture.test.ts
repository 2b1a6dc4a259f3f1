import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream, createWriteStream, rmSync } from 'node:fs'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { afterAll, describe, expect, test } from 'vitest'
import { openCapture } from '../../src/capture/open-capture.js'
import { frame, pcap } from '../support/captures.js'
import { Folder, pipeOf, readCapture } from '../support/read-capture.js'

const folder = new Folder()
afterAll(() => folder.done())

describe('what is no capture says so and has no packets', () => {
  const cases: readonly [string, Buffer | string, string, string][] = [
    ['an empty file', '', 'capture.empty', 'is empty'],
    ['a text', 'Hello world, this is a text', 'capture.magic', "is not a pcap or pcapng file (starts with 'Hello wo...')"],
    ['one letter', 'H', 'capture.magic', "is not a pcap or pcapng file (starts with 'H')"],
    ['lines', '\nab\tc', 'capture.magic', "is not a pcap or pcapng file (starts with ' ab c')"],
    ['binary', Buffer.from([1, 0, 254, 3]), 'capture.magic', 'is not a pcap or pcapng file (starts with bytes 01 00 fe 03)'],
    ['zip', 'PK\x03\x04....', 'capture.magic', 'is not a pcap or pcapng file but a zip archive: unpack it first'],
    [
      'snoop',
      'snoop\0\0\0\0\0\0\x02',
      'capture.magic',
      "is not a pcap or pcapng file but a snoop capture: convert it with 'editcap -F pcapng'",
    ],
    [
      'xz',
      Buffer.from('fd377a585a000000', 'hex'),
      'capture.compression',
      "is compressed with xz, not supported yet: decompress first with 'xz -d'",
    ],
  ]
  for (const [name, content, code, message] of cases)
    test(name, async () => {
      const bytes = Buffer.from(content as string, 'latin1')
      const path = folder.file('file', bytes)
      const { info, frames } = await readCapture(path)
      expect(frames).toEqual([])
      expect(info).toMatchObject({ path, name: 'file', container: 'unknown', packets: 0, damage: [{ code, offset: 0, message }] })
      // Evidence all the same.
      expect(info).toMatchObject({ size: bytes.length, sha256: createHash('sha256').update(bytes).digest('hex') })
      const piped = await readCapture(pipeOf(bytes, 3))
      expect(piped.info.damage).toEqual(info.damage)
    })

  test('a folder', async () => {
    expect((await readCapture(folder.path)).info.damage).toEqual([
      { code: 'capture.unreadable', offset: 0, message: 'is a directory, not a capture' },
    ])
  })

  test('a name that leads to nothing', async () => {
    const { info } = await readCapture(join(folder.path, 'nothing.pcap'))
    expect(info.damage).toEqual([{ code: 'capture.unreadable', offset: 0, message: 'cannot be read: no such file (ENOENT)' }])
    expect(info.name).toBe('nothing.pcap')
  })

  test('a file that is gone between opening and reading', async () => {
    const path = folder.file('gone.pcap', pcap([frame('x')]))
    const reader = await openCapture(path)
    rmSync(path)
    expect(reader.next()).toBeNull()
    expect(reader.info.damage).toMatchObject([{ code: 'capture.unreadable' }])
  })
})

describe('pipes', () => {
  const bytes = pcap([frame('one'), frame('two')])

  test('standard input', async () => {
    const { info, frames, waited } = await readCapture(pipeOf(bytes, 10))
    expect(waited).toBe(true)
    expect(frames.map((f) => f.data)).toEqual(['one', 'two'])
    expect(info).toMatchObject({
      name: '-',
      path: '-',
      size: bytes.length,
      sha256: createHash('sha256').update(bytes).digest('hex'),
      damage: [],
    })
  })

  test('a file as standard input', async () => {
    const { frames } = await readCapture({ stdin: createReadStream(folder.file('in.pcap', bytes)) })
    expect(frames).toHaveLength(2)
  })

  test('a FIFO by its name', async () => {
    const path = join(folder.path, 'fifo')
    execFileSync('mkfifo', [path])
    const source = folder.file('source.pcap', bytes)
    const reading = readCapture(path)
    const writing = pipeline(createReadStream(source), createWriteStream(path))
    const { frames, info } = await reading
    await writing
    expect(frames.map((f) => f.data)).toEqual(['one', 'two'])
    expect(info.name).toBe('fifo')
  })

  test('a FIFO whose bytes come late, in pieces, from one writer', async () => {
    const path = join(folder.path, 'slow')
    execFileSync('mkfifo', [path])
    folder.file('slow-1', bytes.subarray(0, 50))
    folder.file('slow-2', bytes.subarray(50))
    spawn('sh', ['-c', 'sleep 0.3; (cat slow-1; sleep 0.3; cat slow-2) > slow'], { cwd: folder.path })
    const { frames, info } = await readCapture(path)
    expect(frames.map((f) => f.data)).toEqual(['one', 'two'])
    expect(info.damage).toEqual([])
  })

  test('closing while a pipe is silent', async () => {
    const reader = await openCapture({ stdin: new Readable({ read() {} }) })
    const waiting = reader.next()
    await reader.close()
    expect(await waiting).toBeNull()
  })

  test('a pipe that breaks: what came is kept', async () => {
    const stdin = Readable.from(
      (function* () {
        yield bytes.subarray(0, 45)
        throw Object.assign(new Error('broken'), { code: 'EIO' })
      })(),
    )
    const { info, frames } = await readCapture({ stdin })
    expect(frames.map((f) => f.data)).toEqual(['one'])
    expect(info.damage.map((d) => d.code)).toEqual(['capture.cut', 'capture.unreadable'])
    expect(info.damage[1]!.message).toBe('cannot be read on: the device reports a read error (EIO)')
    expect(info).toMatchObject({ size: 45 })
    expect(info.sha256).toBeUndefined()
  })

  test('a pipe without end that is no capture is left', async () => {
    let pieces = 0
    const stdin = Readable.from(
      (function* () {
        for (;;) {
          pieces++
          yield Buffer.alloc(1000, 'y')
        }
      })(),
    )
    const { info } = await readCapture({ stdin })
    expect(info.damage).toMatchObject([{ code: 'capture.magic' }])
    expect(info.sha256).toBeUndefined()
    expect(pieces).toBeLessThan(100)
  })
})

test('closing before the end', async () => {
  const reader = await openCapture(folder.file('closed.pcap', pcap([frame('x'), frame('y'), frame('z')])), { readSize: 50 })
  expect(reader.next()).not.toBeNull()
  await reader.close()
  expect(reader.next()).toBeNull()
  expect(reader.info).toMatchObject({
    packets: 1,
    size: 50,
    damage: [{ code: 'capture.interrupted', offset: 50, message: 'was read up to here: the run was interrupted' }],
  })
  // A hash of these 50 bytes would be taken for the file's.
  expect(reader.info.sha256).toBeUndefined()
})

test('closing while the rest of a file is being hashed', async () => {
  const reader = await openCapture(folder.file('draining', Buffer.alloc(8_000_000, 'x')), { readSize: 4096 })
  const answer = reader.next()
  expect(answer).toBeInstanceOf(Promise)
  await reader.close()
  expect(await answer).toBeNull()
  expect(reader.info.sha256).toBeUndefined()
  expect(reader.info.damage).toMatchObject([
    { code: 'capture.magic' },
    { code: 'capture.interrupted', message: expect.stringContaining('not hashed') },
  ])
})
