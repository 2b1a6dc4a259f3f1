/** What a session needs of a capture device, whoever provides it. */

/** Since the device was opened. */
export interface KernelCounts {
  readonly received: number
  readonly dropped: number
  readonly interfaceDropped: number
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
  replaceFilter?(text: string | undefined): string | undefined
  close(): void
}
