import { defineProtocol } from '../protocol.js'
import { CertificateStore } from './certificate.js'
import { TlsCorrelator } from './correlator.js'
import { DatagramParser } from './datagram-parser.js'
import { tlsFields } from './fields.js'
import { Talk } from './messages.js'
import { tlsOptions } from './options.js'
import { probe } from './probe.js'
import { RecordParser, type Services } from './record-parser.js'

/** TLS, its ancestors and DTLS: what a handshake shows, and how much went by behind it. */
export const tls = defineProtocol({
  name: 'tls',
  doc: 'One handshake of TLS, SSL or DTLS with what the connection carried behind it, written when the connection ends.',
  spec: [
    'RFC 8446',
    'RFC 5246',
    'RFC 4346',
    'RFC 2246',
    'RFC 6101',
    'RFC 9147',
    'RFC 6347',
    'RFC 6066',
    'RFC 7301',
    'RFC 6520',
    'RFC 5280',
  ],
  transports: ['tcp', 'udp'],
  ports: [443, 993, 995, 5223, 8443, 8883, 9243, 465, 563, 636, 853, 989, 990, 992, 994, 3269, 5061, 5349, 5671, 5684, 6443, 6697],
  fields: tlsFields,
  derived: {
    resource: { sql: 't."server_name"', holds: (row, common) => common.resource === row.server_name },
    query: { sql: `'HANDSHAKE' || ifnull(' ' || t."server_name", '')`, holds: () => true },
  },
  options: tlsOptions,
  anomalies: {
    'tls.record-malformed': 'What stands where a record should begin is none; the next one was searched for.',
    'tls.handshake-size': 'A handshake message is longer than what is put together; it was passed over.',
    'tls.certificate-unreadable': 'A certificate cannot be read; only its hashes are told.',
    'tls.certificates-cut': 'A side sent more certificates than are read, or one that is too large.',
    'tls.heartbleed': 'A heartbeat asks for more than it brings, or an answer is much longer than what asked for it.',
    'tls.downgrade': 'The server says by its random that it can do better than what was chosen, and so could the client.',
  },
  /** One record in the clear is held at most. */
  maxHeld: 65536,
  shared: () => new CertificateStore(),
  probe,
  open(session) {
    const talk = new Talk()
    const raw = session.options.include_raw_certificates
    const services: Services = {
      certificate: (der) => session.shared.read(der, raw),
      hold: (bytes) => session.hold?.(bytes) ?? true,
      anomaly: (code, detail) => session.anomaly(code, undefined, detail),
      opaque: (bytes) => session.opaque?.(bytes),
    }
    const Parser = session.flow.transport === 'udp' ? DatagramParser : RecordParser
    return {
      client: new Parser(true, talk, services),
      server: new Parser(false, talk, services),
      correlator: new TlsCorrelator(session, talk),
    }
  },
})
