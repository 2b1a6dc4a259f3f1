/** A conversation in memory, from handshake to close: the shortest way from what two programs say to a capture of it. */
import type { Side } from '../model/side.js'
import { type Bytes, bytesOf, type Frame, frame, pcap, tcpFrame, udpFrame } from './captures.js'

/** Who says what, one packet each; or how many bytes of a side were sent and acknowledged but not captured. */
export type Said = readonly [side: Side, bytes: Bytes] | readonly ['gap', side: Side, bytes: number]

export interface ConversationOptions {
  readonly client?: string
  readonly server?: string
  readonly clientPort?: number
  readonly serverPort?: number
  /** 'udp' makes each step a datagram. */
  readonly transport?: 'tcp' | 'udp'
  /** Seconds since 1970 of the first packet; each packet comes a millisecond after the one before. */
  readonly start?: number
  /** false = the capture began later than the connection. */
  readonly handshake?: boolean
  /** false = the capture ends before the connection does. */
  readonly close?: boolean
}

/** @returns a pcap file */
export function conversation(steps: readonly Said[], options: ConversationOptions = {}): Buffer {
  const { client = '192.0.2.10', server = '192.0.2.20', clientPort = 49_152, serverPort = 7, start = 1_700_000_000 } = options
  const frames: Frame[] = []
  const next = { client: 1000, server: 5000 }
  const ends = {
    client: { src: client, dst: server, srcPort: clientPort, dstPort: serverPort },
    server: { src: server, dst: client, srcPort: serverPort, dstPort: clientPort },
  }
  const send = (packet: Buffer): void => {
    const at = frames.length * 1_000_000
    frames.push(frame(packet, start + Math.floor(at / 1e9), at % 1e9))
  }
  const say = (side: Side, flags: string, data: Bytes = ''): void => {
    const bytes = bytesOf(data)
    const ack = flags === 'S' ? {} : { ack: next[side === 'client' ? 'server' : 'client'] }
    send(tcpFrame({ ...ends[side], flags, seq: next[side], ...ack }, bytes))
    next[side] += bytes.length + (/[SF]/.test(flags) ? 1 : 0)
  }
  if (options.transport === 'udp') {
    for (const step of steps) if (step[0] !== 'gap') send(udpFrame(ends[step[0]], step[1]))
    return pcap(frames, { kind: 'nano' })
  }
  if (options.handshake ?? true) {
    say('client', 'S')
    say('server', 'SA')
    say('client', 'A')
  }
  for (const step of steps)
    if (step[0] === 'gap') next[step[1]] += step[2]
    else say(step[0], 'PA', step[1])
  if (options.close ?? true) {
    say('client', 'FA')
    say('server', 'FA')
    say('client', 'A')
  }
  return pcap(frames, { kind: 'nano' })
}
