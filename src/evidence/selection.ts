/** The packets that are wanted: those of rows, and those of flows up to a point; asked of every packet of the captures once. */
import type { FrameBlock } from '../capture/source.js'
import { decode, namesFlow } from '../decode/decode.js'
import { Packet } from '../decode/packet.js'
import type { CaptureRecord } from './capture-rows.js'
import type { FlowRow, TransactionRow } from './case-rows.js'
import { FlowFollower, FollowedFlow } from './flow-follower.js'
import { MarkedFrames } from './marked-frames.js'
import type { RunFacts } from './run-rows.js'

export interface Wanted {
  /** Rows whose packets are wanted. */
  readonly rows: readonly TransactionRow[]
  /** Flows whose packets are wanted, and how many from the first; none = all. */
  readonly flows: readonly { readonly row: FlowRow; readonly limit?: number | undefined }[]
}

export interface CaseFacts {
  /** By id. */
  readonly captures: ReadonlyMap<number, CaptureRecord>
  readonly runs: ReadonlyMap<number, RunFacts>
}

const SECOND = 1_000_000_000n

export class Selection {
  readonly flows: readonly FollowedFlow[]
  /** Of the packet last asked for. */
  flow: FollowedFlow | undefined
  rows: readonly TransactionRow[] = []
  more = false

  /** The packet last asked for, decoded, when it is of a flow. */
  readonly packet = new Packet()
  private readonly marks = new Map<number, MarkedFrames>()
  private readonly followers = new Map<number, FlowFollower>()

  constructor(
    readonly wanted: Wanted,
    private readonly facts: CaseFacts,
  ) {
    this.flows = wanted.flows.map(({ row, limit }) => new FollowedFlow(row, limit))
    const named = new Set(wanted.rows.flatMap(({ ranges }) => ranges.map(({ captureId }) => captureId)))
    for (const id of named) this.marks.set(id, new MarkedFrames(wanted.rows, id))
    const byRun = new Map<number, FollowedFlow[]>()
    for (const flow of this.flows) {
      const run = this.runOf(flow.row.captureId)
      const others = byRun.get(run)
      if (others) others.push(flow)
      else byRun.set(run, [flow])
    }
    for (const [run, flows] of byRun) this.followers.set(run, new FlowFollower(flows))
  }

  /** The captures that may hold a wanted packet, by id. */
  captures(): CaptureRecord[] {
    const spans = new Map<number, { first: bigint; last: bigint }[]>()
    for (const { row } of this.flows) {
      const run = this.runOf(row.captureId)
      const list = spans.get(run) ?? []
      list.push({ first: row.firstNs, last: row.lastNs })
      spans.set(run, list)
    }
    const holds = ({ id, runId, firstNs, lastNs }: CaptureRecord): boolean =>
      this.marks.has(id) ||
      (firstNs !== null && lastNs !== null && (spans.get(runId) ?? []).some(({ first, last }) => firstNs <= last && lastNs >= first))
    return [...this.facts.captures.values()].filter(holds).sort((a, b) => a.id - b.id)
  }

  /** Whether frame `i` of the block is wanted; `flow`, `rows` and `more` then say what for. */
  wants(capture: CaptureRecord, block: FrameBlock, i: number, linkType: number): boolean {
    const frame = block.firstFrame + i
    const marks = this.marks.get(capture.id)
    const rows = marks ? marks.at(frame) : NONE
    const flow = this.flowOf(capture, block, i, linkType)
    this.flow = flow
    this.rows = rows
    this.more = marks?.more ?? false
    return flow !== undefined || marks?.marked === true
  }

  /** Whether no packet behind this frame of the capture is wanted, as far as rows and flows of its run say. */
  isOver(capture: CaptureRecord, frame: number): boolean {
    return frame >= (this.marks.get(capture.id)?.last ?? 0) && (this.followers.get(capture.runId)?.done ?? true)
  }

  private flowOf(capture: CaptureRecord, block: FrameBlock, i: number, linkType: number): FollowedFlow | undefined {
    const follower = this.followers.get(capture.runId)
    const sec = block.sec[i]!
    if (!follower?.mayConcern(sec)) return undefined
    const nsec = block.nsec[i]!
    if (this.isOutside(capture.runId, sec, nsec)) return undefined
    const p = this.packet
    const result = decode(p, linkType, block.buf, block.offset[i]!, block.captured[i]!, block.original[i]!)
    return namesFlow(p, result) ? follower.see(p, sec, nsec) : undefined
  }

  /** Outside of what the run was told to take. */
  private isOutside(runId: number, sec: number, nsec: number): boolean {
    const run = this.facts.runs.get(runId)
    if (!run || (run.startNs === undefined && run.endNs === undefined)) return false
    const at = BigInt(sec) * SECOND + BigInt(nsec)
    return (run.startNs !== undefined && at < run.startNs) || (run.endNs !== undefined && at > run.endNs)
  }

  /** The run that read a capture; -1 when the case does not have it. */
  runOf(captureId: number): number {
    return this.facts.captures.get(captureId)?.runId ?? -1
  }
}

const NONE: readonly TransactionRow[] = []
