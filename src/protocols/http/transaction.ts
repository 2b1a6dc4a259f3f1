/** Makes the row of an exchange: everything that is text is built here, once, when both halves are known. */
import type { BodySink } from '../../model/body-sink.js'
import { nanosecondsBetween } from '../../model/instant.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Session } from '../protocol.js'
import { maskBody } from './body-masking.js'
import { bodyText } from './content.js'
import { readCredentials } from './credentials.js'
import { blankRow, type HttpRow } from './fields.js'
import type { Half } from './half.js'
import type { Head } from './head.js'
import { headerMap, headText, trailerMap } from './header-map.js'
import { type Masking, REDACTED } from './masking.js'
import { mediaType } from './media-type.js'
import type { Fault } from './messages.js'
import type { HttpOptions } from './options.js'
import type { Tunnels } from './tunnels.js'
import type { Exchange } from './turns.js'
import { addressesIn, extensionOf, type Host, readTarget, splitHost } from './url.js'

export type AllOptions = HttpOptions & { readonly send_request: boolean; readonly send_response: boolean }
type HttpSession = Session<HttpRow, HttpOptions, Tunnels>

/** Characters of form parameters that go to `params`; what is longer is a document, not parameters. */
const MAX_PARAMS = 64 << 10

/** Where the request half puts what is common to all protocols. */
interface Common {
  method: string | undefined
  resource: string | undefined
  query: string | undefined
  params: string | undefined
  user: string | undefined
}

export function transactionOf(
  exchange: Exchange,
  upgrade: string | undefined,
  /** The end of the tunnel that the exchange went through, if any. */
  tunnel: Host | undefined,
  options: AllOptions,
  masking: Masking,
  session: HttpSession,
): Transaction<HttpRow> {
  const { request, response } = exchange
  const row = blankRow()
  const notes: string[] = []
  const common: Common = { method: undefined, resource: undefined, query: undefined, params: undefined, user: undefined }
  let requestText: string | undefined
  let responseText: string | undefined
  if (request) {
    requestText = fillRequest(row, common, notes, request, tunnel, options, masking, session)
    if (!response) notes.push('Unmatched request')
  }
  if (response) {
    if (!request) notes.push('Unmatched response')
    responseText = fillResponse(row, notes, response, options, masking)
    if (request) {
      const wait = nanosecondsBetween(request.trace.last, response.trace.first)
      if (wait >= 0) row.wait_ns = wait
    }
  }
  row.version = row.response_version ?? row.request_version
  if (exchange.interim) row.interim = exchange.interim
  if (upgrade !== undefined) row.upgrade = upgrade.slice(0, 64).toLowerCase()
  const code = row.status_code
  const refused = typeof code === 'number' && code >= 400
  // The rest of the answer never came: the client saw a failure, whatever the status line had promised.
  const ended = response?.fault
  const brokenOff = ended === 'reset' ? 'connection reset' : ended === 'closed' ? 'connection closed' : undefined
  if (exchange.unsent) notes.push('The request body was announced and refused, so it was not sent')
  const responseTrace = withInterim(exchange)
  return {
    request: request?.trace,
    response: responseTrace,
    complete: completeness(exchange),
    status: refused || brokenOff !== undefined || !request || !response ? 'Error' : 'OK',
    user: common.user,
    method: common.method,
    resource: common.resource,
    query: common.query,
    params: common.params,
    error: refused ? `${code} ${masking.text(response?.head?.status?.phrase ?? '')}`.trim() : brokenOff,
    request_bytes: request ? wireBytes(request) : 0,
    response_bytes: response ? wireBytes(response) : 0,
    notes: notes.length > 0 ? notes : undefined,
    request_text: requestText,
    response_text: responseText,
    carried: carriedBy(request, response),
    row,
  }
}

function carriedBy(request: Half | undefined, response: Half | undefined): BodySink[] | undefined {
  if (!request?.out && !response?.out) return undefined
  return [request?.out, response?.out].filter((out) => out !== undefined)
}

const wireBytes = (half: Half): number => half.trace.bytes + half.missing

/** Interim responses are evidence of the answer, though not counted in its bytes. */
function withInterim({ interimTrace, response }: Exchange): Trace | undefined {
  if (!interimTrace || !response) return response?.trace ?? interimTrace
  const all = interimTrace.copy()
  all.extend(response.trace)
  return all
}

