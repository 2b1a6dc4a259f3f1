/** Listens to the engine while it reads one flow: which protocols were asked, what they said, what followed. */
import type { Cursor } from '../../bytes/cursor.js'
import type { FlowEventKind, ProbeAnswer, ProbeRound } from '../../model/flow-ledger.js'
import type { Side, Transport } from '../../model/side.js'
import { AnomalyLog, type Where } from '../../pipeline/anomaly-log.js'
import type { Engine } from '../../pipeline/engine.js'
import type { EngineWatch } from '../../pipeline/engine-watch.js'
import type { Likeness, Look, Verdict } from '../../protocols/protocol.js'
import type { Flow, RoleBy } from '../../streams/flow.js'
import { type EventFacts, EventLog } from './event-log.js'
import { WatchedDatagrams } from './watched-datagrams.js'
import type { ProtocolListener } from './watched-protocol.js'
import { WatchedStream } from './watched-stream.js'

/** Why `it` is the client. */
const roleTexts: Readonly<Record<RoleBy, string>> = {
  syn: 'it sent the SYN',
  'syn-ack': 'the other one sent the SYN-ACK; the SYN was not captured',
  protocol: 'the protocol that was found says so; no handshake was captured',
  port: 'the other one has the port of a service; no handshake was captured',
  'first-packet': 'it sent the first packet; nothing better is known',
}

interface Round {
  readonly flow: Flow
  readonly transport: Transport
  /** Bytes shown of the sender of the first packet, and of the other. */
  a: number
  b: number
  readonly yes: ProbeAnswer[]
  readonly maybe: ProbeAnswer[]
  readonly no: Set<string>
}

/** Tells of each anomaly as it is found. */
class HeardAnomalies extends AnomalyLog {
  constructor(private readonly hear: (code: string, message: string, where: Where) => void) {
    super()
  }

  override add(code: string, message: string, where: Where = {}, count = 1): void {
    super.add(code, message, where, count)
    this.hear(code, message, where)
  }
}

export class FlowWatch implements EngineWatch, ProtocolListener {
  readonly log = new EventLog()
  readonly anomalies: AnomalyLog
  /** The reader of the flow; of the last one when its packets make several. */
  reader: WatchedStream | WatchedDatagrams | undefined
  private engine: Engine | undefined
  private round: Round | undefined
  /** What a parser looks at. */
  private reading: { readonly side: Side; readonly cur: Cursor; readonly from: number } | undefined

  constructor() {
    this.anomalies = new HeardAnomalies((code, message, { offset }) => {
      const { flow } = this
      if (!flow) return
      const text = `${code}: ${message}`
      const { reading } = this
      if (reading) this.reader!.anomaly(text, code, reading.side, reading.cur, reading.from)
      else {
        this.tell(flow, 'anomaly', text, { offset, alike: code })
        if (code.startsWith('internal.')) this.fail(flow, 'anomaly', text, { offset }, NONE, NONE)
      }
    })
  }

  get flow(): Flow | undefined {
    return this.reader?.flow
  }

  // ---- for the engine --------------------------------------------------------------------------------------------------
  stream(flow: Flow, engine: Engine): WatchedStream {
    return this.opened(new WatchedStream(flow, engine, this), flow, engine)
  }

  datagrams(flow: Flow, engine: Engine, oneWay: boolean): WatchedDatagrams {
    return this.opened(new WatchedDatagrams(flow, engine, oneWay, this), flow, engine)
  }

  private opened<T extends WatchedStream | WatchedDatagrams>(reader: T, flow: Flow, engine: Engine): T {
    const second = this.reader !== undefined
    this.reader = reader
    this.engine = engine
    if (second) this.tell(flow, 'split', 'read again, the packets make another flow from here on')
    return reader
  }

  // ---- for the readers -------------------------------------------------------------------------------------------------
  tell(flow: Flow, kind: FlowEventKind, text: string, facts: EventFacts = {}): void {
    this.log.add(kind, text, flow, this.engine!.ref, facts)
  }

