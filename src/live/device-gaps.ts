/** When a device was away, until it is written down. */

/** Milliseconds since 1970. */
export interface Gap {
  readonly fromMs: number
  toMs: number
}

/** An interface that comes and goes without a packet: beyond so many, its absences count as one long one. */
const MAX_GAPS = 64

export function noteGap(gaps: Gap[], fromMs: number, toMs: number): void {
  if (gaps.length < MAX_GAPS) gaps.push({ fromMs, toMs })
  else gaps[MAX_GAPS - 1]!.toMs = toMs
}
