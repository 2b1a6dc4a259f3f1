/** The columns of one exchange. */
import { nanosecondsBetween, toIso } from '../../model/instant.js'
import { readSeconds, readUri } from './address.js'
import { addBodies } from './body-columns.js'
import type { SipSession } from './correlator.js'
import { readCredentials } from './credentials.js'
import { type Answer, type Exchange, since } from './exchange.js'
import type { SipRow } from './fields.js'
import { maskMessage, maskUri, type Secret } from './masking.js'
import { readSequence, readVia, type SipMessage } from './message.js'
import { authResult, callOutcome, registration } from './outcome.js'
import {
  addressIn,
  causeIn,
  contactsIn,
  free,
  listIn,
  numberIn,
  partsOf,
  partsOfUri,
  singleAddress,
  tagInTo,
  textIn,
  wordsIn,
} from './row-parts.js'

export function rowOf(exchange: Exchange, session: SipSession): SipRow {
  const secret: Secret = (text) => session.secret(text)
  const { request, response, final, method } = exchange
  const options = session.options
  // An orphan response tells about the request what it repeats of it.
  const base = (request ?? response)!
  const { headers } = base
  const cseq = readSequence(headers.first('cseq'))
  const via = headers.list('via')
  const uri = partsOfUri(request?.request?.uri, secret)
  const fromAddress = singleAddress(base, 'from')
  const toAddress = singleAddress(base, 'to')
  const from = partsOf(fromAddress, secret)
  const to = partsOf(toAddress, secret)
  const contactAddress = addressIn(base, 'contact')
  const contact = partsOf(contactAddress, secret)
  const associated = partsOf(addressIn(response, 'p-associated-uri'), secret)
  const auth = authResult(exchange)
  const responseContact = addressIn(response, 'contact')?.uri.original
  const isRegister = method === 'REGISTER'
  const reasons = [...headers.list('reason'), ...(response?.headers.list('reason') ?? [])]
  const cause = causeIn(reasons)
  const topVia = readVia(via[0])
  const row: SipRow = {
    sip_method: method,
    code: response?.status?.code,
    status_phrase: response?.status ? free(response.status.reason, secret) : undefined,
    type: request ? 'request' : 'response',
    version: (request?.request ?? response?.status)!.version,
    call_id: base.callId || undefined,
    cseq: cseq && cseq.number >= 0 ? cseq.number : undefined,
    cseq_method: cseq?.method || undefined,
    branch: topVia.branch,
    requester: exchange.requester,
    methods: exchange.ack ? [method, 'ACK'] : [method],
    codes: exchange.codes.length > 0 ? exchange.codes : undefined,
    request_line: request ? free(request.startLine, secret) : undefined,
    response_line: response ? free(response.startLine, secret) : undefined,
    action: `sip-${method.toLowerCase()}`,
    application: 'sip',
    iana_number: session.flow.transport === 'tcp' ? '6' : '17',
    category: undefined,
    request_uri: uri.uri,
    request_uri_scheme: uri.scheme,
    request_uri_user: uri.user,
    request_uri_host: uri.host,
    request_uri_port: uri.port,
    from_display: from.display,
    from_uri: from.uri,
    from_scheme: from.scheme,
    from_user: from.user,
    from_host: from.host,
    from_port: from.port,
    from_tag: fromAddress?.params.get('tag') || undefined,
    to_display: to.display,
    to_uri: to.uri,
    to_scheme: to.scheme,
    to_user: to.user,
    to_host: to.host,
    to_port: to.port,
    to_tag: (response ? tagInTo(response) : undefined) ?? (toAddress?.params.get('tag') || undefined),
    contact_display: contact.display,
    contact_uri: contact.uri,
    contact_scheme: contact.scheme,
    contact_user: contact.user,
    contact_host: contact.host,
    contact_port: contact.port,
    contact_transport: contactAddress?.uri.transport ?? contactAddress?.params.get('transport'),
    contact_expires: readSeconds(contactAddress?.params.get('expires')),
    contact_q: contactAddress?.params.get('q'),
    contact_line: contactAddress?.params.get('line') ?? lineOf(contactAddress?.uri.original),
    response_contact: request && responseContact !== undefined ? maskUri(responseContact, secret) : undefined,
    associated_uri: associated.uri,
    associated_uri_scheme: associated.scheme,
    associated_uri_user: associated.user,
    associated_uri_host: associated.host,
    associated_uri_port: associated.port,
    asserted_identity: listIn(base, 'p-asserted-identity', secret),
    preferred_identity: listIn(base, 'p-preferred-identity', secret),
    remote_party_id: textIn(base, 'remote-party-id', secret),
    diversion: listIn(base, 'diversion', secret) ?? listIn(base, 'history-info', secret),
    refer_to: textIn(base, 'refer-to', secret),
    referred_by: textIn(base, 'referred-by', secret),
    replaces: textIn(base, 'replaces', secret),
    user_agent: textIn(base, 'user-agent', secret),
    response_agent: request
      ? (textIn(response, 'server', secret) ?? textIn(response, 'user-agent', secret))
      : textIn(base, 'server', secret),
    auth_scheme: undefined,
    auth_realm: undefined,
    auth_algorithm: undefined,
    auth_uri: undefined,
    auth_uri_scheme: undefined,
    auth_uri_host: undefined,
    auth_uri_port: undefined,
    auth_result: auth,
    challenge_realm: undefined,
    challenge_scheme: undefined,
    challenge_algorithm: undefined,
    registration: registration(exchange, auth),
    contacts: isRegister ? contactsIn(request, secret) : undefined,
    bindings: isRegister && (final?.status?.code ?? 999) < 300 ? contactsIn(final, secret) : undefined,
    expires: readSeconds(request?.headers.first('expires')),
    granted_expires: grantedOf(exchange),
    in_dialog: request && method !== 'REGISTER' ? tagInTo(request) !== undefined : undefined,
    call_outcome: callOutcome(exchange),
    provisional: listed(exchange, exchange.provisional),
    ringing_ns: method === 'INVITE' ? since(exchange, exchange.ringing) : undefined,
    answer_ns: method === 'INVITE' && (final?.status?.code ?? 999) < 300 ? since(exchange, exchange.finalAt) : undefined,
    ack_ns: since(exchange, exchange.acked),
    cancelled_ns: since(exchange, exchange.cancelled),
    forks: listed(exchange, exchange.forks),
    call_duration_ns: undefined,
    call_answered: undefined,
    call_from: undefined,
    call_to: undefined,
    released_by: undefined,
    reason: reasons.length > 0 ? free(reasons.join(', '), secret) : undefined,
    q850_cause: cause?.cause,
    q850_text: cause?.text,
    retransmissions: exchange.retransmissions > 0 ? exchange.retransmissions : undefined,
    response_retransmissions: exchange.finalRetransmissions > 0 ? exchange.finalRetransmissions : undefined,
    via: listIn(base, 'via', secret),
    received_from: receivedIn(response),
    route: listIn(request, 'route', secret),
    record_route: listIn(base, 'record-route', secret),
    max_forwards: numberIn(base, 'max-forwards'),
    allow: wordsIn(base, 'allow'),
    supported: listIn(base, 'supported', secret),
    required: [...(listIn(base, 'require', secret) ?? []), ...(listIn(base, 'proxy-require', secret) ?? [])],
    accept: textIn(base, 'accept', secret)?.toLowerCase(),
    response_allow: request ? wordsIn(response, 'allow') : undefined,
    response_supported: request ? listIn(response, 'supported', secret) : undefined,
    response_accept: request ? textIn(response, 'accept', secret)?.toLowerCase() : undefined,
    event: textIn(base, 'event', secret),
    subscription_state: textIn(base, 'subscription-state', secret),
    subject: textIn(base, 'subject', secret),
    warning: listIn(response, 'warning', secret),
    retry_after: textIn(response, 'retry-after', secret),
    session_expires: numberIn(base, 'session-expires'),
    rack: textIn(base, 'rack', secret),
    content_type: textIn(base, 'content-type', secret)?.toLowerCase(),
    content_length: base.contentLength,
    response_content_type: request ? textIn(response, 'content-type', secret)?.toLowerCase() : undefined,
    response_content_length: request ? response?.contentLength : undefined,
    body_parts: undefined,
    message_text: undefined,
    transfer_status: undefined,
    media: undefined,
    response_media: undefined,
    media_addresses: undefined,
    codecs: undefined,
    encrypted_media: undefined,
    sdp_version: undefined,
    sdp_owner_username: undefined,
    sdp_owner_session_id: undefined,
    sdp_owner_version: undefined,
    sdp_owner_ip: undefined,
    sdp_session_name: undefined,
    sdp_connection_info: undefined,
    sdp_connection_address: undefined,
    response_sdp_owner: undefined,
    sdp_body: undefined,
    response_sdp_body: undefined,
    original: options.keep_original ? maskMessage(base, secret) : undefined,
    response_original: options.keep_original && request && response ? maskMessage(response, secret) : undefined,
    source_ip: undefined,
    source_port: undefined,
    destination_ip: undefined,
    destination_port: undefined,
    direction: undefined,
  }
  if (row.required?.length === 0) row.required = undefined
  if (options.parse_authorization) addCredentials(row, request, response, secret)
  if (options.parse_body) addBodies(row, exchange, secret)
  if (exchange.call) addCall(row, exchange)
  if (exchange.requester === 'server') turnRound(row, session)
  return row
}

