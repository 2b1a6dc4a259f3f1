/** What DNS, mDNS and LLMNR do alike with a conversation: read messages, say what is wrong with them, pair them or not. */
import type { Instant } from '../../../model/instant.js'
import type { EndReason, Side } from '../../../model/side.js'
import type { Trace } from '../../../model/trace.js'
import type { Completeness, Transaction } from '../../../model/transaction.js'
import type { OptionsOf } from '../../../schema/options.js'
import { defineOptions, flag } from '../../../schema/options.js'
import type { Conversation, Correlator, Session } from '../../protocol.js'
import { failureText, methodOf, questionText } from './columns.js'
import { type NameStyle, nameTable } from './domain-name.js'
import { dumpMessage } from './dump.js'
import { type Exchange, Exchanges, isCut } from './exchange.js'
import { type Dialect, type DnsMessage, MAX_RECORDS } from './message.js'
import { Opcode } from './names.js'
import { noteEdns, noteMessage, notes } from './notes.js'
import { type Complain, DatagramParser, StreamParser } from './parser.js'

/** Options of all three, with the sections' default. */
export const sectionOptions = (fallback: boolean) =>
  defineOptions({
    include_authorities: flag('Keep the records of the authority section.', fallback),
    include_additionals: flag('Keep the records of the additional section.', fallback),
  })
export type SectionOptions = OptionsOf<ReturnType<typeof sectionOptions>>

/** What a protocol of the family reports; the codes are its name and these. */
export const oddities = (name: string): Readonly<Record<string, string>> => ({
  [`${name}.malformed`]: 'A message contradicts itself or the format; what could be read of it is kept.',
  [`${name}.empty`]: 'A message over TCP has the length 0.',
  [`${name}.resync`]: 'Bytes after a gap did not start with a message and were passed over.',
  [`${name}.record-data`]: 'The data of a record does not have the form of its type and is kept as bytes.',
  [`${name}.trailing`]: 'Bytes follow the last record of a message.',
  [`${name}.waiting`]: 'Too many queries waited in one conversation; the oldest was closed as unanswered.',
})

export interface Family<R> {
  readonly name: string
  readonly style: NameStyle
  readonly classFlag: boolean
  /** Queries and responses meet in this conversation. Otherwise each message is a transaction of its own. */
  readonly paired: boolean
  /** A response without its query is ordinary: it was asked for elsewhere, or by nobody. */
  readonly unasked: boolean
  row(exchange: Exchange, message: DnsMessage): R
}

// biome-ignore lint/suspicious/noExplicitAny: a session of any row; `emit` is only given what `family.row` makes.
type AnySession = Session<any, SectionOptions>

export function openFamily<R>(session: AnySession, family: Family<R>): Conversation<DnsMessage> {
  const { options } = session
  // The two come from the options common to all protocols, which the pipeline adds.
  const common = options as { send_request?: boolean; send_response?: boolean }
  const dumps = common.send_request === true || common.send_response === true
  const dialect: Dialect = {
    names: nameTable(family.style),
    classFlag: family.classFlag,
    authorities: options.include_authorities || dumps,
    additionals: options.include_additionals || dumps,
  }
  const complain: Complain = (what, why) => session.anomaly(`${family.name}.${what}`, undefined, why)
  const stream = session.flow.transport === 'tcp'
  const parser = () => (stream ? new StreamParser(dialect, complain) : new DatagramParser(dialect, complain))
  return {
    client: parser(),
    server: parser(),
    correlator: new FamilyCorrelator(session, family, stream, common.send_request === true, common.send_response === true),
  }
}

class FamilyCorrelator<R> implements Correlator<DnsMessage> {
  private readonly exchanges: Exchanges

  constructor(
    private readonly session: AnySession,
    private readonly family: Family<R>,
    private readonly stream: boolean,
    private readonly sendRequest: boolean,
    private readonly sendResponse: boolean,
  ) {
    this.exchanges = new Exchanges(
      stream,
      (exchange) => this.session.emit(this.transaction(exchange)),
      (at) => this.session.anomaly(`${this.family.name}.waiting`, at),
    )
  }

