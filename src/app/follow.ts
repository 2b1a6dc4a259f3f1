/** `audit follow`: both sides of a flow from its captures. Options in, pieces out; no flags, no terminal. */
import { openCase } from '../case/open-case.js'
import { captureRecords } from '../evidence/capture-rows.js'
import { CaptureFinder } from '../evidence/captures.js'
import { flowsOf, idsOf } from '../evidence/case-rows.js'
import { readConversation } from '../evidence/conversation.js'
import { runFacts } from '../evidence/run-rows.js'
import { Selection } from '../evidence/selection.js'
import type { ConversationPiece } from '../model/conversation-piece.js'
import type { Side } from '../model/side.js'
import { type ExitCode, exitCodes } from './exit-codes.js'
import { findAll } from './found-captures.js'

export interface FollowOptions {
  readonly path: string
  /** Id or content id. */
  readonly flow: string
  /** Where captures may be: files, and folders with all below. */
  readonly captures?: readonly string[]
  readonly signal?: AbortSignal
  readonly warn?: (message: string) => void
  /** Told the ends of the flow, before the first piece. */
  readonly begin: (ends: Readonly<Record<Side, string>>) => void
  readonly take: (piece: ConversationPiece) => void
  /** Waited for now and then. */
  readonly between?: () => Promise<void> | undefined
}

export async function followFlow(options: FollowOptions): Promise<ExitCode> {
  const { path, signal, warn, take } = options
  const db = openCase(path)
  try {
    const captures = new Map(captureRecords(db).map((capture) => [capture.id, capture]))
    const [row] = flowsOf(db, idsOf('FLOW', 'flow', [options.flow]))
    const ends = db.prepare('SELECT client_ip, client_port, server_ip, server_port FROM main.flow WHERE id = ?').get(row!.id) as Record<
      string,
      unknown
    >
    const finder = new CaptureFinder({ casePath: path, places: options.captures ?? [], signal, warn })
    const selection = new Selection({ rows: [], flows: [{ row: row! }] }, { captures, runs: runFacts(db) })
    const found = await findAll(finder, selection.captures())
    options.begin({
      client: endText(ends.client_ip, ends.client_port),
      server: endText(ends.server_ip, ends.server_port),
    })
    const client = { clientIp: String(ends.client_ip), clientPort: Number(ends.client_port) }
    await readConversation(selection, found, client, take, options.between ?? (() => undefined), { signal })
    const [flow] = selection.flows
    if (flow!.seen >= flow!.limit) return exitCodes.done
    warn?.(`flow ${row!.flow}: ${flow!.seen} of its ${flow!.limit} packets were found; it went on in captures that the case no longer has`)
    return exitCodes.damaged
  } finally {
    db.close()
  }
}

function endText(ip: unknown, port: unknown): string {
  const address = String(ip)
  if (Number(port) === 0) return address
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`
}
