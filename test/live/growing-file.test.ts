/** A ring file that goes before it is decoded: the case says what it lacks. */
import { rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { GrowingFile } from '../../src/live/growing-file.js'
import { tempFolder } from '../sinks/rig.js'

const gone = 'was removed from the ring, to make room, before it was decoded'

test('a file that is gone before it could be opened is damage, no crash', () => {
  const file = new GrowingFile(join(tempFolder(), 'none.pcapng'))
  expect(file.read(Buffer.alloc(10), 0, 10)).toBe(0)
  expect(file.failure).toEqual({ code: 'capture.unreadable', offset: 0, message: gone })
  file.close()
})

test('one whose space was taken back says from where on it is missing; one that was read in time lacks nothing', () => {
  const path = join(tempFolder(), 'a.pcapng')
  writeFileSync(path, 'x'.repeat(100))
  const [late, early] = [new GrowingFile(path), new GrowingFile(path)]
  const into = Buffer.alloc(100)
  expect(late.read(into, 0, 40)).toBe(40)
  expect(early.read(into, 0, 100)).toBe(100)
  truncateSync(path)
  rmSync(path)
  for (const file of [late, early]) {
    file.finished(100)
    expect(file.read(into, 0, 100)).toBe(0)
  }
  expect(late.failure).toEqual({ code: 'capture.unreadable', offset: 40, message: gone })
  expect(early.failure).toBeUndefined()
  late.close()
  early.close()
})
