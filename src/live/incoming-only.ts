/**
 * Has Linux leave out what a socket would be shown of outgoing packets: packet(7), PACKET_IGNORE_OUTGOING, since 4.20.
 *
 * libpcap leaves them out by itself, but after they took their room in the buffer and were counted as received or dropped. The filter
 * word `inbound` is no way to say it either: where libpcap filters blocks by itself, right after a filter was set, it matches nothing.
 */
import type { Koffi } from './native.js'

const SOL_PACKET = 263
const PACKET_IGNORE_OUTGOING = 23

/** True where the kernel understood. */
export function ignoreOutgoing(koffi: Koffi, fileDescriptor: number): boolean {
  if (process.platform !== 'linux' || fileDescriptor < 0) return false
  const setsockopt = koffi.load(null).func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32_t'])
  const on = new Int32Array([1])
  return setsockopt(fileDescriptor, SOL_PACKET, PACKET_IGNORE_OUTGOING, on, on.byteLength) === 0
}