function completeness({ request, response, answerLost }: Exchange): Completeness {
  if (request?.fault === 'lost' || response?.fault === 'lost' || answerLost) return 'lost'
  if (!request) return 'orphan-response'
  if (request.fault !== '') return 'truncated'
  if (!response) return 'no-response'
  return response.fault === '' ? 'complete' : 'truncated'
}

function fillRequest(
  row: HttpRow,
  common: Common,
  notes: string[],
  half: Half,
  tunnel: Host | undefined,
  options: AllOptions,
  masking: Masking,
  session: HttpSession,
): string | undefined {
  const head = half.head!
  const line = head.request!
  const server = tunnel ?? { host: bracketed(session.flow.server.ip), port: session.flow.server.port, isAddress: true }
  const hostHeader = masking.isRedacted('host') ? REDACTED : (head.get('host') ?? '')
  const masked = masking.url(line.target)
  const target = readTarget(line.method, masked, hostHeader)
  common.method = line.method
  row.request_method = line.method
  if (line.version !== '') row.request_version = line.version
  if (line.target !== '') row.url = masked
  if (target.host !== '') {
    row.host = target.host
    if (!target.isAddress && target.host !== REDACTED) row.server_domain = target.host
  }
  if (target.absolute && line.method !== 'CONNECT' && hostHeader !== '' && !sameHost(splitHost(hostHeader).host, target.host))
    session.anomaly('http.host-conflict', half.trace, 'The request target names another one than Host.')
  // A target in absolute form names its own server; the connection's port is the proxy's.
  const port = target.port || (target.absolute ? (target.scheme === 'https' ? 443 : 80) : server.port)
  if (!target.absolute && target.port !== 0 && target.port !== server.port)
    notes.push(`Host header port ${target.port} is not the port of the connection, ${server.port}`)
  if (port !== 80) row.url_port = port
  if (target.path === undefined) common.resource = masked
  else {
    if (line.target !== '') row.path = target.path
    row.url_scheme = target.scheme
    row.url_extension = extensionOf(target.path)
    row.url_query = target.query
    common.resource = row.path
    const name = target.host || server.host
    const authority = port === 80 || (port === 443 && target.scheme === 'https') ? name : `${name}:${port}`
    row.url_full = `${target.scheme}://${authority}${target.path === '*' ? '' : target.path}${target.query ? `?${target.query}` : ''}`
  }
  common.query = common.resource === undefined ? line.method : `${line.method} ${common.resource}`
  if (target.username !== '') row.url_username = target.username
  row.user_agent = shown(head, 'user-agent', masking)
  row.referrer = shown(head, 'referer', masking)
  common.user = fillCredentials(row, head, options, masking) ?? row.url_username
  const forwarded = head.get('x-forwarded-for')
  if (forwarded !== undefined && !masking.isRedacted('x-forwarded-for')) {
    const addresses = addressesIn(forwarded)
    if (addresses.length > 0) row.forwarded_for = addresses
  }
  row.forwarded_ip = realIp(head, options, masking)
  row.request_wire_bytes = wireBytes(half)
  row.request_body_bytes = half.knownBodyBytes
  row.request_body_sha256 = half.sha256
  row.request_body_hash_of = half.hashOf
  if (half.missing > 0) row.request_missing_bytes = half.missing
  const type = head.get('content-type') ?? ''
  const media = mediaType(type)
  row.request_mime_type = media.name
  row.request_headers = headerMap(head, half.knownBodyBytes, options, masking)
  row.request_trailers = trailerMap(half.trailers, options, masking)
  noteFaults(notes, half, 'request')
  let body: string | undefined
  const include = includes(type, options.include_body_for, options.include_request_body_for)
  const { form } = media
  if (half.content && (include || form)) body = maskBody(bodyText(half.content, type), type, masking)
  if (include) row.request_body = body
  const query = target.query ?? ''
  if (form && body !== undefined && body.length <= MAX_PARAMS) common.params = query === '' ? body : `${query}&${body}`
  else if (query !== '') common.params = query
  if (!options.send_request) return undefined
  const start = head.text.slice(0, head.fieldsFrom).trimEnd()
  const startLine = masked === line.target ? start : start.replace(line.target, () => masked)
  return headText(head, startLine, options, masking) + (include ? (body ?? '') : '')
}

