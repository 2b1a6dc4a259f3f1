/** What a session needs of a capture device, whoever provides it. */

import type { UserError } from '../model/user-error.js'

/** Since the device was opened. */
export interface KernelCounts {
  readonly received: number
  readonly dropped: number
  readonly interfaceDropped: number
  /** Nobody has told yet what was dropped: both numbers are 0 for want of better. */
  readonly lossUnknown?: boolean
}

/** When an interface was not there, milliseconds since 1970; `to` is undefined while that goes on. */
export interface Absence {
  readonly from: number
  readonly to: number | undefined
}

export interface Device {
  readonly name: string
  /** LINKTYPE_ number. */
  readonly linkType: number
  readonly snaplen: number
  /** Its times count nanoseconds; else microseconds. */
  readonly nanoseconds: boolean
  /**
   * The packets since the last call, as the whole records that libpcap writes to a file, little-endian; empty when there are none.
   * Never waits. Borrowed until the next call. Throws a UserError when the device is gone.
   */
  poll(): Buffer
  counts(): KernelCounts
  /** Another filter from now on (undefined = none); answers what is wrong with it. Absent where it cannot change. */
  readonly replaceFilter?: ((text: string | undefined) => string | undefined) | undefined
  /**
   * For a device that takes its time to end: afterwards its last packets lie ready for `poll`, and its counters are final. Polls
   * go on meanwhile, and find no fault with its being gone.
   * @param gather wait for what the system gathers by now
   */
  end?(gather: boolean): Promise<void>
  close(): void
  /** It is away now, and may come back. */
  readonly away?: Absence | undefined
  /** An absence that ended since the last call. */
  returned?(): Absence | undefined
  /** Why it will not come back: a session goes on as long as one device is left. */
  readonly gone?: UserError | undefined
}
