/** A transaction as a Packetbeat 8 / ECS document. */
import type { FlowView } from '../../model/flow-view.js'
import { framesText, refCapture } from '../../model/trace.js'
import { answeredAt, durationOf, type Transaction } from '../../model/transaction.js'
import { DocumentShape, gather, type RelatedKind } from '../../schema/document.js'
import type { Row } from '../../schema/fields.js'
import { jsonString, jsonText } from '../../schema/json-text.js'
import type { TransactionRecord, TransactionSchema } from '../sink.js'
import { GEO_PATHS, geoValues } from './geo-fields.js'
import { isoJson } from './iso-text.js'
import { PROCESS_PATHS, processValues } from './process-fields.js'

/** In document order. */
const ENVELOPE = [
  '@timestamp',
  'type',
  'status',
  'event.kind',
  'event.category',
  'event.type',
  'event.dataset',
  'event.outcome',
  'event.reason',
  'event.start',
  'event.end',
  'event.duration',
  'method',
  'query',
  'resource',
  'params',
  'client.ip',
  'client.port',
  'client.bytes',
  'server.ip',
  'server.port',
  'server.bytes',
  'source.ip',
  'source.port',
  'source.bytes',
  'destination.ip',
  'destination.port',
  'destination.bytes',
  'network.type',
  'network.transport',
  'network.protocol',
  'network.bytes',
  'network.community_id',
  'network.direction',
  'user.name',
  'related.ip',
  'related.hosts',
  'related.user',
  'related.hash',
  'error.message',
  'tags',
  'audit.tx',
  'audit.flow',
  'audit.capture',
  'audit.frames',
  'audit.complete',
  'request',
  'response',
  ...PROCESS_PATHS,
  ...GEO_PATHS,
] as const
export const transactionEnvelope: readonly string[] = ENVELOPE

const slot = (path: (typeof ENVELOPE)[number]): number => ENVELOPE.indexOf(path)
const S = {
  timestamp: slot('@timestamp'),
  type: slot('type'),
  status: slot('status'),
  kind: slot('event.kind'),
  category: slot('event.category'),
  eventType: slot('event.type'),
  dataset: slot('event.dataset'),
  outcome: slot('event.outcome'),
  reason: slot('event.reason'),
  start: slot('event.start'),
  end: slot('event.end'),
  duration: slot('event.duration'),
  method: slot('method'),
  query: slot('query'),
  resource: slot('resource'),
  params: slot('params'),
  clientIp: slot('client.ip'),
  clientPort: slot('client.port'),
  clientBytes: slot('client.bytes'),
  serverIp: slot('server.ip'),
  serverPort: slot('server.port'),
  serverBytes: slot('server.bytes'),
  sourceIp: slot('source.ip'),
  sourcePort: slot('source.port'),
  sourceBytes: slot('source.bytes'),
  destinationIp: slot('destination.ip'),
  destinationPort: slot('destination.port'),
  destinationBytes: slot('destination.bytes'),
  networkType: slot('network.type'),
  transport: slot('network.transport'),
  protocol: slot('network.protocol'),
  networkBytes: slot('network.bytes'),
  communityId: slot('network.community_id'),
  direction: slot('network.direction'),
  user: slot('user.name'),
  relatedIp: slot('related.ip'),
  relatedHosts: slot('related.hosts'),
  relatedUser: slot('related.user'),
  relatedHash: slot('related.hash'),
  error: slot('error.message'),
  tags: slot('tags'),
  tx: slot('audit.tx'),
  flow: slot('audit.flow'),
  capture: slot('audit.capture'),
  frames: slot('audit.frames'),
  complete: slot('audit.complete'),
  request: slot('request'),
  response: slot('response'),
} as const

const PROCESSES = ENVELOPE.indexOf(PROCESS_PATHS[0])
const GEO = ENVELOPE.indexOf(GEO_PATHS[0])
const DEFAULT_EVENT_TYPE = ['connection', 'protocol']
const outcomes: Readonly<Record<Transaction<Row>['status'], string>> = {
  OK: '"success"',
  Error: '"failure"',
  'Client Error': '"failure"',
  'Server Error': '"failure"',
  NO_REPLY: '"unknown"',
}

const textOf = (text: string | undefined): string | undefined => (text === undefined ? undefined : jsonString(text))
/** A side that said nothing has no byte count, as in Packetbeat. */
const bytesOf = (bytes: number): string | undefined => (bytes === 0 ? undefined : String(bytes))

export class TransactionDocument {
  private readonly shape: DocumentShape
  private lastFlow: FlowView | undefined
  private hasProcesses = false
  private hasGeo = false

  constructor(
    schema: TransactionSchema,
    private readonly captures: readonly string[],
  ) {
    this.shape = new DocumentShape(schema, ENVELOPE)
    const { values } = this.shape
    values[S.type] = values[S.dataset] = values[S.protocol] = jsonString(schema.name)
    values[S.kind] = '"event"'
    values[S.category] = '["network"]'
    values[S.eventType] = jsonText(schema.eventType ?? DEFAULT_EVENT_TYPE)
  }