function fillResponse(row: HttpRow, notes: string[], half: Half, options: AllOptions, masking: Masking): string | undefined {
  const { head } = half
  row.response_wire_bytes = wireBytes(half)
  row.response_body_bytes = half.knownBodyBytes
  row.response_body_sha256 = half.sha256
  row.response_body_hash_of = half.hashOf
  if (half.missing > 0) row.response_missing_bytes = half.missing
  noteFaults(notes, half, 'response')
  if (!head) {
    row.response_version = '0.9'
    return options.send_response ? '' : undefined
  }
  const status = head.status!
  row.status_code = status.code
  if (status.phrase !== '') row.status_phrase = masking.text(status.phrase).toLowerCase()
  if (status.version !== '') row.response_version = status.version
  row.server_software = shown(head, 'server', masking)
  row.location = shown(head, 'location', masking)
  const type = head.get('content-type') ?? ''
  row.response_mime_type = mediaType(type).name
  row.response_encoding = shown(head, 'content-encoding', masking)?.toLowerCase()
  const disposition = shown(head, 'content-disposition', masking)
  if (disposition !== undefined) row.response_filename = fileName(disposition)
  row.response_headers = headerMap(head, half.knownBodyBytes, options, masking)
  row.response_trailers = trailerMap(half.trailers, options, masking)
  const include = includes(type, options.include_body_for, options.include_response_body_for)
  if (include && half.content) row.response_body = maskBody(bodyText(half.content, type), type, masking)
  if (!options.send_response) return undefined
  return headText(head, masking.text(head.text.slice(0, head.fieldsFrom).trimEnd()), options, masking) + (row.response_body ?? '')
}

const bracketed = (ip: string): string => (ip.includes(':') ? `[${ip}]` : ip)
const sameHost = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** A header that has a column of its own, as it may be shown. */
function shown(head: Head, name: Parameters<Head['get']>[0], masking: Masking): string | undefined {
  const value = head.get(name)
  return value === undefined ? undefined : masking.header(name, value)
}

/** The user behind Authorization, else behind Proxy-Authorization. */
function fillCredentials(row: HttpRow, head: Head, options: AllOptions, masking: Masking): string | undefined {
  if (options.redact_authorization) return undefined
  if (head.get('authorization') === undefined && head.get('proxy-authorization') === undefined) return undefined
  for (const name of ['authorization', 'proxy-authorization'] as const) {
    const value = head.get(name)
    if (value === undefined || masking.isRedacted(name)) continue
    const credentials = readCredentials(value)
    if (!credentials) continue
    row.auth_type ??= credentials.scheme
    if (credentials.user !== undefined) return credentials.user
  }
  return undefined
}

function realIp(head: Head, options: AllOptions, masking: Masking): string | undefined {
  if (options.real_ip_header === '') return undefined
  const name = options.real_ip_header.toLowerCase()
  if (masking.isRedacted(name)) return undefined
  const scan = head.scan()
  while (scan.step()) if (scan.name === name) return addressesIn(scan.value.split(',', 1)[0]!)[0]
  return undefined
}

const FAULTS: Readonly<Record<Exclude<Fault, ''>, (what: string) => string>> = {
  cut: (what) => `The ${what} was not captured to its end`,
  snapped: (what) => `The capture kept only the beginning of packets: the ${what} is not complete`,
  lost: (what) => `Packet loss while capturing the ${what}`,
  closed: (what) => `The connection was closed before the ${what} ended`,
  reset: (what) => `The connection was reset before the ${what} ended`,
  broken: (what) => `The ${what} does not keep to its framing`,
}

function noteFaults(notes: string[], half: Half, what: 'request' | 'response'): void {
  if (half.fault !== '') notes.push(FAULTS[half.fault](what))
  if (half.failure !== undefined) notes.push(`The ${what} body was not decoded: ${half.failure}`)
  else if (half.content && half.cropped) notes.push(`The ${what} body is kept up to ${half.content.length} bytes`)
}

export function includes(contentType: string, both: readonly string[], own: readonly string[]): boolean {
  if (both.length === 0 && own.length === 0) return false
  const type = contentType.toLowerCase()
  return both.some((part) => type.includes(part.toLowerCase())) || own.some((part) => type.includes(part.toLowerCase()))
}

/** RFC 6266: filename* (RFC 8187) before filename. Folders are not part of it. */
function fileName(disposition: string): string | undefined {
  const text = disposition.slice(0, 2048)
  const extended = /filename\*\s?=\s?[\w-]*'[\w-]*'([^;]+)/i.exec(text)?.[1]
  const plain = /filename\s?=\s?(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i.exec(text)
  const name = (extended === undefined ? (plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2]) : decodePercent(extended))?.trim()
  if (!name) return undefined
  return name.slice(Math.max(name.lastIndexOf('/'), name.lastIndexOf('\\')) + 1) || undefined
}

function decodePercent(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
