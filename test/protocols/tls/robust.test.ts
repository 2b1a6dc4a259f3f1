import { describe, expect, it } from 'vitest'
import type { Step } from '../../support/drive.js'
import {
  certificates,
  changed,
  clientHello,
  clientKey,
  extension,
  finished,
  full,
  handshake,
  helloDone,
  join,
  keyExchange,
  message,
  only,
  record,
  run,
  sealed,
  serverHello,
  u16,
} from './build.js'
import { der } from './certificate.js'

describe('loss', () => {
  it('inside an encrypted record loses nothing else', async () => {
    const data = sealed(10_000)
    const tx = await only([
      ...full(),
      ['server', data.subarray(0, 3000)],
      ['gap', 'server', 4000],
      ['server', data.subarray(7000)],
      ['server', sealed(26, 21)],
    ])
    expect(tx).toMatchObject({ status: 'OK', complete: 'complete' })
    expect(tx.row).toMatchObject({ server_application_bytes: 6000, server_encrypted_alerts: 1 })
    expect(tx.notes).toEqual(['4000 bytes behind the handshake were not captured: the byte counts are too small'])
    expect(tx.anomalies).toEqual([])
  })
  it('of whole records: the next header is found', async () => {
    const tx = await only([...full(), ['gap', 'server', 5000], ['server', join(Buffer.alloc(777, 0xa7), sealed(400), sealed(26, 21))]])
    expect(tx.row).toMatchObject({ server_application_bytes: 400, server_encrypted_alerts: 1 })
  })
  it('in the handshake makes it lost, and what follows is still told', async () => {
    const steps: Step[] = [
      ['client', handshake(clientHello())],
      ['server', handshake(serverHello())],
      ['gap', 'server', 1460],
      ['server', handshake(keyExchange, helloDone)],
      ['client', join(handshake(clientKey), changed, finished)],
      ['server', join(changed, finished)],
    ]
    const tx = await only(steps)
    expect(tx).toMatchObject({ complete: 'lost', status: 'OK', notes: ['1460 bytes of the handshake were not captured'] })
    expect(tx.row).toMatchObject({ established: true, cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256', curve: 'x25519' })
  })
  it('of the change of ciphers: data on both sides tells that it took place', async () => {
    const tx = await only([
      ['client', handshake(clientHello())],
      ['server', handshake(serverHello(), keyExchange, helloDone)],
      ['gap', 'client', 126],
      ['gap', 'server', 51],
      ['client', sealed(90)],
      ['server', sealed(900)],
    ])
    expect(tx).toMatchObject({ complete: 'lost', status: 'OK' })
  })
})

describe('what does not belong', () => {
  it('garbage between records is passed over, once', async () => {
    const tx = await only([...full(), ['client', join(Buffer.alloc(300, 0x41), sealed(60), sealed(26, 21))]])
    expect(tx.anomalies).toEqual(['tls.record-malformed'])
    expect(tx.row).toMatchObject({ client_application_bytes: 60 })
  })
  it('a side without any record in 256 KB is given up', async () => {
    const junk: Step[] = Array.from({ length: 5 }, () => ['client', Buffer.alloc(65_536, 0x41)] as const)
    const { verdicts, anomalies } = await run([...full(), ...junk])
    expect(verdicts).toContain('malformed')
    expect(anomalies).toEqual(['tls.record-malformed'])
  })
  it('certificates that are none give their hashes, and the row', async () => {
    for (const junk of [Buffer.from('no certificate'), Buffer.from([0x30, 0x84, 0xff, 0xff, 0xff, 0xff]), der.subarray(0, 90)]) {
      const tx = await only(full(clientHello(), serverHello(), certificates(junk)))
      expect(tx.anomalies).toEqual(['tls.certificate-unreadable'])
      expect(tx.row).toMatchObject({
        established: true,
        server_certificate_problems: ['unreadable'],
        server_sha256: expect.any(String),
        server_subject: undefined,
      })
    }
  })
  it('any byte of a certificate may be wrong', async () => {
    for (let at = 0; at < der.length; at++)
      for (const bit of [0x01, 0x80]) {
        const bad = Buffer.from(der)
        bad[at]! ^= bit
        expect((await only(full(clientHello(), serverHello(), certificates(bad)))).row.established).toBe(true)
      }
  })
  it('any byte of a hello may be wrong', async () => {
    const hello = handshake(
      clientHello({
        extensions: [extension.sni('a.example'), extension.alpn('h2'), extension.keyShare(29), extension.versions(0x0304), extension.psk],
      }),
    )
    for (let at = 5; at < hello.length; at++)
      for (const bit of [0x01, 0x10, 0x80]) {
        const bad = Buffer.from(hello)
        bad[at]! ^= bit
        await run([['client', bad], ...full().slice(1)])
      }
  })
  it('more certificates than are read are counted', async () => {
    const tx = await only(full(clientHello(), serverHello(), certificates(...Array.from({ length: 20 }, () => der))))
    expect(tx.anomalies).toEqual(['tls.certificates-cut'])
    expect(tx.row.server_certificates).toHaveLength(16)
  })
  it('a message of 16 MB is passed over', async () => {
    const huge = join(Buffer.from([11, 0xff, 0xff, 0xff]), Buffer.alloc(60_000))
    const pieces = [record(22, huge.subarray(0, 16_000)), record(22, huge.subarray(16_000, 32_000))]
    const tx = await only([
      ['client', handshake(clientHello())],
      ['server', join(handshake(serverHello()), ...pieces)],
    ])
    expect(tx.anomalies).toEqual(['tls.handshake-size'])
    expect(tx.complete).toBe('truncated')
  })
  it('a heartbeat that asks for more than it brings', async () => {
    const beat = record(24, join(Buffer.from([1]), u16(16_384), Buffer.alloc(16)))
    expect((await only([...full().slice(0, 2), ['client', beat]])).anomalies).toEqual(['tls.heartbleed'])
  })
  it('an encrypted heartbeat whose answer is much longer', async () => {
    expect((await only([...full(), ['client', sealed(60, 24)], ['server', sealed(16_000, 24)]])).anomalies).toEqual(['tls.heartbleed'])
  })
  it('encrypted handshake records are no messages', async () => {
    const tx = await only([...full(), ['client', sealed(90, 22)], ['server', sealed(120, 22)]])
    expect(tx.anomalies).toEqual([])
  })
})

describe('holding', () => {
  it('nothing of encrypted records is asked for again', async () => {
    const { verdicts } = await run([...full(), ['server', sealed(16_384)]], { chunk: 100 })
    expect(verdicts.filter((verdict) => verdict === 'need-more').length).toBeLessThan(12)
  })
  it('a stream that begins with data is counted, not kept', async () => {
    const steps: Step[] = Array.from({ length: 200 }, () => ['server', sealed(16_000)] as const)
    expect((await run(steps)).transactions).toEqual([])
  })
})

describe('SSL 2.0', () => {
  const old = (version: number, ciphers: string): Buffer => {
    const list = Buffer.from(ciphers, 'hex')
    const body = join(Buffer.from([1]), u16(version), u16(list.length), u16(0), u16(16), list, Buffer.alloc(16, 3))
    return join(u16(0x8000 | body.length), body)
  }

  it('a hello in its format, answered with a newer version', async () => {
    const tx = await only([
      ['client', old(0x0301, '00000500000a010080')],
      ...full(clientHello(), serverHello({ version: 0x0301, ciphers: [5] })).slice(1),
    ])
    expect(tx).toMatchObject({ status: 'OK', complete: 'complete' })
    expect(tx.row).toMatchObject({
      version: '1.0',
      supported_ciphers: ['TLS_RSA_WITH_RC4_128_SHA', 'TLS_RSA_WITH_3DES_EDE_CBC_SHA', 'SSL_CK_RC4_128_WITH_MD5'],
    })
    expect(tx.row.ja3).toBeUndefined()
  })
  it('all the way', async () => {
    const answer = join(Buffer.from([4, 0, 1, 0, 2]), u16(der.length), u16(3), u16(16), der, Buffer.from('010080', 'hex'), Buffer.alloc(16))
    const key = join(Buffer.from([2]), Buffer.from('010080', 'hex'), u16(0), u16(128), u16(0), Buffer.alloc(128))
    const framed = (body: Buffer): Buffer => join(u16(0x8000 | body.length), body)
    const steps: Step[] = [
      ['client', old(2, '010080')],
      ['server', framed(answer)],
      ['client', framed(key)],
      ['server', framed(Buffer.alloc(33, 0xa7))],
      ['client', framed(Buffer.alloc(40, 0xa7))],
    ]
    for (const chunk of [1, 3, 1000]) {
      const tx = await only(steps, { chunk })
      expect(tx).toMatchObject({ status: 'OK' })
      expect(tx.row).toMatchObject({
        version: '2.0',
        version_protocol: 'ssl',
        cipher: 'SSL_CK_RC4_128_WITH_MD5',
        server_serial_number: 'FF01',
      })
    }
  })
})

it('reads the status of a stapled OCSP response', async () => {
  const status = message(22, join(Buffer.from([1, 0, 0, 5]), Buffer.from([0x30, 0x03, 0x0a, 1, 0])))
  const tx = await only([
    ['client', handshake(clientHello())],
    ['server', handshake(serverHello(), certificates(der), status, keyExchange, helloDone)],
  ])
  expect(tx.row.ocsp_response).toBe('successful')
})
