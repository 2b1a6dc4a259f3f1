import { describe, expect, test } from 'vitest'
import { guessByBytes, guessByPort } from '../../src/pipeline/service-guess.js'
import { frame, pcap, tcpFrame, udpFrame } from '../support/captures.js'
import { run } from '../support/run.js'

const guess = (transport: 'tcp' | 'udp', bytes: string | Buffer) => {
  const buf = Buffer.from(bytes as string, 'latin1')
  return guessByBytes(transport, buf, 0, buf.length)
}

describe('by the first bytes', () => {
  test.each<['tcp' | 'udp', string, string]>([
    ['tcp', 'SSH-2.0-OpenSSH_9.2\r\n', 'ssh'],
    ['tcp', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 'http2'],
    ['tcp', '220 ProFTPD Server ready\r\n', 'ftp'],
    ['tcp', '* OK IMAP4 ready\r\n', 'imap'],
    ['tcp', 'RFB 003.008\n', 'vnc'],
    ['tcp', '\xff\xfb\x01\xff\xfb\x03', 'telnet'],
    ['tcp', '\x00\x00\x00\x45\xffSMB\x72\x00', 'smb'],
    ['tcp', '\x03\x00\x00\x0b\x06\xe0\x00\x00\x00\x00\x00', 'rdp'],
    ['tcp', '\x10\x11\x00\x04MQTT\x04\x02\x00\x3c\x00\x05hello', 'mqtt'],
    ['tcp', '\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\x00\x80\x00', 'ldap'],
    ['udp', '\x30\x26\x02\x01\x01\x04\x06public\xa0\x19\x02\x01\x01', 'snmp'],
    ['udp', `\x23${'\x00'.repeat(47)}`, 'ntp'],
    ['udp', '\x00\x01boot.img\x00octet\x00', 'tftp'],
    ['udp', '<34>Oct 11 22:14:15 host su: failed', 'syslog'],
    ['udp', `\x01\x00\x00\x00${'\x11'.repeat(144)}`, 'wireguard'],
    ['udp', `\xc3\x00\x00\x00\x01${'\x22'.repeat(1200)}`, 'quic'],
  ])('%s %j is %s', (transport, bytes, service) => expect(guess(transport, bytes)).toBe(service))

  test('noise is nothing', () => {
    for (const bytes of ['', 'x', 'hello there', '\x00\x00\x00\x00\x00\x00\x00\x00', 'A'.repeat(3000)])
      for (const transport of ['tcp', 'udp'] as const) expect(guess(transport, bytes), `${transport} ${bytes.slice(0, 8)}`).toBeUndefined()
  })
})

test('by port, the server first', () => {
  expect(guessByPort('tcp', 49152, 3389)).toBe('rdp')
  expect(guessByPort('udp', 123, 49152)).toBe('ntp')
  expect(guessByPort('tcp', 49152, 49153)).toBeUndefined()
})

const A = { src: '10.0.0.1', dst: '10.0.0.2', srcPort: 40000, dstPort: 2222 }
const B = { src: '10.0.0.2', dst: '10.0.0.1', srcPort: 2222, dstPort: 40000 }

test('a flow that is not decoded says what it may be, how fast it was and how soon it was answered', async () => {
  const { sink } = await run([
    pcap([
      frame(tcpFrame({ ...A, flags: 'S', seq: 1 }, ''), 1),
      frame(tcpFrame({ ...B, flags: 'SA', seq: 1, ack: 2 }, ''), 1),
      frame(tcpFrame({ ...A, flags: 'A', seq: 2, ack: 2 }, 'SSH-2.0-a\r\n'), 2),
      frame(tcpFrame({ ...B, flags: 'A', seq: 2, ack: 13 }, 'SSH-2.0-b\r\n'), 3),
      frame(tcpFrame({ ...B, flags: 'A', seq: 13, ack: 13 }, 'x'.repeat(989)), 4),
      frame(tcpFrame({ ...A, flags: 'A', seq: 13, ack: 1002 }, 'y'), 5),
    ]),
  ])
  expect(sink.flows[0]!.row).toMatchObject({
    service: 'ssh',
    service_by: 'bytes',
    turns: 2,
    first_byte_ns: 1_000_000_000,
    client_rate: 4,
    server_rate: 1000,
  })
})

test('a datagram of no known kind goes by its port', async () => {
  const { sink } = await run([pcap([frame(udpFrame({ src: '10.0.0.1', dst: '10.0.0.2', srcPort: 4000, dstPort: 51820 }, 'x'), 1)])])
  expect(sink.flows[0]!.row).toMatchObject({ service: 'wireguard', service_by: 'port', turns: 1 })
  expect(sink.flows[0]!.row.first_byte_ns).toBeUndefined()
})
