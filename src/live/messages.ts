/** What the session and its capture worker say to each other. */
import type { LossCounter } from '../capture/loss.js'
import type { InterfaceCounts, InterfaceFacts } from '../capture/pcapng-encoder.js'
import type { CaptureWay } from './capture-tools.js'
import type { RingLimits } from './ring.js'

export interface CaptureOrder {
  /** What takes the packets; libpcap, or else what can, unless told otherwise. */
  readonly captureWith?: CaptureWay
  /** System names, in the order given. */
  readonly devices: readonly string[]
  readonly snaplen: number
  /** The system's buffer, MiB. */
  readonly bufferSizeMb: number
  readonly promiscuous: boolean
  /** Leave out what this host sends. */
  readonly ignoreOutgoing: boolean
  readonly filter: string | undefined
  /** Undefined: packets are handed on without being kept. */
  readonly ring: { readonly folder: string; readonly prefix: string; readonly limits: RingLimits } | undefined
  /** Bytes on their way to the decoder at most; without a ring, what comes beyond is left out and counted. */
  readonly queueBytes: number
  /** Stop after so many packets. */
  readonly packets: number
  /** How this program was called, for advice that can be followed to the letter. */
  readonly argv: readonly string[]
  /** Named in the section header. */
  readonly program: string
  readonly os: string
}

export interface DeviceCounts extends InterfaceCounts {
  readonly name: string
  /** Packets taken and handed on or kept, and their captured bytes. */
  readonly taken: number
  readonly takenBytes: number
}

/** Files of the ring that are there. */
export interface RingState {
  readonly files: number
  readonly bytes: number
}

/** Packets of one interface that were lost between two readings of its counters. */
export interface DeviceLoss {
  readonly interface: string
  readonly counter: Exclude<LossCounter, 'unknown'>
  /** Milliseconds since 1970. */
  readonly from: number
  readonly to: number
  readonly packets: number
}

export type FromWorker =
  | { readonly kind: 'ready'; readonly interfaces: readonly InterfaceFacts[]; readonly warnings: readonly string[] }
  /** A ring file was begun; what follows is in it. */
  | { readonly kind: 'file'; readonly path: string; readonly previousBytes: number }
  | { readonly kind: 'removed'; readonly path: string }
  /** The newest ring file has grown. */
  | { readonly kind: 'grown' }
  /** Bytes of the capture, without a ring; to be answered with `taken`. */
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | {
      readonly kind: 'counts'
      readonly packets: number
      readonly bytes: number
      readonly devices: readonly DeviceCounts[]
      readonly ring: RingState | undefined
    }
  | { readonly kind: 'lost'; readonly losses: readonly DeviceLoss[] }
  | { readonly kind: 'failed'; readonly message: string; readonly nextSteps: readonly string[]; readonly bug: boolean }
  /** To be told to whoever watches. */
  | { readonly kind: 'notice'; readonly message: string }
  /** Answers `renew`: the captures that are begun from here on are those after it. */
  | Renewed
  /** All is said; the devices are closed. */
  | { readonly kind: 'over'; readonly reason: string | undefined }

export interface Renewed {
  readonly kind: 'renewed'
  /** What is wrong with the filter; nothing has changed then. */
  readonly refused?: string
  /** The interfaces whose filter cannot change while they are captured, and stays. */
  readonly kept: readonly string[]
}

export type ToWorker =
  | { readonly kind: 'start' }
  | { readonly kind: 'stop' }
  | { readonly kind: 'taken'; readonly bytes: number }
  /** What comes from now on is another capture, under this filter. */
  | { readonly kind: 'renew'; readonly filter: string | undefined }
