import { describe, expect, it } from 'vitest'
import { sip } from '../../../src/protocols/sip/index.js'
import { MAX_BODY, MAX_HEAD } from '../../../src/protocols/sip/parser.js'
import { drive, rowsOf, type Step } from '../../support/drive.js'
import { request, response } from './talk.js'

const tcp = { transport: 'tcp' as const }
const text = { extra: ['Content-Type: text/plain'], body: 'Low water at noon.' }

describe('over TCP', () => {
  const steps: Step[] = [
    ['client', `\r\n\r\n${request('MESSAGE', text)}${request('OPTIONS', { cseq: '2 OPTIONS' })}`],
    ['server', `\r\n${response(200, 'OK', 'MESSAGE')}${response(200, 'OK', 'OPTIONS', { cseq: '2 OPTIONS' })}`],
  ]

  it('finds messages however they are cut', async () => {
    const whole = await drive(sip, steps, tcp)
    expect(whole.transactions.map(({ method, complete }) => [method, complete])).toEqual([
      ['MESSAGE', 'complete'],
      ['OPTIONS', 'complete'],
    ])
    expect(whole.transactions[0]!.row.message_text).toBe('Low water at noon.')
    for (const chunk of [1, 2, 3, 7, 50]) expect(rowsOf(await drive(sip, steps, { ...tcp, chunk }))).toEqual(rowsOf(whole))
  })

  it('goes on at the next start line behind a gap, and tells the message that was hit', async () => {
    const message = request('MESSAGE', text)
    const driven = await drive(
      sip,
      [
        ['client', message.slice(0, -5)],
        ['gap', 'client', 40],
        ['client', `tail of something\r\n${request('OPTIONS', { cseq: '2 OPTIONS' })}`],
      ],
      tcp,
    )
    expect(driven.transactions.map(({ method, complete }) => [method, complete])).toEqual([
      ['MESSAGE', 'lost'],
      ['OPTIONS', 'no-response'],
    ])
  })

  it.each([
    ['is missing', '', ['sip.content-length']],
    ['is no number', 'Content-Length: bad', ['sip.content-length']],
    ['is a lie', 'Content-Length: 99999999', ['sip.body-length']],
    ['contradicts itself', 'Content-Length: 5\r\nContent-Length: 6', ['sip.content-length']],
  ])('finds the next message when Content-Length %s', async (_name, length, anomalies) => {
    const driven = await drive(sip, [['client', request('OPTIONS', { length }) + request('MESSAGE', { cseq: '2 MESSAGE' })]], tcp)
    expect(driven.transactions.map(({ method }) => method)).toEqual(['OPTIONS', 'MESSAGE'])
    expect(driven.anomalies).toEqual(anomalies)
  })

  it('waits for a body up to the cap', async () => {
    const body = 'x'.repeat(MAX_BODY)
    const driven = await drive(sip, [['client', request('MESSAGE', { body }) + request('OPTIONS')]], { ...tcp, chunk: 50_000 })
    expect(driven.transactions.map(({ method }) => method)).toEqual(['MESSAGE', 'OPTIONS'])
    expect(driven.anomalies).toEqual([])
  })

  it('gives up an endless header', async () => {
    const driven = await drive(
      sip,
      [['client', `OPTIONS sip:x@y SIP/2.0\r\nCall-ID: 1\r\nX: ${'a'.repeat(MAX_HEAD)}\r\n${request('MESSAGE')}`]],
      tcp,
    )
    expect(driven.anomalies).toEqual(['sip.head-length'])
    expect(driven.transactions.map(({ method, complete }) => [method, complete])).toEqual([
      ['OPTIONS', 'truncated'],
      ['MESSAGE', 'no-response'],
    ])
  })

  it('says where framing was lost', async () => {
    const driven = await drive(sip, [['client', `${request('OPTIONS')}nonsense\r\n\r\n${request('MESSAGE')}`]], tcp)
    expect(driven.anomalies).toEqual(['sip.lost-sync'])
    expect(driven.transactions).toHaveLength(2)
  })

  it('gets past lines that are a start only in another charset', async () => {
    for (const odd of [
      'OPTIONS sip:x\xa0 SIP/2.0\r\n\r\n',
      'OPTIONS sip:a\xe2\x80\xa8b SIP/2.0\r\n\r\n',
      'SIP/2.0 200 \xe2\x80\xa8\r\n\r\n',
      'SIP/2.0 20\r\n',
    ]) {
      const driven = await drive(sip, [['client', `${odd}${odd}junk\r\n${odd}${request('MESSAGE')}`]], tcp)
      expect(driven.transactions.map(({ method }) => method)).toContain('MESSAGE')
    }
  })

  it('is done with hostile fields at once', async () => {
    const began = performance.now()
    for (const value of [
      'SIP/'.repeat(15_000),
      ';branch'.repeat(8000),
      '<'.repeat(60_000),
      '"'.repeat(60_000),
      'a='.repeat(30_000),
      ','.repeat(60_000),
    ])
      for (const field of ['Via', 'To', 'Contact', 'Authorization', 'Reason', 'Subject'])
        await drive(sip, [['client', `OPTIONS sip:x@y SIP/2.0\r\n${field}: ${value}\r\n\r\n`]])
    expect(performance.now() - began).toBeLessThan(5000)
  })

  it('tells a message that the end cuts', async () => {
    const driven = await drive(sip, [['client', request('MESSAGE', text).slice(0, -4)]], tcp)
    expect(driven.transactions).toMatchObject([{ method: 'MESSAGE', complete: 'truncated' }])
  })
})