  fail(flow: Flow, kind: FlowEventKind, text: string, facts: EventFacts, before: Buffer, after: Buffer): void {
    this.log.fail(kind, text, flow, this.engine!.ref, facts, before, after)
  }

  tellRoles(flow: Flow): void {
    this.tell(flow, 'roles', `the client is the ${flow.clientIsA ? 'sender' : 'receiver'} of the first packet: ${roleTexts[flow.roleBy]}`)
  }

  choiceText(name: string, by: string, tunnelled: boolean): string {
    if (tunnelled && by === 'upgrade') return `${name} reads on behind the upgrade`
    return by === 'port'
      ? `${name} was chosen by port: its probe left it open, no more bytes came to settle it, and one of the ports is its own`
      : `${name} was chosen by content: it was the first whose probe said yes`
  }

  // ---- for the protocols -----------------------------------------------------------------------------------------------
  beginRound(transport: Transport, flow: Flow): void {
    this.endRound()
    this.round = { flow, transport, a: 0, b: 0, yes: [], maybe: [], no: new Set() }
  }

  answered(protocol: string, answer: Likeness, look: Look, client: number, server: number): void {
    const { round } = this
    if (!round) return
    const asIs = look.flow.clientPort === round.flow.portA && (look.flow.clientPort !== look.flow.serverPort || round.flow.clientIsA)
    round.a = asIs ? client : server
    round.b = asIs ? server : client
    if (answer === 'no') {
      round.no.add(protocol)
      return
    }
    round[answer].push({ protocol, hinted: look.hinted, client_port: look.flow.clientPort, server_port: look.flow.serverPort })
  }

  /** Whether anybody was asked. */
  endRound(): boolean {
    const { round } = this
    this.round = undefined
    if (!round || round.yes.length + round.maybe.length + round.no.size === 0) return false
    const named = new Set([...round.yes, ...round.maybe].map(({ protocol }) => protocol))
    for (const name of named) round.no.delete(name)
    const candidates = this.engine!.protocols.candidates(round.transport, round.flow.portA, round.flow.portB).map(({ name }) => name)
    const asked: ProbeRound = {
      client_bytes: round.flow.clientIsA ? round.a : round.b,
      server_bytes: round.flow.clientIsA ? round.b : round.a,
      yes: round.yes,
      maybe: round.maybe,
      no: [...round.no],
      not_asked: candidates.filter((name) => !named.has(name) && !round.no.has(name)),
    }
    this.tell(round.flow, 'asked', roundText(asked), { asked, alike: `${names(asked.yes)}/${names(asked.maybe)}/${asked.no.join()}` })
    return true
  }

  looks(side: Side, cur: Cursor): void {
    this.reading = { side, cur, from: cur.pos }
  }

  looked(side: Side, protocol: string, verdict: Verdict | undefined, cur: Cursor, from: number): void {
    this.reading = undefined
    if (verdict) this.reader?.looked(side, protocol, verdict, cur, from)
  }
}

const NONE = Buffer.alloc(0)

const names = (answers: readonly ProbeAnswer[]): string =>
  [...new Set(answers.map(({ protocol, hinted }) => (hinted ? `${protocol} (its port)` : protocol)))].join(', ')

function roundText(asked: ProbeRound): string {
  const parts = [
    ...(asked.yes.length > 0 ? [`${names(asked.yes)} says yes`] : []),
    ...(asked.maybe.length > 0 ? [`${names(asked.maybe)} ${asked.maybe.length > 1 ? 'say' : 'says'} maybe`] : []),
    ...(asked.no.length > 0 ? [`no: ${asked.no.join(', ')}`] : []),
    ...(asked.not_asked.length > 0 ? [`not asked: ${asked.not_asked.join(', ')}`] : []),
  ]
  return `asked about ${asked.client_bytes} bytes of the client, ${asked.server_bytes} of the server: ${parts.join('; ')}`
}
