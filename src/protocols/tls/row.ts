/** A handshake as a row. */
import type { FlowView } from '../../model/flow-view.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Completeness } from '../../model/transaction.js'
import type { RowOf } from '../../schema/fields.js'
import type { OptionsOf } from '../../schema/options.js'
import type { Certificate } from './certificate.js'
import { listed, problemsOf, x509Of } from './certificate-row.js'
import { cipherName } from './cipher-names.js'
import * as names from './code-names.js'
import { alertList, alertTypes, chosenAlpn, detailedOf } from './detailed.js'
import type { Alert, Exchange } from './exchange.js'
import type { tlsFields } from './fields.js'
import { ja3, ja3s, ja4 } from './fingerprints.js'
import type { tlsOptions } from './options.js'

export type TlsRow = RowOf<typeof tlsFields>
export type TlsOptions = OptionsOf<typeof tlsOptions>

export interface Bytes {
  readonly client_bytes: number
  readonly server_bytes: number
  readonly client_application_bytes: number
  readonly server_application_bytes: number
  readonly heartbeats: number
}

export function tlsRow(exchange: Exchange, options: TlsOptions, flow: FlowView, bytes: Bytes): TlsRow {
  const { client, server, resumption } = exchange
  const version = exchange.version === 0 ? undefined : names.versionParts(exchange.version)
  const cipher = exchange.cipher === undefined ? undefined : cipherName(exchange.cipher)
  const group = exchange.group !== undefined && (names.is13(exchange.version) || cipher?.includes('_ECDH')) ? exchange.group : undefined
  const sec = (exchange.request ?? exchange.response)?.first.sec ?? 0
  const name = client?.serverNames?.[0]
  const theirs = certificateColumns(exchange.certificates.server, options, sec, name)
  const own = certificateColumns(exchange.certificates.client, options, sec, undefined)
  // The numbers that count are not in the old format, or not all of them were captured.
  const whole = client && !client.ssl2 && !client.damaged
  const three = whole ? ja3(client) : undefined
  const four = whole ? ja4(client, flow.transport === 'udp' ? 'd' : 't') : undefined
  const answer = server && !server.damaged ? ja3s(server) : undefined
  // Every column in one literal: rows then have one shape, which is several times faster than adding to it.
  return {
    established: exchange.established,
    version: version?.number,
    version_protocol: version?.protocol,
    cipher,
    curve: group === undefined ? undefined : names.groupName(group),
    server_name: name,
    next_protocol: chosenAlpn(exchange),
    alpn: client?.alpn,
    alpn_first: client?.alpn?.[0],
    resumed: resumption !== undefined,
    resumption,
    ticket_offered: client && (client.psk || (client.ticket ?? 0) > 0),
    early_data: client?.earlyData,
    hello_retry: exchange.retry || exchange.verify,
    encrypted_client_hello: client?.ech,
    ja3: three?.hash,
    ja3_string: three?.text,
    ja3s: answer?.hash,
    ja3s_string: answer?.text,
    ja4: four?.hash,
    ja4_r: four?.text,
    client_hello_version: client && names.versionName(client.version),
    supported_versions: client?.supportedVersions?.map(names.versionName),
    supported_ciphers: client?.ciphers.map(cipherName),
    supported_groups: client?.groups?.map(names.groupName),
    key_shares: client?.keyShares?.map(names.groupName),
    signature_algorithms: client?.signatures?.map(names.signatureName),
    point_formats: client?.pointFormats?.map(names.pointFormatName),
    psk_modes: client?.pskModes?.map(names.pskModeName),
    compression_methods: client?.compressions.map(names.compressionName),
    compression: server && names.compressionName(server.compression),
    client_extensions: client?.extensions.map(names.extensionName),
    server_extensions: server?.extensions.map(names.extensionName),
    client_session_id: client?.sessionId || undefined,
    server_session_id: server?.sessionId || undefined,
    client_random: client?.random || undefined,
    server_random: server?.random || undefined,
    server_subject: theirs?.subject,
    server_issuer: theirs?.issuer,
    server_alternative_names: theirs?.alternativeNames,
    server_not_before: theirs?.notBefore,
    server_not_after: theirs?.notAfter,
    server_serial_number: theirs?.serial,
    server_sha1: theirs?.sha1,
    server_sha256: theirs?.sha256,
    server_md5: theirs?.md5,
    server_certificate_problems: theirs?.problems,
    server_x509: theirs?.x509,
    server_certificates: theirs?.all,
    server_certificate_chain: theirs?.raw,
    ocsp_response: exchange.ocsp === undefined ? undefined : names.ocspStatusName(exchange.ocsp),
    client_certificate_requested: exchange.certificateRequested,
    client_certificate_given: own !== undefined,
    client_subject: own?.subject,
    client_issuer: own?.issuer,
    client_not_before: own?.notBefore,
    client_not_after: own?.notAfter,
    client_serial_number: own?.serial,
    client_sha1: own?.sha1,
    client_sha256: own?.sha256,
    client_md5: own?.md5,
    client_certificate_problems: own?.problems,
    client_x509: own?.x509,
    client_certificates: own?.all,
    client_certificate_chain: own?.raw,
    alerts: alertList(exchange),
    alert_types: alertTypes(exchange),
    client_encrypted_alerts: exchange.encryptedAlerts.client || undefined,
    server_encrypted_alerts: exchange.encryptedAlerts.server || undefined,
    renegotiations: exchange.renegotiations,
    heartbeats: bytes.heartbeats || undefined,
    client_bytes: bytes.client_bytes,
    server_bytes: bytes.server_bytes,
    client_application_bytes: bytes.client_application_bytes,
    server_application_bytes: bytes.server_application_bytes,
    detailed: options.include_detailed_fields ? detailedOf(exchange, options.send_certificates) : undefined,
  }
}

