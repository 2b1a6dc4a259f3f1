import { describe, expect, it } from 'vitest'
import type { Step } from '../../support/drive.js'
import { rowsOf } from '../../support/drive.js'
import {
  alert,
  answer13,
  certificates,
  changed,
  clientHello,
  clientKey,
  extension,
  finished,
  full,
  handshake,
  hello13,
  helloDone,
  join,
  keyExchange,
  message,
  only,
  record,
  retryRequest,
  run,
  sealed,
  serverHello,
} from './build.js'
import { der } from './certificate.js'

const id = (fill: number): Buffer => Buffer.alloc(32, fill)

describe('a handshake before TLS 1.3', () => {
  const hello = clientHello({
    ciphers: [0xc02f, 0x002f],
    extensions: [
      extension.sni('www.example.org'),
      extension.alpn('h2', 'http/1.1'),
      extension.groups(29, 23),
      extension.points,
      extension.signatures(0x0403, 0x0804),
    ],
  })
  const steps: Step[] = [
    ...full(hello, serverHello({ session: id(5), extensions: [extension.alpn('h2')] }), certificates(der)),
    ['client', sealed(100)],
    ['server', sealed(2000)],
    ['client', sealed(26, 21)],
  ]

  it('tells what both sides offered and chose', async () => {
    const tx = await only(steps)
    expect(tx).toMatchObject({ status: 'OK', complete: 'complete', resource: 'www.example.org', query: 'HANDSHAKE www.example.org' })
    expect(tx.row).toMatchObject({
      established: true,
      resumed: false,
      version: '1.2',
      version_protocol: 'tls',
      cipher: 'TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256',
      curve: 'x25519',
      next_protocol: 'h2',
      alpn: ['h2', 'http/1.1'],
      supported_groups: ['x25519', 'secp256r1'],
      signature_algorithms: ['ecdsa_secp256r1_sha256', 'rsa_pss_sha256'],
      server_subject: 'CN=www.example.org,OU=Quay+O=Harbour,C=DE',
      server_serial_number: 'FF01',
      // The clock of these tests stands in 2001.
      server_certificate_problems: ['not-yet-valid', 'self-signed'],
      client_application_bytes: 100,
      server_application_bytes: 2000,
      client_encrypted_alerts: 1,
      renegotiations: 0,
    })
    expect(tx.request_bytes).toBe(0)
    expect(tx.notes).toBeUndefined()
  })

  it('is the same however its bytes are cut', async () => {
    const whole = rowsOf(await run(steps))
    for (const chunk of [1, 2, 3, 7, 50, 500]) expect(rowsOf(await run(steps, { chunk })), String(chunk)).toEqual(whole)
  })

  it('reads messages that span records, and records with many messages', async () => {
    const flight = join(serverHello(), certificates(der), keyExchange, helloDone)
    const pieces: Buffer[] = []
    for (let at = 0; at < flight.length; at += 7) pieces.push(record(22, flight.subarray(at, at + 7)))
    const tx = await only([['client', handshake(hello)], ['server', join(...pieces)], ...full().slice(2)])
    expect(tx.row).toMatchObject({ established: true, server_sha1: expect.stringMatching(/^[0-9A-F]{40}$/) })
    const one = await only([
      ['client', handshake(hello)],
      ['server', handshake(serverHello(), certificates(der), keyExchange, helloDone)],
      ...full().slice(2),
    ])
    expect({ ...tx.row, server_bytes: 0 }).toEqual({ ...one.row, server_bytes: 0 })
  })

  it('counts renegotiations, which are encrypted', async () => {
    const again: Step[] = [
      ['server', sealed(28, 22)],
      ['client', join(sealed(300, 22), sealed(25, 20), finished)],
      ['server', join(sealed(25, 20), finished)],
    ]
    expect((await only([...full(), ...again, ['client', sealed(50)]])).row).toMatchObject({ renegotiations: 1, established: true })
  })

  it('asks for a certificate and gets one: its subject is the user', async () => {
    const tx = await only([
      ['client', handshake(hello)],
      ['server', handshake(serverHello(), certificates(der), keyExchange, message(13, Buffer.from([1, 64, 0, 2, 4, 3, 0, 0])), helloDone)],
      ['client', join(handshake(certificates(der), clientKey, message(15, Buffer.alloc(70))), changed, finished)],
      ['server', join(changed, finished)],
    ])
    expect(tx.user).toBe('www.example.org')
    expect(tx.row).toMatchObject({ client_certificate_requested: true, client_certificate_given: true, client_serial_number: 'FF01' })
  })

  it('speaks SSL 3.0 too', async () => {
    const tx = await only(full(clientHello({ version: 0x0300 }), serverHello({ version: 0x0300, ciphers: [0x0005] })))
    expect(tx.row).toMatchObject({ version: '3.0', version_protocol: 'ssl', cipher: 'TLS_RSA_WITH_RC4_128_SHA', curve: undefined })
  })
})

