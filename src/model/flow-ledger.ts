/** The ledger of a flow: how an analysis read it, step by step. What `audit explain` shows, as text or as JSON under these names. */
import type { Side } from './side.js'

/** A packet of the case. */
export interface PacketPlace {
  readonly capture_id: number
  /** Number in that capture, from 1. */
  readonly frame: number
  /** ISO 8601, UTC, nine digits. */
  readonly ts: string
}

/**
 * roles        who is client was decided
 * middle       the capture does not hold the beginning of a side
 * asked        protocols were asked what the first bytes are
 * chosen       a protocol began to read
 * unknown      no protocol knows the bytes
 * upgrade      the rest of the connection is another protocol
 * opaque       what follows cannot be read, or is nobody's
 * lost, cut    bytes that the capture does not hold; cut by its snaplen
 * gave-up      a parser stopped reading a side, or could not read a datagram
 * anomaly      a row of `anomaly`
 * closed       a side ended by FIN
 * ended        the conversation is over
 * split        the packets make more than one flow when they are read again
 */
export type FlowEventKind =
  | 'roles'
  | 'middle'
  | 'asked'
  | 'chosen'
  | 'unknown'
  | 'upgrade'
  | 'opaque'
  | 'lost'
  | 'cut'
  | 'gave-up'
  | 'anomaly'
  | 'closed'
  | 'ended'
  | 'split'

export interface FlowEvent extends PacketPlace {
  readonly kind: FlowEventKind
  readonly text: string
  readonly side?: Side | undefined
  /** Bytes of the side before it. */
  readonly offset?: number | undefined
  /** Of `lost` and `cut`; the sum over `count`. */
  bytes?: number | undefined
  readonly asked?: ProbeRound | undefined
  /** How often it happened in a row; `last_frame` is the last packet then. */
  count: number
  last_frame?: number
}

/** Protocols asked once, about the same bytes. */
export interface ProbeRound {
  /** How many bytes they were shown. */
  readonly client_bytes: number
  readonly server_bytes: number
  readonly yes: readonly ProbeAnswer[]
  readonly maybe: readonly ProbeAnswer[]
  /** Names; in either orientation, where both were asked. */
  readonly no: readonly string[]
  /** Names of those that were not reached: the first yes wins. */
  readonly not_asked: readonly string[]
}

export interface ProbeAnswer {
  readonly protocol: string
  /** One of the ports is its own: settles a maybe when no more bytes come. */
  readonly hinted: boolean
  /** The orientation that was asked about. */
  readonly client_port: number
  readonly server_port: number
}

/** What became of payload bytes. */
export type Fate = 'decoded' | 'opaque' | 'unparsed' | 'lost' | 'cut'
export const fates: readonly Fate[] = ['decoded', 'opaque', 'unparsed', 'lost', 'cut']
export type FateBytes = Record<Fate, number>

/** Bytes `from` to `to` (exclusive) of a side and what became of them; of bytes that were not captured there are no frames. */
export interface FateRange {
  readonly from: number
  to: number
  readonly fate: string
  readonly bytes: FateBytes
  readonly first?: Pick<PacketPlace, 'capture_id' | 'frame'> | undefined
  last?: Pick<PacketPlace, 'capture_id' | 'frame'> | undefined
}

export interface SideLedger {
  readonly bytes: FateBytes
  readonly ranges: readonly FateRange[]
  /** Ranges behind those that are listed; `bytes` counts them too. */
  readonly more_ranges: number
  /** First bytes, hex. */
  readonly head: string
}

/** Where decoding first failed, or met what a parser calls an anomaly: most parsers read on behind it. */
export interface Failure extends PacketPlace {
  readonly kind: FlowEventKind
  readonly text: string
  readonly side?: Side | undefined
  readonly offset?: number | undefined
  /** Bytes of the side up to the offset, and from it on; hex. */
  readonly before: string
  readonly after: string
}

export interface LedgerTransaction {
  /** Number in the case; absent when the case does not have it. */
  readonly id?: number | undefined
  readonly tx: string
  readonly protocol: string
  readonly status: string
  readonly complete: string
  readonly capture_id: number
  readonly frames: string
  /** Whether it came out again; absent when the packets were not read. */
  readonly again?: boolean | undefined
}

export interface LedgerAnomaly {
  readonly code: string
  readonly message: string
  readonly count: number
  readonly capture_id?: number | undefined
  readonly frame?: number | undefined
  readonly offset?: number | undefined
}

export interface FlowLedger {
  /** The flow as the case has it. */
  readonly flow: Readonly<Record<string, string | number | bigint | null>>
  /** `packets`: read again from the captures; `case`: from the rows alone, and `why_not` says why. */
  readonly source: 'packets' | 'case'
  readonly why_not?: readonly string[]
  /** Packets of the flow that were found, and that the case counts. */
  readonly packets?: { readonly found: number; readonly wanted: number }
  /** Protocols of which one of the ports is their own. */
  readonly hints?: readonly string[]
  readonly detection?: string
  readonly events?: readonly FlowEvent[]
  /** Events that were left out between the first and the last ones. */
  readonly omitted_events?: number
  readonly client?: SideLedger
  readonly server?: SideLedger
  readonly first_failure?: Failure | undefined
  readonly anomalies: readonly LedgerAnomaly[]
  readonly transactions: readonly LedgerTransaction[]
  /** Transactions that are not listed. */
  readonly omitted_transactions: number
  /** Where the packets, read again, say something else than the case. */
  readonly differences?: readonly string[]
}
