/**
 * Drives one protocol over scripted bytes, without captures: what the pipeline does, small enough to read.
 * Each step is one packet of one side; `chunk` re-cuts the stream bytes of every step.
 */
import { Cursor } from '../bytes/cursor.js'
import type { FlowView } from '../model/flow-view.js'
import type { EndReason, Side, Transport } from '../model/side.js'
import { packetRef, Trace } from '../model/trace.js'
import type { Transaction } from '../model/transaction.js'
import type { AnyProtocol, Parser } from '../protocols/protocol.js'
import { commonOptions, defaultsOf } from '../schema/options.js'

export type Step =
  | readonly [side: Side, bytes: string | Uint8Array]
  | readonly ['gap', side: Side, bytes: number, why?: 'snaplen']
  | readonly ['close', side: Side]

export interface Driven {
  readonly transactions: Transaction<Record<string, unknown>>[]
  readonly anomalies: string[]
  readonly upgradedTo: string | undefined
  readonly verdicts: string[]
}

export async function drive(
  protocol: AnyProtocol,
  steps: readonly Step[],
  opts: { chunk?: number; transport?: Transport; options?: object; showSecrets?: boolean; end?: EndReason; flow?: Partial<FlowView> } = {},
): Promise<Driven> {
  const transport = opts.transport ?? protocol.transports[0]!
  const datagrams = transport !== 'tcp'
  const transactions: Transaction<Record<string, unknown>>[] = []
  const anomalies: string[] = []
  const verdicts: string[] = []
  const pending: Promise<void>[] = []
  let upgradedTo: string | undefined
  const flow: FlowView = {
    id: '0123456789abcdef',
    ordinal: 1,
    transport,
    ipVersion: 4,
    client: { ip: '192.0.2.1', port: 49152 },
    server: { ip: '192.0.2.2', port: protocol.ports[0] ?? 0 },
    vlan: [],
    communityId: '1:x',
    capture: 0,
    ...opts.flow,
  }
  const conversation = protocol.open({
    flow,
    options: { ...defaultsOf(commonOptions), ...defaultsOf(protocol.options), ...opts.options },
    shared: protocol.shared?.(),
    showSecrets: opts.showSecrets ?? false,
    secret: (text) => (opts.showSecrets ? text : 'xxxxx'),
    emit: (tx, ready) => {
      transactions.push(tx as Transaction<Record<string, unknown>>)
      if (ready) pending.push(ready)
    },
    anomaly: (code) => {
      if (!(code in protocol.anomalies)) throw new Error(`undeclared anomaly ${code}`)
      anomalies.push(code)
    },
    upgradeTo: (name) => {
      upgradedTo = name
    },
  })
  interface Half {
    held: Buffer
    done: boolean
    offset: number
    want: number
  }
  const sides: Record<Side, Half> = {
    client: { held: Buffer.alloc(0), done: false, offset: 0, want: 0 },
    server: { held: Buffer.alloc(0), done: false, offset: 0, want: 0 },
  }
  const cur = new Cursor()
  let frame = 0
  const now = () => ({ sec: 1_000_000_000, nsec: frame * 1000 })
  const trace = (bytes: number, offset: number) => new Trace(packetRef(0, frame), now(), now(), bytes, offset)
  const feed = (side: Side, bytes: Buffer) => {
    const s = sides[side]
    if (s.done) return
    s.held = datagrams ? bytes : Buffer.concat([s.held, bytes])
    const parser: Parser<unknown> = conversation[side]
    let at = 0
    while (at < s.held.length) {
      if (s.held.length - at < s.want) break
      s.want = 0
      const start = at
      const verdict = parser.next(cur.reset(s.held, at, s.held.length, datagrams), (m) =>
        conversation.correlator.see(side, m, trace(cur.pos - start, s.offset + start)),
      )
      verdicts.push(verdict)
      if (verdict === 'need-more') {
        s.want = cur.want
        break
      }
      if (verdict === 'malformed' || (verdict === 'message' && cur.pos === at)) {
        s.done = true
        break
      }
      at = cur.pos
      if (verdict === 'upgrade') {
        s.done = true
        break
      }
    }
    s.offset += at
    s.held = s.held.subarray(at)
  }
  for (const step of steps) {
    frame++
    if (step[0] === 'gap') {
      const s = sides[step[1]]
      conversation.correlator.gap?.(step[1], step[2])
      if (s.done) continue
      const side = step[1]
      cur.reset(s.held, 0, s.held.length, true).cut = step[3] === 'snaplen' ? step[2] : 0
      const into = (m: unknown) => conversation.correlator.see(side, m, trace(cur.pos, s.offset))
      if ((conversation[side].gap?.(step[2], into, cur) ?? 'stop') === 'stop') s.done = true
      s.offset += s.held.length + step[2]
      s.held = Buffer.alloc(0)
      s.want = 0
    } else if (step[0] === 'close') {
      const side = step[1]
      const s = sides[side]
      if (!s.done)
        conversation[side].close?.(cur.reset(s.held, 0, s.held.length, true), 'close', (m: unknown) =>
          conversation.correlator.see(side, m, trace(s.held.length, s.offset)),
        )
      s.done = true
    } else {
      const bytes = typeof step[1] === 'string' ? Buffer.from(step[1], 'latin1') : Buffer.from(step[1])
      const chunk = datagrams ? bytes.length : (opts.chunk ?? bytes.length)
      for (let i = 0; i < bytes.length; i += chunk) feed(step[0], bytes.subarray(i, i + chunk))
    }
  }
  const why = opts.end ?? 'close'
  for (const side of ['client', 'server'] as const) {
    const s = sides[side]
    if (!s.done)
      conversation[side].close?.(cur.reset(s.held, 0, s.held.length, true), why, (m: unknown) =>
        conversation.correlator.see(side, m, trace(s.held.length, s.offset)),
      )
  }
  conversation.correlator.end(why, now())
  await Promise.all(pending)
  return { transactions, anomalies, upgradedTo, verdicts }
}

/** Rows without their traces: what must not change however the bytes are cut. */
export const rowsOf = (driven: Driven): unknown[] =>
  driven.transactions.map(({ request, response, ...tx }) => ({ ...tx, requestBytes: request?.bytes, responseBytes: response?.bytes }))
