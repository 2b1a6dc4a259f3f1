/** Counters of a device since it was opened, the system's and our own. */
import type { Device, KernelCounts } from './device.js'
import type { DeviceCounts } from './messages.js'

export const noCounts = (name: string): DeviceCounts => ({
  name,
  received: 0,
  dropped: 0,
  interfaceDropped: 0,
  left: 0,
  taken: 0,
  takenBytes: 0,
})

/** What is counted of a device: read from it, and kept here. */
interface Counted {
  readonly device: Device
  /** As last read. */
  known: DeviceCounts
  readonly left: number
  readonly taken: number
  readonly takenBytes: number
}

/** Counters never fall: a device that is gone, or has none any longer, keeps those it had. */
export function countsOf(of: Counted): DeviceCounts {
  const { known } = of
  let kernel: KernelCounts = known
  try {
    kernel = of.device.counts()
  } catch {
    // Said where it is polled.
  }
  of.known = {
    name: known.name,
    received: Math.max(known.received, kernel.received),
    dropped: Math.max(known.dropped, kernel.dropped),
    interfaceDropped: Math.max(known.interfaceDropped, kernel.interfaceDropped),
    left: of.left,
    taken: of.taken,
    takenBytes: of.takenBytes,
    ...(kernel.lossUnknown ? { lossUnknown: true } : {}),
  }
  return of.known
}

export const minus = (a: DeviceCounts, b: DeviceCounts): DeviceCounts => ({
  name: a.name,
  received: a.received - b.received,
  dropped: a.dropped - b.dropped,
  interfaceDropped: a.interfaceDropped - b.interfaceDropped,
  left: a.left - b.left,
  taken: a.taken - b.taken,
  takenBytes: a.takenBytes - b.takenBytes,
  ...(a.lossUnknown ? { lossUnknown: true } : {}),
})
