/** The columns of the table `tls`. */
import { bool, defineFields, int, json, list, optional, text } from '../../schema/fields.js'

const X509 = {
  subject: { common_name: 'www.example.org', organization: 'Example', distinguished_name: 'CN=www.example.org,O=Example' },
  issuer: { common_name: 'Example CA', distinguished_name: 'CN=Example CA' },
  not_before: '2018-11-28T00:00:00.000Z',
  not_after: '2020-12-02T12:00:00.000Z',
  serial_number: '0FD078DD48F1A2BD',
  version_number: 3,
  signature_algorithm: 'SHA256-RSA',
  public_key_algorithm: 'RSA',
  public_key_size: 2048,
  alternative_names: ['www.example.org'],
}
const hash = { related: 'hash' } as const
const PROBLEMS = 'expired, not-yet-valid, self-signed, name-mismatch, weak-key, weak-signature, unreadable'
/** One list in SQL; documents have the same in `tls.detailed`. */
const inCase = { only: 'case' } as const

export const tlsFields = defineFields({
  established: bool('Both sides finished the handshake.', true),
  version: optional(text('Version chosen.', '1.3')),
  version_protocol: optional(text('Family of that version: tls, ssl or dtls.', 'tls')),
  cipher: optional(text('Cipher suite chosen.', 'TLS_AES_128_GCM_SHA256')),
  curve: optional(text('Group of the key exchange: curve, finite field or hybrid.', 'x25519')),
  server_name: optional(
    text('Host that the client asked for (SNI).', 'www.example.org', ['tls.client.server_name', 'server.domain', 'destination.domain'], {
      related: 'hosts',
    }),
  ),
  next_protocol: optional(text('Application protocol that the server chose (ALPN); TLS 1.3 hides it.', 'h2')),
  alpn: optional(list('Application protocols that the client offered.', ['h2', 'http/1.1'], 'tls.client.alpn')),
  alpn_first: optional(text('The first of them.', 'h2', 'tls.client.alpn_first', { only: 'document' })),
  resumed: bool('The handshake went on from an earlier session.', false),
  resumption: optional(text('How: id (session id), ticket, or psk (TLS 1.3).', 'psk', 'tls.resumption_method')),
  ticket_offered: optional(bool('The client offered a ticket or a pre-shared key.', false, 'tls.client.ticket_offered')),
  early_data: optional(bool('The client announced data before the handshake is over (0-RTT).', false, 'tls.client.early_data')),
  hello_retry: bool('The server had the client say hello again: HelloRetryRequest, or HelloVerifyRequest in DTLS.', false),
  encrypted_client_hello: optional(
    bool('An encrypted ClientHello is inside: server_name is the outer one.', false, 'tls.client.encrypted_client_hello'),
  ),
  ja3: optional(text('JA3 of the ClientHello.', 'e6573e91e6eb777c0933c5b8f97f10cd', 'tls.client.ja3', hash)),
  ja3_string: optional(text('What JA3 is the MD5 of.', '771,49195-49199,0-10-11,29-23,0', 'tls.client.ja3_string')),
  ja3s: optional(text('JA3S of the ServerHello.', 'ae53107a2e47ea20c72ac44821a728bf', 'tls.server.ja3s', hash)),
  ja3s_string: optional(text('What JA3S is the MD5 of.', '771,49199,65281-0-11-16', 'tls.server.ja3s_string')),
  ja4: optional(text('JA4 of the ClientHello.', 't13d1516h2_8daaf6152771_02713d6af862', 'tls.client.ja4', hash)),
  ja4_r: optional(text('JA4 with its lists instead of their hashes.', 't12i010000_002f_', 'tls.client.ja4_r')),
  client_hello_version: optional(text('Version in the ClientHello itself; TLS 1.3 says 1.2 there.', 'TLS 1.2', 'tls.client.hello_version')),
  supported_versions: optional(
    list('Versions offered in the extension of that name.', ['TLS 1.3', 'TLS 1.2'], 'tls.client.supported_versions'),
  ),
  supported_ciphers: optional(list('Cipher suites offered.', ['TLS_AES_128_GCM_SHA256'], 'tls.client.supported_ciphers')),
  supported_groups: optional(list('Groups offered for the key exchange.', ['x25519', 'secp256r1'], 'tls.client.supported_groups')),
  key_shares: optional(list('Groups for which the client sent a key share at once.', ['x25519'], 'tls.client.key_shares')),
  signature_algorithms: optional(list('Signature algorithms offered.', ['ecdsa_secp256r1_sha256'], 'tls.client.signature_algorithms')),
  point_formats: optional(list('Point formats of elliptic curves offered.', ['uncompressed'], 'tls.client.point_formats')),
  psk_modes: optional(list('Ways to use a pre-shared key that the client allows.', ['psk_dhe_ke'], 'tls.client.psk_modes')),
  compression_methods: optional(list('Compression methods offered.', ['NULL'], 'tls.client.compression_methods')),
  compression: optional(text('Compression method chosen.', 'NULL')),
  client_extensions: optional(list('Extensions of the ClientHello, in its order.', ['server_name', 'key_share'], 'tls.client.extensions')),
  server_extensions: optional(list('Extensions of the ServerHello, in its order.', ['key_share'], 'tls.server.extensions')),
  client_session_id: optional(
    text('Session id of the ClientHello, hex; in TLS 1.3 it means nothing.', 'e0181848', 'tls.client.session_id'),
  ),
  server_session_id: optional(text('Session id of the ServerHello, hex.', '23bb2aed', 'tls.server.session_id')),
  client_random: optional(text('Random of the ClientHello, hex: what a key log names a connection by.', '86380030', undefined, inCase)),
  server_random: optional(text('Random of the ServerHello, hex.', 'd1fd553a', undefined, inCase)),
  server_subject: optional(text('Whom the certificate of the server names.', 'CN=www.example.org,O=Example,C=US', 'tls.server.subject')),
  server_issuer: optional(text('Who issued it.', 'CN=Example CA,C=US', 'tls.server.issuer')),
  server_alternative_names: optional(list('All names it is for.', ['www.example.org'], undefined, { ...inCase, holds: 'host' })),
  server_not_before: optional(text('Begin of its validity.', '2018-11-28T00:00:00.000Z', 'tls.server.not_before')),
  server_not_after: optional(text('End of its validity.', '2020-12-02T12:00:00.000Z', 'tls.server.not_after')),
  server_serial_number: optional(text('Its serial number, upper-case hex.', '0FD078DD48F1A2BD', undefined, inCase)),
  server_sha1: optional(text('Its SHA-1.', '7BB698386970363D2919CC5772846984FFD4A889', 'tls.server.hash.sha1', hash)),
  server_sha256: optional(text('Its SHA-256.', '9250711C54DE546F4370E0C3D3A3EC45', 'tls.server.hash.sha256', hash)),
  server_md5: optional(text('Its MD5.', '3510C21C66BD62010FC547D3CD3F0CE6', 'tls.server.hash.md5', hash)),
  server_certificate_problems: optional(
    list(`What is wrong with it by the time of the packet: ${PROBLEMS}.`, ['expired'], 'tls.server.certificate_problems'),
  ),
  server_x509: optional(json('The certificate of the server, field by field.', X509, 'tls.server.x509')),
  server_certificates: optional(
    json('All certificates the server sent, its own first.', [{ hash: { sha1: '7BB6' }, ...X509 }], undefined, {
      ...inCase,
      holds: 'hash',
    }),
  ),
  server_certificate_chain: optional(list('The same as PEM.', ['-----BEGIN CERTIFICATE-----'], 'tls.server.certificate_chain')),
  ocsp_response: optional(text('Status of the OCSP response that the server stapled.', 'successful')),
  client_certificate_requested: bool('The server asked for a certificate; TLS 1.3 hides it.', false),
  client_certificate_given: bool('The client sent one; TLS 1.3 hides it.', false),
  client_subject: optional(text('Whom the certificate of the client names.', 'CN=alice,O=Example', 'tls.client.subject')),
  client_issuer: optional(text('Who issued it.', 'CN=Example CA', 'tls.client.issuer')),
  client_not_before: optional(text('Begin of its validity.', '2018-11-28T00:00:00.000Z', 'tls.client.not_before')),
  client_not_after: optional(text('End of its validity.', '2020-12-02T12:00:00.000Z', 'tls.client.not_after')),
  client_serial_number: optional(text('Its serial number, upper-case hex.', '36B07110', undefined, inCase)),
  client_sha1: optional(text('Its SHA-1.', '7BB698386970363D2919CC5772846984FFD4A889', 'tls.client.hash.sha1', hash)),
  client_sha256: optional(text('Its SHA-256.', 'CFFB0CDF02D664B3E19C1CE6C4C26AA5', 'tls.client.hash.sha256', hash)),
  client_md5: optional(text('Its MD5.', '3510C21C66BD62010FC547D3CD3F0CE6', 'tls.client.hash.md5', hash)),
  client_certificate_problems: optional(
    list('What is wrong with it by the time of the packet, in the same words.', ['expired'], 'tls.client.certificate_problems'),
  ),
  client_x509: optional(json('The certificate of the client, field by field.', X509, 'tls.client.x509')),
  client_certificates: optional(
    json('All certificates the client sent, its own first.', [{ hash: { sha1: '7BB6' }, ...X509 }], undefined, {
      ...inCase,
      holds: 'hash',
    }),
  ),
  client_certificate_chain: optional(list('The same as PEM.', ['-----BEGIN CERTIFICATE-----'], 'tls.client.certificate_chain')),
  alerts: optional(json('Alerts in the clear.', [{ severity: 'fatal', code: 48, type: 'unknown_ca', source: 'client' }])),
  alert_types: optional(list('Their names.', ['unknown_ca'])),
  client_encrypted_alerts: optional(
    int('Encrypted alerts of the client; in TLS 1.3 known by their length alone.', 1, 'tls.client.encrypted_alerts'),
  ),
  server_encrypted_alerts: optional(int('Encrypted alerts of the server, likewise.', 1, 'tls.server.encrypted_alerts')),
  renegotiations: int('Handshakes completed behind encryption on the same connection.', 0),
  heartbeats: optional(int('Heartbeats, both sides.', 2)),
  client_bytes: int('Bytes of TLS that the client sent, headers and handshake included.', 2048, 'tls.client.bytes'),
  server_bytes: int('Bytes of TLS that the server sent.', 65536, 'tls.server.bytes'),
  client_application_bytes: int('Of them inside encrypted data records.', 1024, 'tls.client.application_bytes'),
  server_application_bytes: int('Of them inside encrypted data records.', 61440, 'tls.server.application_bytes'),
  detailed: optional(
    json(
      'The hellos extension by extension, chains and alerts, as in Packetbeat.',
      { version: 'TLS 1.2', client_certificate_requested: false },
      'tls.detailed',
      { only: 'document' },
    ),
  ),
})