/** Phones write it as a parameter of the URI as often as of the field. */
const lineOf = (uri: string | undefined): string | undefined => (uri === undefined ? undefined : /;line=([^;?>\s]{1,128})/i.exec(uri)?.[1])

function addCredentials(row: SipRow, request: SipMessage | undefined, response: SipMessage | undefined, secret: Secret): void {
  const value = request?.headers.first('authorization') ?? request?.headers.first('proxy-authorization')
  const signed = value === undefined ? undefined : readCredentials(value)
  if (signed) {
    row.category = ['network', 'authentication']
    row.auth_scheme = signed.scheme
    row.auth_realm = signed.realm === undefined ? undefined : free(signed.realm, secret)
    row.auth_algorithm = signed.algorithm
    if (signed.uri !== undefined) {
      const uri = readUri(signed.uri)
      row.auth_uri = free(uri.original, secret)
      row.auth_uri_scheme = uri.scheme
      row.auth_uri_host = uri.host
      row.auth_uri_port = uri.port
    }
  }
  const asked = response?.headers.first('www-authenticate') ?? response?.headers.first('proxy-authenticate')
  const challenge = asked === undefined ? undefined : readCredentials(asked)
  if (challenge) {
    row.challenge_scheme = challenge.scheme
    row.challenge_realm = challenge.realm === undefined ? undefined : free(challenge.realm, secret)
    row.challenge_algorithm = challenge.algorithm
  }
}