  see(side: Side, m: DnsMessage, at: Trace): void {
    if (m.fault !== '' || m.oddRecords > 0 || m.trailing > 0) this.report(m, at)
    if (this.family.paired) this.exchanges.see(side, m, at)
    else this.session.emit(this.transaction(alone(side, m, at)))
  }

  gap(side: Side): void {
    this.exchanges.gap(side)
  }

  end(_why: EndReason, at: Instant): void {
    this.exchanges.end(at)
  }

  private report(m: DnsMessage, at: Trace): void {
    const { name } = this.family
    if (m.fault !== '' && !m.cut) {
      const why = m.fault === 'short' ? 'The message ends before what it announces.' : m.fault
      this.session.anomaly(`${name}.malformed`, at, `${why} (byte ${m.faultAt})`)
    }
    if (m.oddRecords > 0) this.session.anomaly(`${name}.record-data`, at)
    if (m.trailing > 0) this.session.anomaly(`${name}.trailing`, at, `${m.trailing} bytes follow the last record.`)
  }

  private transaction(x: Exchange): Transaction<R> {
    const { query, response, notes: list } = x
    // One of the two is always there.
    const m = (response ?? query)!
    const unasked = query === undefined && (this.family.unasked || !this.family.paired)
    if (unasked || !this.family.paired) list.length = 0
    if (query !== undefined && isOdd(query)) noteMessage(list, query, '')
    if (response !== undefined) {
      if (isOdd(response)) noteMessage(list, response, 'Response: ')
      if (response.truncated) list.push(notes.cutByServer)
      if (query !== undefined && response.fault === '') noteEdns(list, query, response, !this.stream)
    }
    if (m.answerCount > MAX_RECORDS && m.answers !== undefined) list.push(notes.capped(m.answers.length, m.answerCount))
    if (x.asker === 'server' && this.family.paired && !unasked)
      list.push(query === undefined ? notes.answeredByClient : notes.askedByServer)
    const asked = query ?? m
    const update = m.opcode === Opcode.Update
    const failed =
      this.family.paired && !unasked ? response === undefined || query === undefined || m.rcode !== 0 : m.isResponse && m.rcode !== 0
    const row = this.family.row(x, m)
    return {
      request: x.request,
      response: x.answer,
      complete: unasked && x.complete === 'orphan-response' ? completeAlone(m) : x.complete,
      status: failed ? 'Error' : 'OK',
      user: asked.key !== undefined && asked.keyAlgorithm !== 'gss-tsig' ? asked.key : undefined,
      method: methodOf(m),
      resource: subject(query, m),
      query: (m.name === undefined ? undefined : questionText(m)) ?? (query && questionText(query)),
      params: undefined,
      error: response === undefined || response.rcode === 0 ? undefined : failureText(response),
      rows: update ? asked.authorityCount : response === undefined ? undefined : response.answerCount,
      request_bytes: undefined,
      response_bytes: undefined,
      notes: list.length === 0 ? undefined : list,
      request_text: this.sendRequest && query !== undefined ? dumpMessage(query) : undefined,
      response_text: this.sendResponse && response !== undefined ? dumpMessage(response) : undefined,
      row,
    }
  }
}

const isOdd = (m: DnsMessage): boolean => m.fault !== '' || m.oddRecords > 0 || m.trailing > 0

/** What it is about: the question, or the first record of an announcement. */
function subject(query: DnsMessage | undefined, m: DnsMessage): string | undefined {
  return m.name?.text ?? query?.name?.text ?? m.answers?.[0]?.name
}

const completeAlone = (m: DnsMessage): Completeness => (isCut(m) ? 'truncated' : 'complete')

/** A message that nothing is paired with: its bytes count for the side that sent it. */
function alone(side: Side, m: DnsMessage, at: Trace): Exchange {
  const response = m.isResponse
  return {
    asker: 'client',
    query: response ? undefined : m,
    response: response ? m : undefined,
    request: side === 'client' ? at : undefined,
    answer: side === 'client' ? undefined : at,
    complete: completeAlone(m),
    messages: response ? 1 : 0,
    retransmissions: 0,
    notes: [],
  }
}
