/** What reassembly hands a connection's bytes to. Bytes are borrowed until the call returns. */
import type { Direction } from './flow.js'

export interface StreamReader {
  /** The next bytes of a direction, with the packet that carried them. */
  data(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void
  /** `bytes` at this point of a direction will never come; `cut`: the capture's snaplen cut them off. */
  gap(dir: Direction, bytes: number, cut?: boolean): void
  /** A direction ended by FIN, after its last byte. */
  closed(dir: Direction): void
}
