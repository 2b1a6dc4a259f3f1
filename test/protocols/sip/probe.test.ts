import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import { probe } from '../../../src/protocols/sip/probe.js'
import { request, response } from './talk.js'

const ask = (client: string, server = '', transport: 'udp' | 'tcp' = 'udp', hinted = false) =>
  probe({
    client: new Cursor().reset(Buffer.from(client, 'latin1'), 0, client.length, transport === 'udp'),
    server: new Cursor().reset(Buffer.from(server, 'latin1'), 0, server.length, transport === 'udp'),
    transport,
    hinted,
    flow: { clientPort: 40000, serverPort: 40001, serverIp: '192.0.2.2' },
  })

describe('the probe', () => {
  it.each([
    ['a request', request('INVITE'), '', 'yes'],
    ['a request behind keep-alives', `\r\n\r\n${request('REGISTER')}`, '', 'yes'],
    ['a response', '', response(180, 'Ringing', 'INVITE'), 'yes'],
    ['a response on the side of the client', response(180, 'Ringing', 'INVITE'), '', 'maybe'],
    ['both sides asking', request('OPTIONS'), request('OPTIONS'), 'yes'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', '', 'no'],
    ['RTSP', 'OPTIONS rtsp://x/y RTSP/1.0\r\nCSeq: 1\r\n\r\n', '', 'no'],
    ['SSDP', 'NOTIFY * HTTP/1.1\r\n\r\n', '', 'no'],
    ['a mail', 'MAIL FROM:<a@b> SIP/2.0x\r\n', '', 'no'],
    ['RTP', '\x80\x00\x12\x34', '', 'no'],
    ['keep-alives alone', '\r\n\r\n', '', 'no'],
    ['a line without end', 'INVITE sip:bob@h SIP/2.0', '', 'no'],
  ])('knows %s', (_name, client, server, answer) => {
    expect(ask(client, server)).toBe(answer)
  })

  it('waits for the end of the line over TCP', () => {
    const line = 'INVITE sip:bob@harbour.example SIP/2.0\r\n'
    for (let at = 1; at < line.length; at++) expect([at, ask(line.slice(0, at), '', 'tcp')]).toEqual([at, 'maybe'])
    expect(ask(line, '', 'tcp')).toBe('yes')
  })

  it('does not wait for strangers', () => {
    for (const other of ['SSH-2.0-x', '\x16\x03\x01', 'EHLO mail', 'USER anna', '220 x', '*1\r\n', 'GET /index.html'])
      expect(ask(other, '', 'tcp')).toBe('no')
  })
})
