/** What one packet added to a conversation, or what is missing of it. */
import type { Instant } from './instant.js'
import type { Side } from './side.js'

export type ConversationPiece =
  | {
      readonly kind: 'data'
      readonly side: Side
      /** Payload in the order that the receiver read it; borrowed until the call returns. */
      readonly bytes: Buffer
      /** Bytes of this side before it; for datagrams too. */
      readonly offset: number
      readonly at: Instant
      /** Number of the packet in its capture, and the capture's in the case. */
      readonly frame: number
      readonly captureId: number
    }
  /** `bytes` of this side were not captured; `cut`: by the snaplen. */
  | { readonly kind: 'gap'; readonly side: Side; readonly bytes: number; readonly cut: boolean; readonly offset: number }
