/** Follows the handshake of a connection and gives its row when the connection ends, so that bytes and alerts are complete. */
import type { Instant } from '../../model/instant.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Correlator, Session } from '../protocol.js'
import { Exchange } from './exchange.js'
import type { ClientHello } from './hello.js'
import type { Talk, TlsMessage } from './messages.js'
import { errorOf, notesOf, type TlsOptions, type TlsRow, tlsRow } from './row.js'

export class TlsCorrelator implements Correlator<TlsMessage> {
  private exchange: Exchange
  /** Counters when this handshake began. */
  private before = { client: [0, 0], server: [0, 0] }

  constructor(
    // biome-ignore lint/suspicious/noExplicitAny: what the conversations share is of no concern here.
    private readonly session: Session<TlsRow, TlsOptions, any>,
    private readonly talk: Talk,
  ) {
    this.exchange = new Exchange(talk)
  }

  see(side: Side, message: TlsMessage, at: Trace): void {
    for (const event of message) if (event.kind === 'client-hello' && this.isNew(event.hello)) this.renew()
    const exchange = this.exchange
    if (side === 'client') exchange.request = join(exchange.request, at)
    else exchange.response = join(exchange.response, at)
    for (const event of message) {
      if (event.kind === 'client-hello' && this.talk.random === '') this.talk.random = event.hello.random
      exchange.see(side, event, at)
    }
  }

  gap(_side: Side, bytes: number): void {
    if (this.exchange.established) this.exchange.lostLater += bytes
    else this.exchange.lost += bytes
  }

  end(why: EndReason, _at: Instant): void {
    this.finish(why)
  }

  /** A hello with another random: the same client tries once more, or begins a handshake of its own behind the first. */
  private isNew(hello: ClientHello): boolean {
    const { client, retry, verify, server, established } = this.exchange
    if (established) return true
    if (!client || hello.random === client.random) return false
    return server !== undefined || !(retry || verify)
  }

  private renew(): void {
    this.finish('upgrade')
    const { client, server } = this.talk
    this.before = { client: [client.bytes, client.application], server: [server.bytes, server.application] }
    this.talk.begin()
    this.exchange = new Exchange(this.talk)
  }

  private finish(why: EndReason): void {
    const exchange = this.exchange
    if (!exchange.begun) return
    exchange.countLastAlerts()
    const { client, server } = this.talk
    const { before } = this
    const row = tlsRow(exchange, this.session.options, this.session.flow, {
      client_bytes: client.bytes - before.client[0]!,
      server_bytes: server.bytes - before.server[0]!,
      client_application_bytes: client.application - before.client[1]!,
      server_application_bytes: server.application - before.server[1]!,
      heartbeats: client.heartbeats + server.heartbeats,
    })
    if (exchange.downgraded) this.session.anomaly('tls.downgrade', exchange.response, `to ${exchange.versionText}`)
    if (exchange.certificates.client.length > 0 || exchange.certificates.server.length > 0) this.judge(exchange)
    const complete = completenessOf(exchange)
    const name = row.server_name
    const user = exchange.established ? exchange.certificates.client[0]?.subject : undefined
    const tx: Transaction<TlsRow> = {
      request: exchange.request,
      response: exchange.response,
      answered: exchange.answered,
      complete,
      status: exchange.established ? 'OK' : 'Error',
      user: user && (user.commonName ?? user.text),
      method: 'HANDSHAKE',
      resource: name,
      query: name === undefined ? 'HANDSHAKE' : `HANDSHAKE ${name}`,
      error: errorOf(exchange),
      // As in Packetbeat: what travels encrypted is no size that could be compared with other protocols.
      request_bytes: 0,
      response_bytes: 0,
      notes: notesOf(exchange, complete, why),
      row,
    }
    this.session.emit(tx)
  }

  private judge(exchange: Exchange): void {
    for (const side of ['client', 'server'] as const)
      if (exchange.certificates[side].some((certificate) => !certificate.readable))
        this.session.anomaly('tls.certificate-unreadable', side === 'client' ? exchange.request : exchange.response, `from the ${side}`)
    if (exchange.unread > 0) this.session.anomaly('tls.certificates-cut', exchange.response, `${exchange.unread} left out`)
  }
}

function completenessOf(exchange: Exchange): Completeness {
  const { client, request, response, established } = exchange
  if (exchange.lost > 0) return 'lost'
  if (!request) return 'orphan-response'
  if (!response) return 'no-response'
  if (!client || client.damaged) return 'truncated'
  return established || exchange.refused || exchange.alerts.some(({ level, code }) => level === 2 || code === 0) ? 'complete' : 'truncated'
}

/** The first trace is ours to grow. */
function join(trace: Trace | undefined, at: Trace): Trace {
  if (!trace) return at.copy()
  trace.extend(at)
  return trace
}