describe('resumption', () => {
  const short = (hello: Buffer, answer: Buffer): Step[] => [
    ['client', handshake(hello)],
    ['server', join(handshake(answer), changed, finished)],
    ['client', join(changed, finished)],
  ]

  it('by session id', async () => {
    const tx = await only(short(clientHello({ session: id(5) }), serverHello({ session: id(5) })))
    expect(tx.row).toMatchObject({ established: true, resumed: true, resumption: 'id' })
  })
  it('by ticket, with and without an echoed id', async () => {
    const extensions = [extension.ticket(100)]
    for (const session of [id(5), Buffer.alloc(0)]) {
      const tx = await only(short(clientHello({ session, extensions }), serverHello({ session })))
      expect(tx.row).toMatchObject({ resumed: true, resumption: 'ticket', ticket_offered: true })
    }
  })
  it('is none when the server echoes the id and does all of it again', async () => {
    const tx = await only(full(clientHello({ session: id(5) }), serverHello({ session: id(5) }), certificates(der)))
    expect(tx.row).toMatchObject({ resumed: false, resumption: undefined })
  })
  it('in TLS 1.3 is a key that was chosen, not an echo', async () => {
    const end: Step[] = [['client', join(changed, sealed(53))]]
    const flight = join(changed, sealed(500))
    const echo = await only([['client', handshake(hello13())], ['server', join(handshake(answer13()), flight)], ...end])
    expect(echo.row).toMatchObject({ established: true, resumed: false, version: '1.3' })
    const psk = await only([
      ['client', handshake(hello13(extension.psk))],
      ['server', join(handshake(answer13(extension.psk)), flight)],
      ...end,
    ])
    expect(psk.row).toMatchObject({ established: true, resumed: true, resumption: 'psk' })
  })
})

