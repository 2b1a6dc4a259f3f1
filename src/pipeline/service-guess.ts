/**
 * What a conversation that nobody decodes may be, told by its first bytes, else by its port: a guess, and named as one. It only
 * fills `flow.service`; nothing is parsed by it.
 */
import type { Transport } from '../model/side.js'

/** Bytes of a side that signatures look at. */
const LOOK = 64

interface Signature {
  readonly service: string
  readonly transport: 'tcp' | 'udp' | 'both'
  readonly test: RegExp | ((buf: Buffer, at: number, length: number) => boolean)
}
const text = (service: string, test: RegExp, transport: Signature['transport'] = 'tcp'): Signature => ({ service, transport, test })
const bytes = (
  service: string,
  test: (buf: Buffer, at: number, length: number) => boolean,
  transport: Signature['transport'] = 'tcp',
): Signature => ({
  service,
  transport,
  test,
})

/** BER: SEQUENCE (or `tag`), a length, INTEGER of one byte. RFC 4511 §5.1, RFC 3417 §8. */
function isBer(buf: Buffer, at: number, length: number, tag = 0x30): number {
  if (length < 7 || buf[at] !== tag) return -1
  const first = buf[at + 1]!
  const inner = at + 2 + (first >= 0x80 ? first & 0x7f : 0)
  return first <= 0x84 && inner + 3 <= at + length && buf[inner] === 0x02 ? inner : -1
}

