/** From the words on a command line to the captures they mean: files, patterns, folders, and '-' for standard input. */
import { closeSync, openSync, readdirSync, readSync, realpathSync, type Stats, statSync } from 'node:fs'
import { join } from 'node:path'
import { constants, gunzipSync } from 'node:zlib'
import { firstBytes } from './framed-bytes.js'
import { byCodeUnit, expandGlob, isPattern } from './glob.js'
import { compressionOf, containerOf } from './magic.js'

export interface Inputs {
  /** In the order named; what a pattern or a folder stands for is sorted by path. Each file once. */
  readonly files: string[]
  /** Names that lead to nothing. */
  readonly missing: string[]
  /** Folders without a capture in them. */
  readonly emptyDirectories: string[]
}

/** Bytes of a file looked at to tell whether it is a capture: the start of a gzip member inflates from far fewer. */
const SNIFF = 4096
/** A Zstandard block gives nothing before it is there as a whole, which takes 128 KiB at most, and headers. */
const FRAME_SNIFF = 192 * 1024
/** Names of captures inside a compression that cannot be looked into, or is damaged: they are named rather than passed over. */
const PACKED_CAPTURE = /\.(pcap|pcapng|cap|dmp)\d*\.(gz|zst|lz4|xz)$/i

export async function resolveInputs(args: readonly string[]): Promise<Inputs> {
  const files: string[] = []
  const missing: string[] = []
  const emptyDirectories: string[] = []
  const seen = new Set<string>()
  const add = (path: string): void => {
    const real = path === '-' ? '-' : realOf(path)
    if (seen.has(real)) return
    seen.add(real)
    files.push(path)
  }
  const addPath = (path: string, stats: Stats): void => {
    if (!stats.isDirectory()) {
      add(path)
      return
    }
    const captures = capturesIn(path)
    if (captures.length === 0) emptyDirectories.push(path)
    for (const capture of captures) add(capture)
  }
  for (const arg of args) {
    if (arg === '-') {
      add(arg)
      continue
    }
    // A file may be called what looks like a pattern.
    const stats = statOf(arg)
    if (stats) {
      addPath(arg, stats)
      continue
    }
    const matches = isPattern(arg) ? expandGlob(arg) : []
    if (matches.length === 0) missing.push(arg)
    for (const match of matches) {
      const found = statOf(match)
      if (found) addPath(match, found)
    }
  }
  return { files, missing, emptyDirectories }
}

/** Every capture below a folder by its first bytes, sorted; hidden names are skipped, each folder is entered once. */
function capturesIn(root: string): string[] {
  const captures: string[] = []
  const entered = new Set<string>()
  const waiting = [root]
  for (let folder = waiting.pop(); folder !== undefined; folder = waiting.pop()) {
    let names: string[]
    try {
      const real = realpathSync(folder)
      if (entered.has(real)) continue
      entered.add(real)
      names = readdirSync(folder)
    } catch {
      continue
    }
    // Of two names of one folder the same one is taken everywhere, whatever order the file system lists them in.
    names.sort((a, b) => byCodeUnit(b, a))
    for (const name of names) {
      if (name.startsWith('.')) continue
      const path = join(folder, name)
      const stats = statOf(path)
      if (stats?.isDirectory()) waiting.push(path)
      else if (stats?.isFile() && looksLikeCapture(path)) captures.push(path)
    }
  }
  return captures.sort(byCodeUnit)
}

export function looksLikeCapture(path: string): boolean {
  const head = headOf(path, SNIFF)
  // Not to be read is not to be passed over in silence: opening it will say why.
  if (!head) return /\.(pcap|pcapng|cap)\d*(\.\w+)?$/i.test(path)
  const compression = compressionOf(head, 0, head.length)
  if (compression === 'none') return containerOf(head, 0, head.length) !== 'unknown'
  if (compression === 'xz') return PACKED_CAPTURE.test(path)
  try {
    const inner =
      compression === 'gzip'
        ? gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH })
        : firstBytes(compression, headOf(path, FRAME_SNIFF) ?? head)
    return inner ? containerOf(inner, 0, inner.length) !== 'unknown' : PACKED_CAPTURE.test(path)
  } catch {
    return PACKED_CAPTURE.test(path)
  }
}

/** The first bytes of a file, `length` at most; undefined when the system does not give them. */
function headOf(path: string, length: number): Buffer | undefined {
  try {
    const fd = openSync(path, 'r')
    try {
      const head = Buffer.alloc(length)
      return head.subarray(0, readSync(fd, head, 0, length, 0))
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return statSync(path)
  } catch {
    return undefined
  }
}

/** Where links lead; a pipe's name under /dev/fd leads nowhere. */
function realOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return path
  }
}
