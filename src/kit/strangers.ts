/**
 * What other programs say first, to hold a probe against: each probe is asked of every conversation, so one that takes these for
 * its own takes rows away from their protocols. Written by hand from the protocols' specifications; the wording is ours.
 */
import { Cursor } from '../bytes/cursor.js'
import type { Transport } from '../model/side.js'
import type { AnyProtocol, Look } from '../protocols/protocol.js'

interface Stranger {
  /** A protocol of this name may know it. */
  readonly name: string
  readonly transport: Transport
  readonly client?: string
  readonly server?: string
}

const noise = (seed: number, length: number): string => {
  let state = seed
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return String.fromCharCode((state >>> 16) & 0xff)
  }).join('')
}

const STRANGERS: readonly Stranger[] = [
  {
    name: 'http',
    transport: 'tcp',
    client: 'GET /index.html HTTP/1.1\r\nHost: www.example.com\r\n\r\n',
    server: 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok',
  },
  { name: 'smtp', transport: 'tcp', server: '220 mail.example.com ESMTP ready\r\n', client: 'EHLO client.example.com\r\n' },
  { name: 'ftp', transport: 'tcp', server: '220 files.example.com FTP server\r\n', client: 'USER anonymous\r\n' },
  { name: 'pop3', transport: 'tcp', server: '+OK POP3 ready\r\n', client: 'CAPA\r\n' },
  { name: 'imap', transport: 'tcp', server: '* OK IMAP4rev1 ready\r\n', client: 'a1 CAPABILITY\r\n' },
  { name: 'ssh', transport: 'tcp', server: 'SSH-2.0-Example_1.0\r\n', client: 'SSH-2.0-Client_1.0\r\n' },
  { name: 'redis', transport: 'tcp', client: '*1\r\n$4\r\nPING\r\n', server: '+PONG\r\n' },
  { name: 'memcache', transport: 'tcp', client: 'get some_key\r\n', server: 'VALUE some_key 0 2\r\nok\r\nEND\r\n' },
  { name: 'irc', transport: 'tcp', client: 'NICK anna\r\nUSER anna 0 * :Anna\r\n', server: ':irc.example.com 001 anna :Welcome\r\n' },
  {
    name: 'tls',
    transport: 'tcp',
    client: `\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03${noise(1, 32)}\x00\x00\x02\x13\x01\x01\x00\x00\x00`,
  },
  {
    name: 'mysql',
    transport: 'tcp',
    server: `\x36\x00\x00\x00\x0a8.0.36\x00\x08\x00\x00\x00abcdefgh\x00\xff\xf7\x21\x02\x00\xff\x81\x15${'\0'.repeat(10)}ijklmnopqrst\x00`,
  },
  { name: 'pgsql', transport: 'tcp', client: '\0\0\0\x1c\0\x03\0\0user\0anna\0database\0\0\0\0' },
  { name: 'dns', transport: 'udp', client: '\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00\x07example\x03com\x00\x00\x01\x00\x01' },
  { name: 'ntp', transport: 'udp', client: `\x23\x00\x06\x20${'\0'.repeat(36)}${noise(2, 8)}` },
  { name: 'syslog', transport: 'udp', client: '<34>Oct 11 22:14:15 host su: failed' },
  ...(['tcp', 'udp'] as const).flatMap((transport): Stranger[] => [
    { name: 'a line of text', transport, client: 'hello there\r\n', server: 'and to you\r\n' },
    { name: 'a table of numbers', transport, client: '1,2,3\n4,5,6\n7,8,9\n', server: '0.5 0.25\n' },
    { name: 'a JSON document', transport, client: '{"id":1,"method":"ping"}\n', server: '{"id":1,"result":null}\n' },
    { name: 'a telnet prompt', transport, server: '\xff\xfd\x18\xff\xfd\x20login: ' },
    { name: 'zeros', transport, client: '\0'.repeat(64), server: '\0'.repeat(64) },
    { name: 'ones', transport, client: '\xff'.repeat(64), server: '\xff'.repeat(64) },
    ...[3, 4, 5, 6].map((seed) => ({ name: `noise ${seed - 2}`, transport, client: noise(seed, 64), server: noise(seed + 40, 64) })),
  ]),
]

const NOTHING = ''
const cursorOver = (bytes: string, last: boolean): Cursor => {
  const buf = Buffer.from(bytes, 'latin1')
  return new Cursor().reset(buf, 0, buf.length, last)
}

/** Whose first bytes the probe takes for its own on a port that hints at nothing, one sentence each. */
export function takenFromStrangers(protocol: AnyProtocol): string[] {
  const taken = new Set<string>()
  for (const { name, transport, client = NOTHING, server = NOTHING } of STRANGERS) {
    if (name === protocol.name || !protocol.transports.includes(transport)) continue
    for (const [a, b] of [
      [client, server],
      [client, NOTHING],
      [NOTHING, server],
    ] as const) {
      if (a === NOTHING && b === NOTHING) continue
      const look: Look = {
        client: cursorOver(a, transport === 'udp'),
        server: cursorOver(b, transport === 'udp'),
        transport,
        hinted: false,
        flow: { clientPort: 49_152, serverPort: 49_153, serverIp: '192.0.2.20' },
      }
      if (protocol.probe(look) === 'yes') taken.add(`its probe says yes to ${name} over ${transport}`)
    }
  }
  return [...taken]
}
