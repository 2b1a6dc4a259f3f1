/**
 * The processes behind a session's flows, as this host names them. Questions go to a thread of their own as flows begin; an answer
 * counts once the packets up to the moment of looking are decoded and the flow was still going on then: had it ended before,
 * the socket that was found is somebody else's, on the same ports.
 */
import { Worker } from 'node:worker_threads'
import type { Endpoint, FlowProcesses, FlowView, ProcessFacts } from '../model/flow-view.js'
import type { FlowSight } from '../pipeline/flow-sight.js'
import type { FlowQuestion, FromFinder, ProcessAnswer, ProcessOrder, ToFinder } from './process-messages.js'

/** Flows that are being looked at. A host that begins more in a second has each of them too briefly to be found. */
const MAX_ASKED = 4096
/** Flows whose processes are kept for their documents; the oldest go. */
const MAX_KNOWN = 65_536
/** Questions go out in groups, for a message costs as much as decoding a packet. */
const GROUP = 64
/** A flow that began so long ago is history: decoding is behind, and its sockets may be others' by now. */
const MAX_AGE_MS = 5000
/** How old the news may be that nothing waits to be decoded: told once a second, and the system holds packets back for a moment. */
const NEWS_MS = 1500

interface Asked {
  readonly sight: FlowSight
  readonly answers: ProcessAnswer[]
}

export class HostProcesses {
  /** Flows that were not looked at, since there were too many or they were seen too late. */
  skipped = 0
  private readonly asked = new Map<string, Asked>()
  private readonly known = new Map<string, ProcessAnswer[]>()
  /** Confirmed, and not handed out yet. */
  private sure: ProcessAnswer[] = []
  private group: FlowQuestion[] = []
  private waiting = 0
  private scheduled = false
  private readonly worker: Worker

  /** @param script the compiled worker */
  constructor(
    order: ProcessOrder,
    script: string,
    private readonly warn: (message: string) => void,
    private readonly clock: () => number = Date.now,
  ) {
    this.worker = new Worker(script, { workerData: order, stdout: false, stderr: false })
    this.worker.unref()
    this.worker.on('message', (message: FromFinder) => this.hear(message))
    // Names are an extra: a session goes on without them.
    this.worker.on('error', (error) => this.warn(`processes are not named any longer: ${error.message}`))
  }

  /** A flow began. */
  readonly ask = (sight: FlowSight): void => {
    if (this.waiting >= MAX_ASKED || this.asked.size >= 2 * MAX_ASKED || this.clock() - sight.firstMs > MAX_AGE_MS) {
      this.skipped++
      return
    }
    this.waiting++
    this.asked.set(sight.id, { sight, answers: [] })
    this.group.push({ flow: sight.id, transport: sight.transport, ends: sight.ends, firstMs: sight.firstMs })
    if (this.group.length >= GROUP) this.send()
    else if (!this.scheduled) {
      this.scheduled = true
      setImmediate(() => this.send())
    }
  }

  private send(): void {
    this.scheduled = false
    const questions = this.group
    this.group = []
    if (questions.length > 0) this.worker.postMessage({ kind: 'ask', questions } satisfies ToFinder)
  }

  private hear(message: FromFinder): void {
    if (message.kind === 'limit') {
      this.warn(message.message)
      return
    }
    this.waiting -= message.done
    for (const answer of message.answers) this.asked.get(answer.flow)?.answers.push(answer)
  }

  /**
   * Answers that are sure by now, each once.
   * @param decodedMs time up to which packets are decoded, milliseconds since 1970
   */
  settle(decodedMs: number): readonly ProcessAnswer[] {
    const now = this.clock()
    for (const [id, asked] of this.asked) {
      this.confirm(asked, decodedMs)
      if (asked.answers.length === 0 && now - asked.sight.firstMs > MAX_AGE_MS) this.asked.delete(id)
    }
    const { sure } = this
    this.sure = []
    return sure
  }

  private confirm({ sight, answers }: Asked, decodedMs: number): void {
    for (let i = answers.length - 1; i >= 0; i--) {
      const answer = answers[i]!
      if (decodedMs < answer.atMs) continue
      answers.splice(i, 1)
      const { endedMs } = sight
      if (endedMs !== undefined && endedMs < answer.atMs) continue
      this.sure.push(answer)
      this.keep(sight.id, answer)
    }
  }

  private keep(id: string, answer: ProcessAnswer): void {
    const of = this.known.get(id)
    if (of) of.push(answer)
    else this.known.set(id, [answer])
    if (this.known.size > MAX_KNOWN) this.known.delete(this.known.keys().next().value!)
  }

  /**
   * What is known of a flow's ends by now.
   * @param lastMs its last packet: a flow that had one after the host was asked has proved that the answer is its own
   */
  readonly of = ({ id, client, server }: FlowView, lastMs: number): FlowProcesses | undefined => {
    const asked = this.asked.get(id)
    if (asked && asked.answers.length > 0) this.confirm(asked, lastMs)
    const answers = this.known.get(id)
    if (!answers) return undefined
    const at = ({ ip, port }: Endpoint): ProcessFacts | undefined => answers.find(({ end }) => end.port === port && end.ip === ip)?.process
    return { client: at(client), server: at(server) }
  }

  async close(): Promise<void> {
    await this.worker.terminate()
  }
}

/** Time up to which packets are decoded: all that came, when none waits, but for those that the system may still hold back. */
export const decodedUpTo = (lastMs: number | undefined, behind: number, nowMs: number): number =>
  Math.max(lastMs ?? 0, behind > 0 ? 0 : nowMs - NEWS_MS)
