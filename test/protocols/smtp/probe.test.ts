import { describe, expect, it } from 'vitest'
import { Cursor } from '../../../src/bytes/cursor.js'
import type { Likeness } from '../../../src/protocols/protocol.js'
import { smtp } from '../../../src/protocols/smtp/index.js'

const cursor = (text: string): Cursor => {
  const bytes = Buffer.from(text, 'latin1')
  return new Cursor().reset(bytes, 0, bytes.length)
}
const probe = (client: string, server: string, hinted = false): Likeness =>
  smtp.probe({
    client: cursor(client),
    server: cursor(server),
    transport: 'tcp',
    hinted,
    flow: { clientPort: 40000, serverPort: hinted ? 25 : 4000, serverIp: '192.0.2.2' },
  })

describe('smtp probe', () => {
  it.each<[name: string, client: string, server: string, likeness: Likeness]>([
    ['banner and EHLO', 'EHLO c\r\n', '220 mx ready\r\n', 'yes'],
    ['banner and HELO', 'helo c\r\n', '220-mx\r\n220 ready\r\n', 'yes'],
    ['LHLO alone', 'LHLO c\r\n', '', 'yes'],
    ['EHLO without a name', 'ehlo\r\n', '', 'yes'],
    ['MAIL in the middle', 'MAIL FROM:<a@b>\r\n', '', 'yes'],
    ['RCPT in the middle', 'rcpt to: <a@b>\r\n', '250 ok\r\n', 'yes'],
    ['RSET, then MAIL', 'RSET\r\nMAIL FROM:<a@b>\r\n', '', 'yes'],
    ['a banner that names itself', '', '220 mx.example.net ESMTP Postfix\r\n', 'yes'],
    ['a banner that does not', '', '220 Welcome\r\n', 'maybe'],
    ['the head of a banner', '', '22', 'maybe'],
    ['an enhanced status code', '', '250 2.1.0 Ok\r\n', 'maybe'],
    ['the head of EHLO', 'EH', '', 'maybe'],
    ['QUIT after a banner', 'QUIT\r\n', '220 hello\r\n', 'maybe'],
    ['HTTP sent to a mail server', 'GET / HTTP/1.1\r\n\r\n', '220 mx ESMTP\r\n', 'yes'],
    ['HTTP', 'GET / HTTP/1.1\r\n', '', 'no'],
    ['the head of HTTP', 'POST /x', '', 'no'],
    ['HTTP answered', 'GET / HTTP/1.1\r\n\r\n', 'HTTP/1.1 200 OK\r\n', 'no'],
    ['FTP', 'USER anonymous\r\n', '220 FTP ready\r\n', 'no'],
    ['FTP with AUTH TLS behind a name', 'USER x\r\n', '220 files\r\n', 'no'],
    ['POP3', '', '+OK ready\r\n', 'no'],
    ['IMAP', 'a1 LOGIN x y\r\n', '* OK ready\r\n', 'no'],
    ['SSH', 'SSH-2.0-x\r\n', 'SSH-2.0-y\r\n', 'no'],
    ['TLS', '\x16\x03\x01\x02\x00\x01', '', 'no'],
    ['Redis', '*1\r\n$4\r\nPING\r\n', '', 'no'],
    ['SIP', 'REGISTER sip:x SIP/2.0\r\n', '', 'no'],
    ['NNTP', '', '200 news\r\n', 'no'],
    ['roles the wrong way round', '220 mx ESMTP\r\n', 'EHLO c\r\n', 'no'],
    ['roles the wrong way round, banner only', '220 mx ESMTP\r\n', '', 'no'],
  ])('%s', (_name, client, server, likeness) => {
    expect(probe(client, server)).toBe(likeness)
  })

  it('a known port asks for more, but settles nothing against the bytes', () => {
    expect(probe('', '250 Ok\r\n', true)).toBe('maybe')
    expect(probe('', '250 Ok\r\n', false)).toBe('no')
    expect(probe('', '220 Welcome\r\n', true)).toBe('maybe')
    expect(probe('\x16\x03\x01', '', true)).toBe('no')
    expect(probe('EHLO c\r\n', 'HTTP/1.1 400 Bad\r\n', true)).toBe('no')
  })
})
