/** A TCP connection in memory, from handshake to close: the shortest way from what two programs say to a capture of it. */
import type { Side } from '../model/side.js'
import { type Bytes, bytesOf, type Frame, frame, pcap, tcpFrame } from './captures.js'

export interface ConversationOptions {
  readonly client?: string
  readonly server?: string
  readonly clientPort?: number
  readonly serverPort?: number
  /** Seconds since 1970 of the first packet; each packet comes a millisecond after the one before. */
  readonly start?: number
}

/**
 * @param steps who says what, one packet each
 * @returns a pcap file
 */
export function conversation(steps: readonly (readonly [side: Side, bytes: Bytes])[], options: ConversationOptions = {}): Buffer {
  const { client = '192.0.2.10', server = '192.0.2.20', clientPort = 49_152, serverPort = 7, start = 1_700_000_000 } = options
  const frames: Frame[] = []
  const next = { client: 1000, server: 5000 }
  const say = (side: Side, flags: string, data: Bytes = ''): void => {
    const own = side === 'client'
    const at = frames.length * 1_000_000
    const ends = own
      ? { src: client, dst: server, srcPort: clientPort, dstPort: serverPort }
      : { src: server, dst: client, srcPort: serverPort, dstPort: clientPort }
    const bytes = bytesOf(data)
    const ack = flags === 'S' ? {} : { ack: own ? next.server : next.client }
    frames.push(frame(tcpFrame({ ...ends, flags, seq: next[side], ...ack }, bytes), start + Math.floor(at / 1e9), at % 1e9))
    next[side] += bytes.length + (/[SF]/.test(flags) ? 1 : 0)
  }
  say('client', 'S')
  say('server', 'SA')
  say('client', 'A')
  for (const [side, bytes] of steps) say(side, 'PA', bytes)
  say('client', 'FA')
  say('server', 'FA')
  say('client', 'A')
  return pcap(frames, { kind: 'nano' })
}