function addCall(row: SipRow, { call, requestTrace }: Exchange): void {
  if (!call || !requestTrace) return
  const ns = nanosecondsBetween(call.answered, requestTrace.first)
  row.call_duration_ns = ns >= 0 ? ns : undefined
  row.call_answered = toIso(call.answered)
  row.call_from = call.from
  row.call_to = call.to
  row.released_by = call.callerTag === undefined ? undefined : call.callerTag === row.from_tag ? 'caller' : 'callee'
}

function listed(exchange: Exchange, answers: readonly Answer[]): Record<string, unknown>[] | undefined {
  if (answers.length === 0) return undefined
  return answers.map(({ code, status, toTag, at, contact }) => {
    const after = since(exchange, at)
    return {
      code,
      status,
      ...(after !== undefined && { after_ns: after }),
      ...(toTag !== undefined && { to_tag: toTag }),
      ...(contact !== undefined && { contact }),
    }
  })
}

/** Seconds granted: of the binding that was asked for, or of the subscription. */
function grantedOf({ method, request, final }: Exchange): number | undefined {
  if (!final || final.status!.code >= 300) return undefined
  const asked = method === 'REGISTER' && request ? addressIn(request, 'contact')?.uri.original : undefined
  const mine = asked === undefined ? undefined : final.headers.list('contact').find((one) => one.includes(asked))
  const own = mine === undefined ? undefined : /;\s*expires\s*=\s*"?(\d{1,10})/i.exec(mine)?.[1]
  return readSeconds(own ?? final.headers.first('expires'))
}

/** RFC 3261 §18.2.1 and RFC 3581: the server writes into the Via where the request came from. */
function receivedIn(response: SipMessage | undefined): string | undefined {
  const via = response?.headers.list('via')[0]
  const ip = via === undefined ? undefined : /;\s*received\s*=\s*"?([^;,\s"]{1,64})/i.exec(via)?.[1]
  const port = via === undefined ? undefined : /;\s*rport\s*=\s*(\d{1,5})/i.exec(via)?.[1]
  if (ip === undefined) return undefined
  return port === undefined ? ip : ip.includes(':') && !ip.startsWith('[') ? `[${ip}]:${port}` : `${ip}:${port}`
}

/** The flow's server asked: its document's source is the server. */
function turnRound(row: SipRow, session: SipSession): void {
  const { client, server, direction } = session.flow
  row.source_ip = server.ip
  row.source_port = server.port
  row.destination_ip = client.ip
  row.destination_port = client.port
  row.direction = direction === 'inbound' ? 'outbound' : direction === 'outbound' ? 'inbound' : undefined
}
