#!/usr/bin/env node
// Feeds every capture under the given files and folders to `audit analyze`, each in a process of its own, and fails when one
// crashes it, takes too long or takes too much memory.
//
//   node scripts/hostile.mjs FOLDER... [--jobs 2] [--seconds 10] [--megabytes 300]
import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const CAPTURE = /\.(pcap|pcapng|cap|ntar)(\.(gz|zst|lz4|xz))?$/i
// Done; no packet usable; done although the input is damaged. Anything else is a bug that a capture can cause.
const GOOD_EXITS = new Set([0, 3, 4])
// Enough of what a failing run said to see where it failed.
const KEPT_STDERR = 2000

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    // One process a core of the smallest machine that checks this; more would measure the scheduler.
    jobs: { type: 'string', default: '2' },
    // The captures are small: a run is start-up, and what exceeds seconds is a loop that the bytes control.
    seconds: { type: 'string', default: '10' },
    // Start-up takes about a third of this; the rest must be enough for any table that small input can fill.
    megabytes: { type: 'string', default: '300' },
  },
})
const jobs = Number(values.jobs)
const seconds = Number(values.seconds)
const megabytes = Number(values.megabytes)
if (positionals.length === 0 || !(jobs >= 1 && seconds > 0 && megabytes > 0)) {
  console.error('hostile: usage: node scripts/hostile.mjs FOLDER... [--jobs N] [--seconds N] [--megabytes N]')
  process.exit(2)
}

const program = fileURLToPath(new URL('../bin/run.js', import.meta.url))
if (!existsSync(join(dirname(program), '..', 'dist'))) {
  console.error('hostile: dist/ is missing; run `npm run build` first')
  process.exit(2)
}

// Runs inside the measured process, so that the peak is the kernel's own figure and no sampling can miss it.
const probe = `
  import { readFileSync, writeSync } from 'node:fs'
  import { isMainThread } from 'node:worker_threads'
  if (isMainThread) process.on('exit', () => {
    let peak = process.resourceUsage().maxRSS
    try { peak = Number(/VmHWM:\\s+(\\d+)/.exec(readFileSync('/proc/self/status', 'latin1'))[1]) } catch {}
    writeSync(3, String(peak))
  })`
const preload = `data:text/javascript,${encodeURIComponent(probe)}`

function capturesUnder(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && CAPTURE.test(entry.name))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
    .sort()
}

const scratch = mkdtempSync(join(tmpdir(), 'hostile-'))
process.on('exit', () => rmSync(scratch, { recursive: true, force: true }))

/** One run: how it ended, how long it took (seconds) and its peak memory (MB, 0 when it did not live to tell). */
function analyze(capture, number) {
  const folder = join(scratch, String(number))
  const outputs = ['x.sqlite', 'x.ndjson'].flatMap((name) => ['-o', `${folder}.${name}`])
  const begun = performance.now()
  return new Promise((done) => {
    const child = spawn(process.execPath, ['--import', preload, program, 'analyze', resolve(capture), ...outputs], {
      cwd: scratch,
      stdio: ['ignore', 'ignore', 'pipe', 'pipe'],
      timeout: seconds * 1000,
      killSignal: 'SIGKILL',
    })
    let said = ''
    let peak = ''
    child.stderr.on('data', (piece) => {
      if (said.length < KEPT_STDERR) said += piece
    })
    child.stdio[3].on('data', (piece) => {
      peak += piece
    })
    child.on('error', (error) => done({ capture, exit: error.message, took: 0, peak: 0, said }))
    child.on('close', (code, signal) => {
      for (const name of readdirSync(scratch)) if (name.startsWith(`${number}.`)) rmSync(join(scratch, name), { force: true })
      done({ capture, exit: signal ?? code, took: (performance.now() - begun) / 1000, peak: Number(peak) / 1024, said })
    })
  })
}

function breaches({ exit, took, peak }) {
  const found = []
  if (took >= seconds) found.push(`took ${took.toFixed(1)} s, more than ${seconds}`)
  else if (!GOOD_EXITS.has(exit)) found.push(`ended with ${exit}`)
  if (peak >= megabytes) found.push(`held ${peak.toFixed(0)} MB, more than ${megabytes}`)
  return found
}

let captures
try {
  captures = positionals.flatMap(capturesUnder)
} catch (error) {
  console.error(`hostile: ${error.message}`)
  process.exit(2)
}
if (captures.length === 0) {
  console.error(`hostile: no capture under ${positionals.join(', ')}`)
  process.exit(2)
}

let next = 0
let failed = 0
let slowest = { took: 0, capture: '' }
let biggest = { peak: 0, capture: '' }
async function worker() {
  while (next < captures.length) {
    const number = next++
    const result = await analyze(captures[number], number)
    if (result.took > slowest.took) slowest = result
    if (result.peak > biggest.peak) biggest = result
    const found = breaches(result)
    if (found.length === 0) continue
    failed++
    console.log(`${result.capture}: ${found.join('; ')}`)
    const lines = result.said.trim().split('\n').slice(0, 6)
    for (const line of lines) if (line) console.log(`    ${line}`)
  }
}
await Promise.all(Array.from({ length: jobs }, worker))

console.log(`slowest ${slowest.capture}, largest ${biggest.capture}${failed ? `, ${failed} beyond the limits` : ''}`)
console.log(`hostile: ${captures.length} captures, worst ${slowest.took.toFixed(1)} s, worst ${biggest.peak.toFixed(0)} MB`)
process.exitCode = failed ? 1 : 0
