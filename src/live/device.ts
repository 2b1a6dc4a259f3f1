/** What a session needs of a capture device, whoever provides it. */

/** Since the device was opened. */
export interface KernelCounts {
  readonly received: number
  readonly dropped: number
  readonly interfaceDropped: number
  /** Nobody has told yet what was dropped: both numbers are 0 for want of better. */
  readonly lossUnknown?: boolean
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
  /**
   * For a device that takes its time to end: afterwards its last packets lie ready for `poll`, and its counters are final. Polls
   * go on meanwhile, and find no fault with its being gone.
   * @param gather wait for what the system gathers by now
   */
  end?(gather: boolean): Promise<void>
  close(): void
}
