/** Every code that the `anomaly` table can hold, with its sentence: the engine's, the captures', the protocols'. */
import { engineAnomalies } from '../pipeline/anomaly-log.js'
import type { AnyProtocol } from '../protocols/protocol.js'

/** Damage of capture files; the message of each says what it is in that file. */
const captureAnomalies: Readonly<Record<string, string>> = {
  'capture.block': 'A pcapng block is too short for its own header.',
  'capture.changed': 'The file was replaced by another one while it was read.',
  'capture.compression': 'The capture is compressed in a way that is not read.',
  'capture.cut': 'The capture ends in the middle of a record.',
  'capture.empty': 'The file holds nothing.',
  'capture.gzip': 'The gzip stream is damaged or cut.',
  'capture.interface': 'Packets belong to an interface that the capture does not describe.',
  'capture.interfaces': 'The capture names more interfaces than are kept.',
  'capture.interrupted': 'The run was interrupted before the capture was read to its end.',
  'capture.length': 'A record or block says a length that cannot be.',
  'capture.losses': 'Packets were lost in more intervals than are listed.',
  'capture.lz4': 'The LZ4 frames are damaged or cut.',
  'capture.magic': 'The file is neither pcap nor pcapng.',
  'capture.more': 'The capture is damaged in more places than are listed.',
  'capture.text': 'The capture holds more comments and names than are kept.',
  'capture.time': 'A packet time lies outside of what 64-bit nanoseconds hold.',
  'capture.unreadable': 'The system does not let the file be read.',
  'capture.zstd': 'The Zstandard frames are damaged or cut, or ask for too much.',
}

export interface AnomalyCode {
  readonly code: string
  readonly doc: string
}

/** Sorted by code. */
export function anomalyCodes(registry: readonly AnyProtocol[]): AnomalyCode[] {
  const all = Object.assign({}, captureAnomalies, engineAnomalies, ...registry.map(({ anomalies }) => anomalies)) as Record<string, string>
  return Object.entries(all)
    .map(([code, doc]) => ({ code, doc }))
    .sort((a, b) => (a.code < b.code ? -1 : 1))
}
