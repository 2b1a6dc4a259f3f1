/** The kernel's list of sockets, /proc/net/{tcp,tcp6,udp,udp6}: who is bound to what, and which inode that socket is. proc(5). */
import { endianness } from 'node:os'
import { ipText } from '../model/address.js'

export interface HostSocket {
  readonly localIp: string
  readonly localPort: number
  /** '' and 0 of a socket that is not connected. */
  readonly remoteIp: string
  readonly remotePort: number
  /** 0 of a connection that no process holds: not accepted yet, or closed (TIME_WAIT). */
  readonly inode: number
}

/** sl, local, remote, state, queues, timer, retransmits, uid, timeout, inode. */
const LINE = /^\s*\d+: ([0-9A-F]+):([0-9A-F]{4}) ([0-9A-F]+):([0-9A-F]{4}) [0-9A-F]{2} \S+ \S+ \S+\s+\d+\s+\d+ (\d+)/gm

/** Every address that stands for all of them. */
export const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::'])

/** Sockets of one file; lines that are none are passed over. */
export function* socketsOf(text: string): Generator<HostSocket> {
  for (const [, localIp, localPort, remoteIp, remotePort, inode] of text.matchAll(LINE)) {
    const port = Number.parseInt(remotePort!, 16)
    yield {
      localIp: addressOf(localIp!),
      localPort: Number.parseInt(localPort!, 16),
      remoteIp: port === 0 ? '' : addressOf(remoteIp!),
      remotePort: port,
      inode: Number(inode),
    }
  }
}

/** Words of 32 bits in the byte order of the host; an IPv4 address that an IPv6 socket speaks to is what the wire has, IPv4. */
function addressOf(hex: string): string {
  const bytes = Buffer.from(hex, 'hex')
  if (endianness() === 'LE') bytes.swap32()
  if (bytes.length === 4) return ipText(4, bytes, 0)
  if (bytes.length !== 16) return ''
  const mapped = bytes.readUInt32BE(0) === 0 && bytes.readUInt32BE(4) === 0 && bytes.readUInt32BE(8) === 0xffff
  return mapped ? ipText(4, bytes, 12) : ipText(6, bytes, 0)
}
