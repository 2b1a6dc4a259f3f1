/**
 * What the program says about every capture in samples/, kept as NDJSON in test/golden/ and compared document by document.
 *
 *     npm run golden            compares        npm run golden -- -u      rewrites, for review as code
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { Writable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { programRoot } from '../src/app/program.js'
import { openCapture } from '../src/capture/open-capture.js'
import { defaultSettings } from '../src/config/settings.js'
import { analyze } from '../src/pipeline/analyze.js'
import { protocols } from '../src/protocols/registry.js'
import { openNdjson } from '../src/sinks/ndjson/ndjson-sink.js'

export const root = programRoot()
const SAMPLES = 'samples'
const GOLDEN = 'test/golden'
const CAPTURE = /\.(?:pcap|pcapng)(?:\.(?:gz|zst|lz4|xz))?$/

/** A capture and the file that holds what is expected of it, both relative to the repository. */
export interface Golden {
  readonly capture: string
  readonly golden: string
}

const filesBelow = (folder: string, wanted: RegExp): string[] =>
  existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
        .map((file) => file.replaceAll('\\', '/'))
        .filter((file) => wanted.test(file))
        .sort()
    : []

/** Every capture of samples/; its golden keeps the whole name, since one conversation stands there in several containers. */
export const goldens = (): Golden[] =>
  filesBelow(SAMPLES, CAPTURE).map((file) => ({ capture: `${SAMPLES}/${file}`, golden: `${GOLDEN}/${file}.ndjson` }))

/** Goldens whose capture is gone. */
export function orphans(): string[] {
  const wanted = new Set(goldens().map(({ golden }) => golden))
  return filesBelow(GOLDEN, /./)
    .filter((file) => file.includes('.'))
    .map((file) => `${GOLDEN}/${file}`)
    .filter((file) => !wanted.has(file))
}

/** The documents of one capture, by the pipeline and the sink that `audit analyze -o -` uses; a failing parser throws. */
export async function documentsOf(capture: string): Promise<string> {
  // The closing document tells the path as it was given: the same on every machine only when it is relative.
  process.chdir(root)
  const chunks: string[] = []
  const out = new Writable({
    decodeStrings: false,
    write(chunk: string, _encoding, done) {
      chunks.push(chunk)
      done()
    },
  })
  const sink = openNdjson('-', out)
  const reader = await openCapture(capture)
  try {
    await analyze({ readers: [reader], protocols, sinks: [sink], settings: defaultSettings(protocols), strict: true })
    await sink.end()
  } finally {
    await reader.close()
  }
  return chunks.join('')
}

export const expectedOf = ({ golden }: Golden): string | undefined =>
  existsSync(join(root, golden)) ? readFileSync(join(root, golden), 'utf8') : undefined

const documents = (text: string): string[] => text.split('\n').filter((line) => line !== '')

/** The first document that differs, as the paths that differ in it; undefined when all are equal. */
export function difference(expected: string, actual: string): string | undefined {
  if (expected === actual) return undefined
  const [before, after] = [documents(expected), documents(actual)]
  const at = after.findIndex((line, i) => line !== before[i])
  const i = at < 0 ? after.length : at
  const counts = before.length === after.length ? '' : `; ${before.length} documents expected, ${after.length} found`
  if (before[i] === undefined && after[i] === undefined) return `the same documents, with other line ends${counts}`
  const lines = changes(before[i], after[i])
  const about = lines.length > 0 ? lines.join('\n') : '  the same values in another order'
  return `document ${i + 1} (line ${i + 1})${counts}\n${about}`
}

/** Longest value shown of one side: enough to see what changed, short enough to read a list of them. */
const MAX_SHOWN = 200
const shown = (text: string): string => (text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}... (${text.length} characters)` : text)

function changes(before: string | undefined, after: string | undefined): string[] {
  const [old, now] = [leaves(before), leaves(after)]
  const paths = [...new Set([...old.keys(), ...now.keys()])].filter((path) => old.get(path) !== now.get(path))
  return paths.flatMap((path) => [
    ...(old.has(path) ? [`  - ${path}: ${shown(old.get(path)!)}`] : []),
    ...(now.has(path) ? [`  + ${path}: ${shown(now.get(path)!)}`] : []),
  ])
}

/** Path -> JSON text of every value in a document. */
function leaves(document: string | undefined): Map<string, string> {
  const found = new Map<string, string>()
  const walk = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null && Object.keys(value).length > 0)
      for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
    else found.set(path, JSON.stringify(value))
  }
  if (document !== undefined) walk(JSON.parse(document), '')
  return found
}

async function compareAll(): Promise<number> {
  let wrong = 0
  const say = (text: string): void => {
    wrong++
    process.stdout.write(`${text}\n`)
  }
  for (const one of goldens()) {
    const expected = expectedOf(one)
    const actual = await documentsOf(one.capture)
    const found = expected === undefined ? 'there is no golden for it' : difference(expected, actual)
    if (found !== undefined) say(`${one.capture}: ${found}`)
  }
  for (const file of orphans()) say(`${file}: its capture is gone`)
  process.stdout.write(wrong === 0 ? `${goldens().length} captures as expected\n` : `${wrong} differ; npm run golden -- -u rewrites them\n`)
  return wrong === 0 ? 0 : 1
}

async function rewriteAll(): Promise<number> {
  let changed = 0
  for (const one of goldens()) {
    const actual = await documentsOf(one.capture)
    if (expectedOf(one) === actual) continue
    mkdirSync(dirname(join(root, one.golden)), { recursive: true })
    writeFileSync(join(root, one.golden), actual)
    process.stdout.write(`wrote ${one.golden}\n`)
    changed++
  }
  for (const file of orphans()) {
    rmSync(join(root, file))
    process.stdout.write(`removed ${file}\n`)
    changed++
  }
  process.stdout.write(changed === 0 ? 'nothing to rewrite\n' : '')
  return 0
}

const isMain = process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)
if (isMain) process.exitCode = await (process.argv.includes('-u') ? rewriteAll() : compareAll())
