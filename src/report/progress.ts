/** The one line that says how far a run is. */
import { bytesText, countText, durationText } from './quantities.js'

export interface ProgressState {
  readonly bytes: number
  readonly totalBytes?: number | undefined
  readonly packets: number
  readonly transactions: number
}

/** Before this much time has gone by, a rate says more about start-up than about the capture. */
const SETTLED_MS = 500

/** At most `width` characters, so that it never wraps and can be drawn over itself. */
export function progressText(state: ProgressState, elapsedMs: number, width: number): string {
  const { bytes, totalBytes, packets, transactions } = state
  const parts = [totalBytes === undefined ? bytesText(bytes) : `${bytesText(bytes)} of ${bytesText(totalBytes)}`]
  const known = totalBytes !== undefined && totalBytes > 0
  if (known) parts.push(`${Math.min(99, Math.floor((bytes / totalBytes) * 100))} %`)
  if (elapsedMs >= SETTLED_MS) parts.push(`${countText(Math.round((packets * 1000) / elapsedMs))} packets/s`)
  parts.push(`${countText(transactions)} transactions`)
  if (known && elapsedMs >= SETTLED_MS && bytes > 0 && bytes < totalBytes)
    parts.push(`${durationText(Math.ceil((((totalBytes - bytes) / bytes) * elapsedMs) / 1000) * 1e9).replace('.00', '')} left`)
  return parts.join('  ').slice(0, width)
}