  text(record: TransactionRecord): string {
    const { flow, tx } = record
    const { request, response } = tx
    const first = request ?? response
    const home = first ? refCapture(first.refs[0]!) : flow.capture
    return this.told(record, home, framesText(home, request, response))
  }

  /** The same for a record whose packets are told by a text; `frames` counts in the capture with the ordinal `home`. */
  told({ id, flow, tx, tags }: TransactionRecord, home: number, frames: string): string {
    const { values } = this.shape
    const { request, response } = tx
    if (flow !== this.lastFlow) this.setFlow(flow)
    const first = request ?? response
    values[S.timestamp] = isoJson(first?.first.sec ?? 0, first?.first.nsec ?? 0)
    values[S.status] = jsonString(tx.status)
    values[S.outcome] = outcomes[tx.status]
    values[S.reason] = textOf(tx.error)
    values[S.start] = request ? isoJson(request.first.sec, request.first.nsec) : undefined
    const end = answeredAt(tx)
    values[S.end] = end ? isoJson(end.sec, end.nsec) : undefined
    const duration = durationOf(tx)
    values[S.duration] = duration >= 0 ? String(duration) : undefined
    values[S.method] = textOf(tx.method)
    values[S.query] = textOf(tx.query)
    values[S.resource] = textOf(tx.resource)
    values[S.params] = textOf(tx.params)
    const asked = tx.request_bytes ?? request?.bytes ?? 0
    const answered = tx.response_bytes ?? response?.bytes ?? 0
    values[S.clientBytes] = values[S.sourceBytes] = bytesOf(asked)
    values[S.serverBytes] = values[S.destinationBytes] = bytesOf(answered)
    values[S.networkBytes] = bytesOf(asked + answered)
    values[S.user] = textOf(tx.user)
    const notes = tx.notes
    values[S.error] = notes === undefined || notes.length === 0 ? undefined : jsonText(notes.length === 1 ? notes[0] : notes)
    values[S.tags] = tags === undefined || tags.length === 0 ? undefined : jsonText(tags)
    values[S.tx] = jsonString(id)
    values[S.capture] = textOf(this.captures[home])
    values[S.frames] = jsonString(frames)
    values[S.complete] = jsonString(tx.complete)
    values[S.request] = textOf(tx.request_text)
    values[S.response] = textOf(tx.response_text)
    this.setProcesses(flow)
    this.shape.setColumns(tx.row)
    this.setRelated(flow, tx)
    return this.shape.text()
  }

  /** Known some time after the flow began; files know none. */
  private setProcesses(flow: FlowView): void {
    const { processes } = flow
    if (processes === undefined && !this.hasProcesses) return
    this.hasProcesses = processes !== undefined
    const { values } = this.shape
    processValues(processes).forEach((value, i) => {
      values[PROCESSES + i] = value
    })
  }

  private setFlow(flow: FlowView): void {
    this.lastFlow = flow
    const { values } = this.shape
    const ports = flow.transport === 'tcp' || flow.transport === 'udp'
    values[S.clientIp] = values[S.sourceIp] = jsonString(flow.client.ip)
    values[S.serverIp] = values[S.destinationIp] = jsonString(flow.server.ip)
    values[S.clientPort] = values[S.sourcePort] = ports ? String(flow.client.port) : undefined
    values[S.serverPort] = values[S.destinationPort] = ports ? String(flow.server.port) : undefined
    values[S.networkType] = flow.ipVersion === 6 ? '"ipv6"' : '"ipv4"'
    values[S.transport] = jsonString(flow.transport)
    values[S.communityId] = jsonString(flow.communityId)
    values[S.direction] = textOf(flow.direction)
    values[S.flow] = jsonString(flow.id)
    if (flow.geo === undefined && !this.hasGeo) return
    this.hasGeo = flow.geo !== undefined
    geoValues(flow.geo).forEach((value, i) => {
      values[GEO + i] = value
    })
  }

  private setRelated(flow: FlowView, tx: Transaction<Row>): void {
    const { values } = this.shape
    const ips = [flow.client.ip]
    if (flow.server.ip !== flow.client.ip) ips.push(flow.server.ip)
    values[S.relatedIp] = this.gathered('ip', tx.row, ips)
    values[S.relatedHosts] = this.gathered('hosts', tx.row)
    values[S.relatedUser] = this.gathered('user', tx.row, tx.user === undefined || tx.user === '' ? undefined : [tx.user])
    values[S.relatedHash] = this.gathered('hash', tx.row)
  }

  private gathered(kind: RelatedKind, row: Row, start?: string[]): string | undefined {
    const names = this.shape.related[kind]
    let all = start
    for (let i = 0; i < names.length; i++) {
      const value = row[names[i]!]
      if (value === undefined || value === null) continue
      all ??= []
      gather(all, value)
    }
    return all === undefined || all.length === 0 ? undefined : jsonText(all)
  }
}
