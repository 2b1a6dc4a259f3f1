/** What the parsers hand to the correlator. */
import type { Header } from './packet.js'

/** A TNS packet. `body` begins behind the header and is borrowed until the call returns. */
export class Packet {
  readonly kind = 'packet'
  constructor(
    readonly header: Header,
    readonly body: Buffer,
    /** Bytes of the body that were here but are not kept. */
    readonly left: number,
    /** Bytes of the body that were not captured. */
    readonly lost: number,
    /** Bytes of the body that never came. */
    readonly missing: number,
  ) {}
}
/** Part of a packet that goes on: only its packets and times matter. */
export const PIECE = { kind: 'piece' } as const
/** Bytes outside of any packet were lost or passed over. */
export const HOLE = { kind: 'hole' } as const
export type OracleMessage = Packet | typeof PIECE | typeof HOLE
