/** One exchange as a transaction. */
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { SipSession } from './correlator.js'
import type { Exchange } from './exchange.js'
import type { SipRow } from './fields.js'
import { maskMessage } from './masking.js'
import { rowOf } from './row.js'

export const notes = {
  unanswered: 'No final response to this request was captured.',
  orphan: 'No request for this response was captured.',
  noInvite: 'The INVITE that this ACK belongs to was not captured on this flow.',
  unacknowledged: 'The final response to this INVITE was not acknowledged in the capture.',
  lost: 'Bytes of the responding side were lost while this request waited.',
  more: 'More responses came than are listed.',
  cut: 'The message is cut: what stood behind is not in the row.',
}

export function transactionOf(exchange: Exchange, session: SipSession): Transaction<SipRow> {
  const { request, final, method } = exchange
  const { send_request, send_response } = session.options
  const secret = (text: string): string => session.secret(text)
  const row = rowOf(exchange, session)
  const code = final?.status?.code
  const lone = method === 'ACK' && request !== undefined
  const uri = row.request_uri
  return {
    request: exchange.requestTrace,
    response: exchange.responseTrace,
    answered: exchange.finalAt,
    complete: completeness(exchange, lone),
    status: lone || (code !== undefined && code < 400) ? 'OK' : 'Error',
    user: exchange.user,
    method: method || undefined,
    resource: uri,
    query: uri === undefined ? undefined : `${method} ${uri}`,
    error: code !== undefined && code >= 400 ? row.status_phrase || String(code) : undefined,
    notes: notesOf(exchange, lone),
    request_text: send_request && request ? maskMessage(request, secret) : undefined,
    response_text: send_response && exchange.response ? maskMessage(exchange.response, secret) : undefined,
    row,
  }
}

function completeness({ request, final, response, gapped }: Exchange, lone: boolean): Completeness {
  if (request?.lost || response?.lost) return 'lost'
  if (request?.cut || response?.cut) return 'truncated'
  if (!request) return 'orphan-response'
  if (final || lone) return 'complete'
  return gapped ? 'lost' : 'no-response'
}

function notesOf(exchange: Exchange, lone: boolean): string[] | undefined {
  const { request, final } = exchange
  const said: string[] = []
  if (lone) said.push(notes.noInvite)
  else if (!request) said.push(notes.orphan)
  else if (!final) said.push(exchange.gapped ? notes.lost : notes.unanswered)
  else if (exchange.method === 'INVITE' && exchange.acked === undefined) said.push(notes.unacknowledged)
  if (request?.cut || exchange.response?.cut) said.push(notes.cut)
  if (exchange.provisionals > exchange.provisional.length || exchange.forked > exchange.forks.length) said.push(notes.more)
  if (exchange.elsewhere !== undefined) said.push(`A response came on another flow: ${exchange.elsewhere}.`)
  return said.length === 0 ? undefined : said
}
