/** Typed values out of configuration nodes: a wrong type becomes a problem with its line, and the value undefined. */
import { createHash } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { GivenFile } from '../schema/options.js'
import type { ConfigNode } from './document.js'
import type { ConfigProblems } from './problems.js'

export const MAX_PORT = 65_535

/** What a node holds, for "want X, got Y". */
export function describe(node: ConfigNode): string {
  if (node.kind === 'map') return 'a map'
  if (node.kind === 'list') return 'a list'
  const value = node.value
  if (value === null) return 'nothing'
  const text = typeof value === 'string' ? JSON.stringify(value) : String(value)
  return text.length > 40 ? `${text.slice(0, 37)}...` : text
}

function wrong(node: ConfigNode, want: string, problems: ConfigProblems): undefined {
  problems.add(node.line, `${node.path}: want ${want}, got ${describe(node)}`)
}

/** Beats expand ${NAME} from the environment; here a run depends on its inputs alone. */
function usesEnvironment(node: ConfigNode, problems: ConfigProblems): boolean {
  if (node.kind !== 'value' || typeof node.value !== 'string' || !/\$\{[^}]*\}/.test(node.value)) return false
  problems.add(node.line, `${node.path}: ${describe(node)} asks for an environment variable; write the value itself`)
  return true
}

// YAML 1.1, which Beats read, has these as booleans too.
const YES = new Set(['true', 'yes', 'on', 'y'])
const NO = new Set(['false', 'no', 'off', 'n'])

export function readBool(node: ConfigNode, problems: ConfigProblems): boolean | undefined {
  if (usesEnvironment(node, problems)) return undefined
  if (node.kind === 'value') {
    if (typeof node.value === 'boolean') return node.value
    const word = typeof node.value === 'string' ? node.value.toLowerCase() : ''
    if (YES.has(word)) return true
    if (NO.has(word)) return false
  }
  return wrong(node, 'true or false', problems)
}

export function readInt(node: ConfigNode, problems: ConfigProblems, min = 0): number | undefined {
  if (usesEnvironment(node, problems)) return undefined
  const value = node.kind === 'value' ? node.value : undefined
  const number = typeof value === 'string' && /^[+-]?\d+$/.test(value) ? Number(value) : value
  if (typeof number === 'number' && Number.isSafeInteger(number)) {
    if (number >= min) return number
    return wrong(node, `a whole number of at least ${min}`, problems)
  }
  return wrong(node, 'a whole number', problems)
}

export function readText(node: ConfigNode, problems: ConfigProblems): string | undefined {
  if (usesEnvironment(node, problems)) return undefined
  if (node.kind === 'value' && node.value !== null) return String(node.value)
  return wrong(node, 'a text', problems)
}

/** A list of words; one word alone counts as a list of one. */
export function readWords(node: ConfigNode, problems: ConfigProblems): string[] | undefined {
  if (node.kind === 'map' || (node.kind === 'value' && node.value === null)) return wrong(node, 'a list of words', problems)
  const items = node.kind === 'list' ? node.items : [node]
  const words = items.map((item) => readText(item, problems))
  return words.every((word) => word !== undefined) ? words : undefined
}

/** Ports as numbers, "8080" or ranges "8000-8010"; undefined when one of them is none. */
export function readPorts(node: ConfigNode, problems: ConfigProblems): number[] | undefined {
  const words = readWords(node, problems)
  if (!words) return undefined
  const ports = parsePorts(words)
  if (typeof ports !== 'string') return ports
  problems.add(node.line, `${node.path}: ${JSON.stringify(ports)} is no port (1 to ${MAX_PORT}) and no range of ports (8000-8010)`)
  return undefined
}

/** The ports, each once, in the order given; or the word that is none. */
export function parsePorts(words: readonly string[]): number[] | string {
  const ports = new Set<number>()
  for (const word of words) {
    const range = /^\s*(\d{1,5})\s*(?:-\s*(\d{1,5})\s*)?$/.exec(word)
    const from = Number(range?.[1])
    const to = range?.[2] === undefined ? from : Number(range[2])
    if (!range || from < 1 || to > MAX_PORT || from > to) return word
    for (let port = from; port <= to; port++) ports.add(port)
  }
  return [...ports]
}

const UNITS: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, µs: 1e-3, μs: 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of '30s', '1h30m', '-1s' or a number of seconds; undefined when it is none of these. */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim()
  if (/^[+-]?\d+(\.\d+)?$/.test(trimmed)) return Number(trimmed) * 1000
  const whole = /^([+-]?)((?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+)$/.exec(trimmed)
  if (!whole) return undefined
  let sum = 0
  for (const [, amount, unit] of whole[2]!.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)) sum += Number(amount) * UNITS[unit!]!
  return whole[1] === '-' ? -sum : sum
}

/** Milliseconds, at least `min`; a negative duration is -1 where `negative` allows it. */
export function readDuration(node: ConfigNode, problems: ConfigProblems, min: number, negative = false): number | undefined {
  if (usesEnvironment(node, problems)) return undefined
  const ms = node.kind === 'value' && node.value !== null ? parseDuration(String(node.value)) : undefined
  if (ms === undefined) return wrong(node, 'a duration such as 30s, 10m or 24h', problems)
  if (ms < 0 && negative) return -1
  if (ms < min) return wrong(node, `a duration of at least ${min / 1000}s`, problems)
  return ms
}

const NO_FOLDER = 'files can only be named in a configuration file'

/** Paths from the configuration's own folder, as paths that can be opened; the files are read by whoever needs them. */
export function readPaths(node: ConfigNode, problems: ConfigProblems, folder: string | undefined): string[] {
  const names = readWords(node, problems) ?? []
  if (folder !== undefined) return names.map((name) => resolve(folder, name))
  if (names.length > 0) problems.add(node.line, `${node.path}: ${NO_FOLDER}`)
  return []
}

/** A file that a protocol wants to see is a schema written by hand. */
const MAX_FILE_BYTES = 4 * 1024 * 1024

/** The files of a list of paths, read; `folder` is the configuration's own, undefined where no file may be read. */
export function readFiles(
  node: ConfigNode,
  problems: ConfigProblems,
  folder: string | undefined,
  check?: (file: GivenFile) => string | undefined,
): GivenFile[] | undefined {
  const names = readWords(node, problems)
  if (!names) return undefined
  const files: GivenFile[] = []
  for (const name of names) {
    const file = folder === undefined ? NO_FOLDER : readGiven(resolve(folder, name), name)
    const wrongs = typeof file === 'string' ? file : check?.(file)
    if (wrongs !== undefined) problems.add(node.line, `${node.path}: ${name}: ${wrongs}`)
    else if (typeof file !== 'string') files.push(file)
  }
  return files
}

function readGiven(path: string, name: string): GivenFile | string {
  try {
    const { size } = statSync(path)
    if (size > MAX_FILE_BYTES) return `too large (${size} bytes)`
    const bytes = readFileSync(path)
    return { name, text: bytes.toString('utf8'), sha256: createHash('sha256').update(bytes).digest('hex') }
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    return code === 'ENOENT' ? 'no such file' : `cannot be read (${code ?? error})`
  }
}
