/**
 * The thread that looks for processes, so that neither capture nor decoding waits for it. It gathers questions, looks, and rests nine
 * times as long as that took: at most a tenth of one processor, however busy the host.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { localAddresses, ProcessFinder, type Question } from './process-finder.js'
import type { FromFinder, ProcessAnswer, ProcessOrder, ToFinder } from './process-messages.js'

/** Between two looks at least, milliseconds; a connection that was just made is accepted by then. */
const REST_MS = 50
const REST_SHARE = 9
/** A socket without a process is looked for again: its server had not accepted it yet. */
const TRIES = 3
/** An interface may get an address while we run. */
const ADDRESSES_MS = 5000

interface Open {
  readonly question: Question
  tries: number
  /** The last one of its flow; what is counted. */
  readonly counts: number
}

const port = parentPort!
const order = workerData as ProcessOrder
const finder = new ProcessFinder(order)
const tell = (message: FromFinder): void => port.postMessage(message)
const told = new Set<string>()
let open: Open[] = []
let resting = false
let isLocal = localAddresses()
let localAt = performance.now()

port.on('message', ({ questions }: ToFinder) => {
  if (performance.now() - localAt > ADDRESSES_MS) {
    isLocal = localAddresses()
    localAt = performance.now()
  }
  let none = 0
  for (const { flow, transport, ends, firstMs } of questions) {
    const [a, b] = ends
    const local = (
      [
        [a, b],
        [b, a],
      ] as const
    ).filter(([end]) => isLocal(end.ip))
    if (local.length === 0) none++
    local.forEach(([end, other], i) => {
      open.push({ question: { flow, transport, local: end, remote: other, firstMs }, tries: 0, counts: i === local.length - 1 ? 1 : 0 })
    })
  }
  if (none > 0) tell({ kind: 'answers', answers: [], done: none })
  if (!resting && open.length > 0) look()
})

function look(): void {
  const asked = open
  open = []
  const began = performance.now()
  const atMs = Date.now()
  const found = finder.find(asked.map(({ question }) => question))
  const answers: ProcessAnswer[] = []
  let done = 0
  for (const one of asked) {
    const answer = found.get(one.question)
    if (answer) answers.push({ flow: one.question.flow, end: one.question.local, ...answer, atMs })
    else if (++one.tries < TRIES) {
      open.push(one)
      continue
    }
    done += one.counts
  }
  tell({ kind: 'answers', answers, done })
  if (finder.hidden > 0) limit('processes of other users cannot be looked at: to name them, the session has to stay root (--user root)')
  if (finder.limit !== undefined) limit(`not every process behind a socket is looked for: ${finder.limit}`)
  resting = true
  setTimeout(rested, Math.max(REST_MS, REST_SHARE * (performance.now() - began)))
}

function rested(): void {
  resting = false
  if (open.length > 0) look()
}

function limit(message: string): void {
  if (told.has(message)) return
  told.add(message)
  tell({ kind: 'limit', message })
}