describe('TLS 1.3', () => {
  const start: Step[] = [
    ['client', handshake(hello13(extension.alpn('h2')))],
    ['server', join(handshake(answer13()), changed, sealed(900))],
  ]

  it('is established by the Finished of the client, with and without ChangeCipherSpec', async () => {
    for (const middle of [join(changed, sealed(53)), sealed(53)]) {
      const tx = await only([...start, ['client', middle], ['server', sealed(250)], ['client', sealed(19)]])
      expect(tx).toMatchObject({ status: 'OK', complete: 'complete' })
      expect(tx.row).toMatchObject({
        established: true,
        curve: 'x25519',
        key_shares: ['x25519'],
        client_encrypted_alerts: 1,
        next_protocol: undefined,
      })
      expect(tx.answered).toEqual({ sec: 1_000_000_000, nsec: 3000 })
    }
  })

  it('is refused by a record as short as an alert in its place', async () => {
    const tx = await only([...start, ['client', sealed(19)]])
    expect(tx).toMatchObject({ status: 'Error', complete: 'complete', error: 'encrypted alert from the client' })
    expect(tx.row).toMatchObject({ established: false, client_encrypted_alerts: 1 })
  })

  it('notes a server that answers the Finished with an alert alone', async () => {
    const tx = await only([...start, ['client', join(changed, sealed(53), sealed(200))], ['server', sealed(19)]])
    expect(tx.row.established).toBe(true)
    expect(tx.notes?.[0]).toContain('may have refused the client')
  })

  it('says hello twice after HelloRetryRequest, the second time behind ChangeCipherSpec', async () => {
    const tx = await only([
      ['client', handshake(hello13())],
      ['server', join(handshake(retryRequest(24)), changed)],
      ['client', join(changed, handshake(hello13(extension.empty(44))))],
      ['server', join(handshake(answer13()), sealed(900))],
      ['client', sealed(53)],
    ])
    expect(tx.row).toMatchObject({ established: true, hello_retry: true, version: '1.3' })
  })

  it('takes data that comes before the handshake is over', async () => {
    const tx = await only([
      ['client', join(handshake(hello13(extension.empty(42), extension.psk)), changed, sealed(300))],
      ['server', join(handshake(answer13(extension.psk)), changed, sealed(80))],
      ['client', sealed(53)],
    ])
    expect(tx.row).toMatchObject({ established: true, early_data: true, resumption: 'psk', client_application_bytes: 353 })
  })

  it('tells that 1.3 was talked out of', async () => {
    const answer = serverHello({ ciphers: [0xc02f] })
    Buffer.from('444f574e47524401', 'hex').copy(answer, 6 + 24)
    expect((await only(full(hello13(), answer, certificates(der)))).anomalies).toEqual(['tls.downgrade'])
  })
})

describe('halves and ends', () => {
  it('a hello without answer', async () => {
    expect(await only([['client', handshake(clientHello())]])).toMatchObject({
      complete: 'no-response',
      status: 'Error',
      answered: undefined,
    })
  })
  it('an answer without hello', async () => {
    const tx = await only([['server', handshake(serverHello(), certificates(der), keyExchange, helloDone)]])
    expect(tx).toMatchObject({ complete: 'orphan-response', request: undefined })
    expect(tx.row).toMatchObject({ version: '1.2', server_serial_number: 'FF01' })
    expect(tx.row.ja3).toBeUndefined()
  })
  it('an alert says why', async () => {
    const tx = await only([...full().slice(0, 2), ['client', alert(2, 48)]])
    expect(tx).toMatchObject({ complete: 'complete', status: 'Error', error: 'unknown_ca: alert from the client' })
    expect(tx.row).toMatchObject({
      alerts: [{ severity: 'fatal', code: 48, type: 'unknown_ca', source: 'client' }],
      alert_types: ['unknown_ca'],
    })
  })
  it('a connection that ends in the middle', async () => {
    expect(await only(full().slice(0, 2))).toMatchObject({
      complete: 'truncated',
      notes: ['the connection ends before the handshake does'],
    })
    expect(await only(full().slice(0, 2), { end: 'eof' })).toMatchObject({ notes: ['the capture ends before the handshake does'] })
  })
  it('a hello whose end is missing tells what is there, without fingerprints', async () => {
    const hello = handshake(clientHello({ extensions: [extension.sni('www.example.org'), extension.groups(29, 23, 24)] }))
    const tx = await only([['client', hello.subarray(0, hello.length - 4)]])
    expect(tx.row).toMatchObject({ server_name: 'www.example.org' })
    expect(tx.row.ja3).toBeUndefined()
    expect(tx.notes).toContain('the ClientHello is cut or malformed')
  })
  it('data alone gives no row', async () => {
    expect(
      (
        await run([
          ['client', sealed(100)],
          ['server', sealed(100)],
        ])
      ).transactions,
    ).toEqual([])
  })
  it('another hello behind the first gives another row', async () => {
    const { transactions } = await run([...full(), ...full(clientHello({ random: 3 }))])
    expect(transactions.map(({ status }) => status)).toEqual(['OK', 'OK'])
  })
})