/** In order: the first that fits is told. */
const SIGNATURES: readonly Signature[] = [
  text('ssh', /^SSH-\d/),
  text('http2', /^PRI \* HTTP\/2/),
  text('rtsp', /^(?:RTSP\/1\.|[A-Z_]+ rtsp:\/\/)/),
  text('ssdp', /^(?:M-SEARCH|NOTIFY) \* HTTP/, 'udp'),
  text('vnc', /^RFB 00\d\.00\d/),
  text('ftp', /^220[ -].{0,60}ftp/i),
  text('pop3', /^\+OK /),
  text('imap', /^\* (?:OK|PREAUTH|BYE) /),
  text('irc', /^(?:NICK |USER \S+ \S+ \S+ :|:\S+ NOTICE |CAP LS)/),
  text('nats', /^INFO \{/),
  text('xmpp', /^(?:<\?xml[^>]*\?>\s*)?<stream:stream/),
  text('rsync', /^@RSYNCD:/),
  text('git', /^[0-9a-f]{4}git-(?:upload|receive)-pack/),
  text('stomp', /^(?:CONNECT|STOMP)\r?\n(?:[a-z-]+:|\r?\n)/),
  text('syslog', /^<\d{1,3}>/, 'both'),
  text('bittorrent', /^\x13BitTorrent protocol/),
  text('bittorrent', /^d1:[ar]d2:id20:/, 'udp'),
  text('nntp', /^20[01][ -].{0,60}(?:nntp|news)/i),
  text('finger', /^[\w.-]{0,32}\r\n$/),
  bytes('tls', (b, at, n) => n > 5 && b[at] === 0x16 && b[at + 1] === 3 && b[at + 2]! <= 4),
  bytes(
    'smb',
    (b, at, n) => n > 8 && b[at] === 0 && (b[at + 4] === 0xfe || b[at + 4] === 0xff) && b.toString('latin1', at + 5, at + 8) === 'SMB',
  ),
  bytes('netbios-ssn', (b, at, n) => n > 4 && b[at] === 0x81 && b[at + 1] === 0 && b[at + 2] === 0 && b[at + 3] === n - 4),
  bytes(
    'rdp',
    (b, at, n) => n > 6 && b[at] === 3 && b[at + 1] === 0 && b.readUInt16BE(at + 2) === n && (b[at + 5] === 0xe0 || b[at + 5] === 0xd0),
  ),
  bytes('mssql', (b, at, n) => n > 8 && b[at] === 0x12 && b[at + 1] === 1 && b.readUInt16BE(at + 2) === n),
  bytes('mqtt', (b, at, n) => n > 8 && b[at] === 0x10 && /^\x00[\x04\x06]MQ(?:TT|Is)/.test(b.toString('latin1', at + 2, at + 8))),
  bytes('kerberos', (b, at, n) => n > 12 && b.readUInt32BE(at) === n - 4 && [0x6a, 0x6b, 0x6c, 0x6d, 0x7e].includes(b[at + 4]!)),
  bytes(
    'kerberos',
    (b, at, n) => n > 20 && [0x6a, 0x6b, 0x6c, 0x6d, 0x7e].includes(b[at]!) && isBer(b, at, n, b[at]) < 0 && b[at + 1]! >= 0x80,
    'udp',
  ),
  bytes(
    'ldap',
    (b, at, n) => {
      const inner = isBer(b, at, n)
      const operation = inner < 0 ? 0 : b[inner + 2 + b[inner + 1]!]
      return inner >= 0 && b[inner + 1]! <= 4 && operation !== undefined && operation >= 0x42 && operation <= 0x79
    },
    'both',
  ),
  bytes(
    'snmp',
    (b, at, n) => {
      const inner = isBer(b, at, n)
      return inner >= 0 && b[inner + 1] === 1 && b[inner + 2]! <= 3 && (b[inner + 3] === 0x04 || b[inner + 3] === 0x30)
    },
    'udp',
  ),
  bytes('telnet', (b, at, n) => n >= 3 && b[at] === 0xff && b[at + 1]! >= 0xfb && b[at + 1]! <= 0xfe),
  bytes('bgp', (b, at, n) => n >= 19 && b.subarray(at, at + 16).every((byte) => byte === 0xff)),
  bytes('socks5', (b, at, n) => n >= 3 && n < 16 && b[at] === 5 && b[at + 1] === n - 2),
  bytes('ajp13', (b, at, n) => n > 4 && b.readUInt16BE(at) === 0x1234 && b.readUInt16BE(at + 2) === n - 4),
  bytes('kafka', (b, at, n) => n > 14 && b.readUInt32BE(at) === n - 4 && b.readUInt16BE(at + 4) < 90 && b.readUInt16BE(at + 6) < 20),
  bytes('modbus', (b, at, n) => n > 7 && b.readUInt16BE(at + 2) === 0 && b.readUInt16BE(at + 4) === n - 6 && b[at + 7]! < 0x80),
  bytes('dnp3', (b, at, n) => n >= 10 && b[at] === 5 && b[at + 1] === 0x64),
  bytes('iec104', (b, at, n) => n >= 6 && b[at] === 0x68 && b[at + 1] === n - 2),
  bytes('dtls', (b, at, n) => n > 13 && b[at]! >= 0x14 && b[at]! <= 0x19 && b[at + 1] === 0xfe && b[at + 2]! >= 0xfc, 'udp'),
  bytes('stun', (b, at, n) => n >= 20 && b[at]! < 4 && b.readUInt32BE(at + 4) === 0x2112a442, 'both'),
  bytes('quic', (b, at, n) => n >= 1200 && b[at]! >= 0xc0 && (b.readUInt32BE(at + 1) <= 1 || b.readUInt32BE(at + 1) === 0x6b3343cf), 'udp'),
  bytes('wireguard', (b, at, n) => n === 148 && b.readUInt32LE(at) === 1, 'udp'),
  bytes(
    'ntp',
    (b, at, n) => n >= 48 && n <= 68 && (b[at]! & 0x38) >> 3 >= 1 && (b[at]! & 0x38) >> 3 <= 4 && (b[at]! & 7) >= 1 && b[at + 1]! <= 16,
    'udp',
  ),
  bytes('isakmp', (b, at, n) => n >= 28 && (b[at + 17] === 0x10 || b[at + 17] === 0x20) && b.readUInt32BE(at + 24) === n, 'udp'),
  bytes('radius', (b, at, n) => n >= 20 && b[at]! >= 1 && b[at]! <= 45 && b.readUInt16BE(at + 2) === n, 'udp'),
  bytes(
    'tftp',
    (b, at, n) =>
      n > 8 &&
      b[at] === 0 &&
      (b[at + 1] === 1 || b[at + 1] === 2) &&
      /\0(?:octet|netascii|mail)\0/i.test(b.toString('latin1', at + 2, at + n)),
    'udp',
  ),
  bytes('netbios-ns', (b, at, n) => n >= 50 && b[at + 12] === 0x20 && /^[A-P]{32}\0/.test(b.toString('latin1', at + 13, at + 46)), 'udp'),
]

/** Names of well-known ports, IANA's registry, for services that are met often. */
// biome-ignore format: a table
const PORTS: Readonly<Record<number, string>> = {
  20: 'ftp-data', 21: 'ftp', 22: 'ssh', 23: 'telnet', 37: 'time', 43: 'whois', 49: 'tacacs', 69: 'tftp', 79: 'finger', 88: 'kerberos',
  110: 'pop3', 113: 'ident', 119: 'nntp', 123: 'ntp', 135: 'epmap', 137: 'netbios-ns', 138: 'netbios-dgm', 139: 'netbios-ssn', 143: 'imap',
  161: 'snmp', 162: 'snmptrap', 179: 'bgp', 194: 'irc', 389: 'ldap', 427: 'svrloc', 445: 'smb', 464: 'kpasswd', 500: 'isakmp', 502: 'modbus',
  514: 'syslog', 515: 'printer', 520: 'rip', 546: 'dhcpv6-client', 547: 'dhcpv6', 548: 'afp', 554: 'rtsp', 623: 'ipmi', 631: 'ipp', 636: 'ldaps',
  873: 'rsync', 1080: 'socks', 1194: 'openvpn', 1433: 'mssql', 1434: 'mssql-monitor', 1645: 'radius', 1701: 'l2tp', 1723: 'pptp', 1812: 'radius',
  1813: 'radius-acct', 1883: 'mqtt', 1900: 'ssdp', 2181: 'zookeeper', 3260: 'iscsi', 3268: 'ldap', 3389: 'rdp', 3478: 'stun', 3702: 'ws-discovery',
  4500: 'ipsec-nat-t', 5004: 'rtp', 5222: 'xmpp', 5432: 'postgresql', 5900: 'vnc', 6514: 'syslog-tls', 6667: 'irc', 9092: 'kafka', 9200: 'elasticsearch',
  20000: 'dnp3', 51820: 'wireguard',
}

/** By the bytes of one side's first segment or datagram. */
export function guessByBytes(transport: Transport, buf: Buffer, start: number, end: number): string | undefined {
  const length = end - start
  if (length < 2 || (transport !== 'tcp' && transport !== 'udp')) return undefined
  const head = buf.toString('latin1', start, Math.min(end, start + LOOK))
  for (const { service, transport: over, test } of SIGNATURES) {
    if (over !== 'both' && over !== transport) continue
    if (test instanceof RegExp ? test.test(head) : test(buf, start, length)) return service
  }
  return undefined
}

/** Whether a service that is met often has this port. */
export const isServicePort = (transport: Transport, port: number): boolean =>
  (transport === 'tcp' || transport === 'udp') && PORTS[port] !== undefined

/** By the server's port, else by the client's, which may be the better known of the two in a capture that begins in the middle. */
export const guessByPort = (transport: Transport, clientPort: number, serverPort: number): string | undefined =>
  transport === 'tcp' || transport === 'udp' ? (PORTS[serverPort] ?? PORTS[clientPort]) : undefined