/** What the sender's own certificate says; undefined when none was sent. */
function certificateColumns(all: readonly Certificate[], options: TlsOptions, sec: number, name: string | undefined) {
  const [first] = all
  if (!first) return undefined
  const { fingerprints, send_certificates, include_raw_certificates } = options
  const problems = problemsOf(first, sec, name)
  return {
    problems: problems.length === 0 ? undefined : problems,
    subject: first.subject?.text,
    issuer: first.issuer?.text,
    notBefore: first.notBefore,
    notAfter: first.notAfter,
    md5: fingerprints.includes('md5') ? first.md5 : undefined,
    sha1: fingerprints.includes('sha1') ? first.sha1 : undefined,
    sha256: fingerprints.includes('sha256') ? first.sha256 : undefined,
    serial: first.serial,
    alternativeNames: first.alternativeNames.length === 0 ? undefined : first.alternativeNames,
    x509: send_certificates ? x509Of(first) : undefined,
    all: all.map(listed),
    raw: include_raw_certificates ? all.map((one) => one.pem ?? '') : undefined,
  }
}

/** The alert that ended it: the first fatal one, else the last. */
const decisive = (alerts: readonly Alert[]): Alert | undefined => alerts.find(({ level }) => level === 2) ?? alerts[alerts.length - 1]

export function errorOf(exchange: Exchange): string | undefined {
  if (exchange.established) return undefined
  if (exchange.refused) return 'encrypted alert from the client'
  const alert = decisive(exchange.alerts)
  return alert && `${names.alertName(alert.code)}: alert from the ${alert.source}`
}

const SIDES: readonly Side[] = ['client', 'server']

export function notesOf(exchange: Exchange, complete: Completeness, why: EndReason): string[] | undefined {
  const notes: string[] = []
  const { lost, lostLater } = exchange
  if (lost > 0) notes.push(`${lost} bytes of the handshake were not captured`)
  if (lostLater > 0) notes.push(`${lostLater} bytes behind the handshake were not captured: the byte counts are too small`)
  if (exchange.request && !exchange.client && lost === 0) notes.push('the beginning of the handshake was not captured')
  if (exchange.client?.damaged) notes.push('the ClientHello is cut or malformed')
  if (exchange.server?.damaged) notes.push('the ServerHello is cut or malformed')
  if (complete === 'truncated' && !exchange.established && exchange.client)
    notes.push(why === 'eof' ? 'the capture ends before the handshake does' : 'the connection ends before the handshake does')
  if (exchange.refused) notes.push('an encrypted record as short as an alert came in place of the Finished of the client')
  if (exchange.refusedLater)
    notes.push('all that the server sent behind the handshake is one encrypted record as short as an alert: it may have refused the client')
  for (const side of SIDES)
    if (exchange.certificates[side].some((one) => !one.readable)) notes.push(`a certificate of the ${side} is unreadable`)
  return notes.length === 0 ? undefined : notes
}
