/** Packetbeat's object `tls.detailed`: the hellos extension by extension, chains and alerts. */
import { x509Of } from './certificate-row.js'
import * as names from './code-names.js'
import { Extension, is13 } from './code-names.js'
import type { Exchange } from './exchange.js'
import type { ClientHello, Hello, ServerHello } from './hello.js'

const dotted = (version: number): string => `${version >> 8}.${version & 0xff}`
const shown = (text: string): string | undefined => (text === '' ? undefined : text)
const ticketText = (length: number | undefined): string | undefined =>
  length === undefined ? undefined : length === 0 ? '' : `(${length} bytes)`

export function detailedOf(exchange: Exchange, certificates: boolean): object {
  const { client, server, alerts } = exchange
  return {
    version: exchange.versionText,
    client_certificate_requested: exchange.certificateRequested,
    resumption_method: exchange.resumption,
    ocsp_response: exchange.ocsp === undefined ? undefined : names.ocspStatusName(exchange.ocsp),
    client_hello: client && clientHello(client),
    server_hello: server && serverHello(server),
    client_certificate_chain: certificates ? chain(exchange, 'client') : undefined,
    server_certificate_chain: certificates ? chain(exchange, 'server') : undefined,
    ...(alerts.length === 0 ? {} : { alerts: alertList(exchange), alert_types: alertTypes(exchange) }),
  }
}

export const alertList = ({ alerts }: Exchange): object[] | undefined =>
  alerts.length === 0
    ? undefined
    : alerts.map(({ source, level, code }) => ({ severity: names.levelName(level), code, type: names.alertName(code), source }))

export const alertTypes = ({ alerts }: Exchange): string[] | undefined =>
  alerts.length === 0 ? undefined : [...new Set(alerts.map(({ code }) => names.alertName(code)))]

/** Those behind the sender's own. */
function chain(exchange: Exchange, side: 'client' | 'server'): object[] | undefined {
  const rest = exchange.certificates[side].slice(1)
  return rest.length === 0 ? undefined : rest.map(x509Of)
}

function clientHello(hello: ClientHello): object {
  const request = hello.statusRequest
  return {
    version: dotted(hello.version),
    random: shown(hello.random),
    session_id: shown(hello.sessionId),
    supported_compression_methods: hello.compressions.map(names.compressionName),
    extensions: {
      server_name_indication: hello.serverNames,
      application_layer_protocol_negotiation: hello.alpn,
      supported_groups: hello.groups?.map(names.groupName),
      signature_algorithms: hello.signatures?.map(names.signatureName),
      ec_points_formats: hello.pointFormats?.map(names.pointFormatName),
      session_ticket: ticketText(hello.ticket),
      supported_versions: hello.supportedVersions?.map(names.versionName),
      status_request: request && {
        type: request.type === 1 ? 'ocsp' : `(unknown:${request.type})`,
        responder_id_list_length: request.responders,
        request_extensions: request.extensions,
      },
      _unparsed_: unparsed(hello, [
        [Extension.ServerName, hello.serverNames],
        [Extension.Groups, hello.groups],
        [Extension.SignatureAlgorithms, hello.signatures],
        [Extension.StatusRequest, request],
      ]),
    },
  }
}

function serverHello(hello: ServerHello): object {
  return {
    version: dotted(hello.version),
    random: shown(hello.random),
    session_id: shown(hello.sessionId),
    selected_compression_method: names.compressionName(hello.compression),
    extensions: {
      application_layer_protocol_negotiation: hello.alpn,
      ec_points_formats: hello.pointFormats?.map(names.pointFormatName),
      session_ticket: ticketText(hello.ticket),
      supported_versions: hello.supportedVersions && names.versionName(hello.supportedVersions[0] ?? 0),
      status_request: hello.statusRequest && { response: true },
      _unparsed_: unparsed(hello, [[Extension.StatusRequest, hello.statusRequest]]),
    },
  }
}

/** Extensions that nothing else of this object tells. */
function unparsed(hello: Hello, own: readonly (readonly [type: number, value: unknown])[]): string[] | undefined {
  const told = new Set<number>()
  const all: readonly (readonly [number, unknown])[] = [
    ...own,
    [Extension.Alpn, hello.alpn],
    [Extension.PointFormats, hello.pointFormats],
    [Extension.SessionTicket, hello.ticket],
    [Extension.SupportedVersions, hello.supportedVersions],
  ]
  for (const [type, value] of all) if (value !== undefined) told.add(type)
  const rest = hello.extensions.filter((type) => !told.has(type))
  return rest.length === 0 ? undefined : rest.map(names.unparsedName)
}

/** The protocol that the server chose, where the hello shows it: TLS 1.3 encrypts its answer. */
export const chosenAlpn = ({ server, version }: Exchange): string | undefined => (is13(version) ? undefined : server?.alpn?.[0])
