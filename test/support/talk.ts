/** A TCP connection as frames: a handshake, what both sides say in turn, and how it ends. */
import { frame, pcap, tcpFrame } from './captures.js'

/** Bytes in a segment. */
const SEGMENT = 1400

export type Said = readonly [side: 'client' | 'server', bytes: string | Buffer]

export interface TalkOptions {
  readonly port?: number
  readonly clientPort?: number
  /** Segments of the talk, counted from 0, that the capture lacks. */
  readonly lose?: (segment: number) => boolean
  /** Without FIN on either side: the capture ends in the middle. */
  readonly open?: boolean
}

/** As packet data, in order. */
export function talk(said: readonly Said[], { port = 80, clientPort = 41_000, lose = () => false, open = false }: TalkOptions = {}) {
  const there = { src: '192.0.2.7', dst: '192.0.2.80', srcPort: clientPort, dstPort: port }
  const back = { src: '192.0.2.80', dst: '192.0.2.7', srcPort: port, dstPort: clientPort }
  const next = { client: 10, server: 100 }
  const frames: Uint8Array[] = [
    tcpFrame({ ...there, flags: 'S', seq: 9 }),
    tcpFrame({ ...back, flags: 'SA', seq: 99, ack: 10 }),
    tcpFrame({ ...there, flags: 'A', seq: 10, ack: 100 }),
  ]
  let segment = 0
  for (const [side, what] of said) {
    const bytes = Buffer.from(what as string)
    const [ends, ack] = side === 'client' ? [there, 'server' as const] : [back, 'client' as const]
    for (let at = 0; at < bytes.length; at += SEGMENT) {
      const piece = bytes.subarray(at, at + SEGMENT)
      if (!lose(segment++)) frames.push(tcpFrame({ ...ends, flags: 'PA', seq: next[side], ack: next[ack] }, piece))
      next[side] += piece.length
    }
  }
  if (!open) {
    frames.push(tcpFrame({ ...there, flags: 'FA', seq: next.client, ack: next.server }))
    frames.push(tcpFrame({ ...back, flags: 'FA', seq: next.server, ack: next.client + 1 }))
    frames.push(tcpFrame({ ...there, flags: 'A', seq: next.client + 1, ack: next.server + 1 }))
  }
  return frames
}

/** Connections one after the other as a capture file. */
export const talkFile = (...connections: readonly Uint8Array[][]): Buffer =>
  pcap(connections.flat().map((data, i) => frame(data, 1_000_000_000 + Math.floor(i / 1000), (i % 1000) * 1000)))

/** A GET with its answer. */
export const got = (path: string, body: string | Buffer, headers = ''): Said[] => {
  const bytes = Buffer.from(body as string)
  return [
    ['client', `GET ${path} HTTP/1.1\r\nHost: a.example\r\n\r\n`],
    ['server', Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`), bytes])],
  ]
}

/** A mail with its replies. */
export const mailed = (message: string): Said[] => [
  ['server', '220 mx.example ESMTP\r\n'],
  ['client', 'EHLO a.example\r\n'],
  ['server', '250 mx.example\r\n'],
  ['client', 'MAIL FROM:<a@a.example>\r\n'],
  ['server', '250 ok\r\n'],
  ['client', 'RCPT TO:<b@b.example>\r\n'],
  ['server', '250 ok\r\n'],
  ['client', 'DATA\r\n'],
  ['server', '354 go\r\n'],
  ['client', `${message.replaceAll(/\r?\n/g, '\r\n')}\r\n.\r\n`],
  ['server', '250 queued\r\n'],
  ['client', 'QUIT\r\n'],
  ['server', '221 bye\r\n'],
]