describe('over UDP', () => {
  it('passes over keep-alives and STUN in silence', async () => {
    const driven = await drive(sip, [
      ['client', '\r\n\r\n'],
      ['client', '\0\0\0\0'],
      ['client', request('OPTIONS')],
      ['client', Buffer.from('000100002112a442000000000000000000000000', 'hex')],
    ])
    expect([driven.transactions.length, driven.anomalies]).toEqual([1, []])
  })

  it.each([
    ['is no number', { length: 'Content-Length: bad' }, 'sip.content-length'],
    ['is too long', { length: 'Content-Length: 500', body: 'x' }, 'sip.content-length'],
    ['is too short', { length: 'Content-Length: 1', body: 'xyz' }, 'sip.trailing-bytes'],
    ['counts nothing, as does the header', { length: 'nonsense' }, 'sip.header-syntax'],
  ])('keeps the message when Content-Length %s', async (_name, parts, anomaly) => {
    const driven = await drive(sip, [['client', request('OPTIONS', parts)]])
    expect(driven.transactions).toHaveLength(1)
    expect(driven.anomalies).toEqual([anomaly])
  })

  it('reads compact forms, folded and repeated fields', async () => {
    const folded =
      'INVITE sip:bob@h SIP/2.0\r\nv: SIP/2.0/UDP a;branch=z9hG4bK1,\r\n  SIP/2.0/UDP b;branch=z9hG4bK2\r\nVia: SIP/2.0/UDP c\r\nf: "A, \\"B\\"\r\n\t<C>" <sip:a@h:5070>;tag=1\r\nt: <sip:bob@h>\r\ni: 1@h\r\nCSeq: 1\r\n INVITE\r\nm: <sip:a@h;line=7>;q=0.5;expires=60\r\nk: timer\r\nk: 100rel\r\nl: 0\r\n\r\n'
    const { transactions, anomalies } = await drive(sip, [['client', folded]])
    expect(anomalies).toEqual([])
    expect(transactions[0]!.row).toMatchObject({
      via: ['SIP/2.0/UDP a;branch=z9hG4bK1', 'SIP/2.0/UDP b;branch=z9hG4bK2', 'SIP/2.0/UDP c'],
      from_display: 'A, "B" <C>',
      from_uri: 'sip:a@h:5070',
      from_port: 5070,
      from_tag: '1',
      cseq: 1,
      cseq_method: 'INVITE',
      contact_line: '7',
      contact_q: '0.5',
      contact_expires: 60,
      supported: ['timer', '100rel'],
    })
  })

  it('says what every message must have and this one has not', async () => {
    const driven = await drive(sip, [
      ['client', 'OPTIONS sip:x@y SIP/2.0\r\nFrom: <sip:a@b>\r\nCSeq: 99999999999999999999 OPTIONS\r\n\r\n'],
    ])
    expect(driven.anomalies).toEqual(['sip.missing-header', 'sip.cseq'])
    expect(driven.transactions).toHaveLength(1)
  })

  it('survives any cut and any flipped byte', async () => {
    const message = request('INVITE', {
      extra: ['Contact: "x" <sip:a@[2001:db8::1]:5>', 'Content-Type: application/sdp'],
      body: 'v=0\r\nm=audio 1 RTP/AVP 0\r\n',
    })
    for (let at = 0; at < message.length; at++) {
      await drive(sip, [['client', message.slice(0, at)]])
      const bytes = Buffer.from(message)
      bytes[at] = bytes[at]! ^ 0x15
      await drive(sip, [['client', bytes]])
      await drive(sip, [['client', bytes]], tcp)
    }
  })
})
