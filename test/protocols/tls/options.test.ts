import { expect, it } from 'vitest'
import { readCertificate } from '../../../src/protocols/tls/certificate.js'
import { problemsOf } from '../../../src/protocols/tls/certificate-row.js'
import { cipherName } from '../../../src/protocols/tls/cipher-names.js'
import { versionName } from '../../../src/protocols/tls/code-names.js'
import { certificates, clientHello, extension, full, handshake, only, serverHello } from './build.js'
import { der } from './certificate.js'

const steps = full(clientHello(), serverHello(), certificates(der, der))

it('fingerprints, certificates and details are told as asked for', async () => {
  const usual = await only(steps)
  expect(usual.row).toMatchObject({ server_md5: undefined, server_sha1: expect.any(String), server_sha256: expect.any(String) })
  expect(usual.row.server_certificate_chain).toBeUndefined()
  const options = { fingerprints: ['md5'], send_certificates: false, include_raw_certificates: true, include_detailed_fields: false }
  const { row } = await only(steps, { options })
  expect(row).toMatchObject({ server_md5: expect.any(String), server_sha1: undefined, server_x509: undefined, detailed: undefined })
  expect(row.server_certificate_chain).toEqual([
    expect.stringMatching(/^-----BEGIN CERTIFICATE-----\n[\s\S]+\n-----END CERTIFICATE-----\n$/),
    expect.any(String),
  ])
})

it('tls.detailed is the object of Packetbeat', async () => {
  const hello = clientHello({
    session: Buffer.alloc(4, 1),
    extensions: [
      extension.sni('a.example'),
      extension.ticket(0),
      extension.empty(23),
      extension.keyShare(29),
      extension.versions(0x0304, 0x0303),
    ],
  })
  const { row } = await only(
    full(hello, serverHello({ extensions: [extension.empty(0xff01), extension.empty(0)] }), certificates(der, der)),
  )
  expect(row.detailed).toMatchObject({
    version: 'TLS 1.2',
    client_hello: {
      version: '3.3',
      session_id: '01010101',
      extensions: {
        server_name_indication: ['a.example'],
        session_ticket: '',
        supported_versions: ['TLS 1.3', 'TLS 1.2'],
        _unparsed_: ['23', '51'],
      },
    },
    server_hello: { selected_compression_method: 'NULL', extensions: { _unparsed_: ['renegotiation_info', 'server_name_indication'] } },
    server_certificate_chain: [{ serial_number: 'FF01' }],
  })
})

it('a certificate is judged by the time of the packet and the name asked for', () => {
  const certificate = readCertificate(der, false)
  const during = Date.parse(certificate.notBefore!) / 1000 + 1
  const after = Date.parse(certificate.notAfter!) / 1000 + 1
  expect(problemsOf(certificate, during, 'www.example.org')).toEqual(['self-signed'])
  expect(problemsOf(certificate, during, 'A.QUAY.example.org')).toEqual(['self-signed'])
  expect(problemsOf(certificate, during, 'a.b.quay.example.org')).toEqual(['self-signed', 'name-mismatch'])
  expect(problemsOf(certificate, after, '192.0.2.1')).toEqual(['expired', 'self-signed'])
})

it('a certificate is told field by field', () => {
  expect(readCertificate(der, false)).toMatchObject({
    version: 3,
    serial: 'FF01',
    keyAlgorithm: 'ECDSA',
    keySize: 256,
    curve: 'secp256r1',
    signatureAlgorithm: 'ECDSA-SHA256',
    alternativeNames: ['www.example.org', '*.quay.example.org', '192.0.2.1'],
    selfSigned: true,
    issuer: { parts: { country: 'DE', organization: 'Harbour', organizational_unit: 'Quay', common_name: 'www.example.org' } },
  })
})

it('JA3 and JA4 agree with others where nothing is sent but one cipher', async () => {
  const { row } = await only([['client', handshake(clientHello({ ciphers: [0x002f] }))]])
  expect(row).toMatchObject({
    ja3_string: '771,47,,,',
    ja3: 'fde4273625b2ac63bd01d9c500dac91b',
    ja4: 't12i010000_ba72b8082249_000000000000',
    ja4_r: 't12i010000_002f_',
  })
})

it('GREASE counts in no fingerprint, and JA4 takes the ends of what is no letter in hex', async () => {
  const extensions = [
    extension.empty(0x1a1a),
    extension.sni('a.example'),
    extension.alpn('\xab\xcd'),
    extension.groups(0x2a2a, 29),
    extension.versions(0x3a3a, 0x0304),
  ]
  const { row } = await only([['client', handshake(clientHello({ ciphers: [0x0a0a, 0x1301], extensions }))]])
  expect(row.ja3_string).toBe('771,4865,0-16-10-43,29,')
  expect(row.ja4_r).toBe('t13d0104ad_1301_000a,002b')
})

it('names', () => {
  expect([0x0000, 0x002f, 0x1301, 0xc02f, 0xcca8, 0x00ff, 0xff85, 0x010080].map(cipherName)).toEqual([
    'TLS_NULL_WITH_NULL_NULL',
    'TLS_RSA_WITH_AES_128_CBC_SHA',
    'TLS_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
    'TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256',
    'TLS_EMPTY_RENEGOTIATION_INFO_SCSV',
    '(unknown:0xff85)',
    'SSL_CK_RC4_128_WITH_MD5',
  ])
  expect([0x0002, 0x0300, 0x0301, 0x7f1c, 0xfefd, 0x1234].map(versionName)).toEqual([
    'SSL 2.0',
    'SSL 3.0',
    'TLS 1.0',
    'TLS 1.3',
    'DTLS 1.2',
    '(unknown:0x1234)',
  ])
})
