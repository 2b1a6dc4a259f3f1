/** A packet's time: seconds since 1970-01-01T00:00:00Z and nanoseconds within the second. Never the wall clock. */
export interface Instant {
  readonly sec: number
  readonly nsec: number
}

/** Nanoseconds since the epoch, exactly; a plain number would lose the last three digits. */
export const toNanoseconds = (at: Instant): bigint => BigInt(at.sec) * 1_000_000_000n + BigInt(at.nsec)

/** Nanoseconds from `from` to `to`; exact up to 104 days, which is longer than any transaction. */
export const nanosecondsBetween = (from: Instant, to: Instant): number => (to.sec - from.sec) * 1e9 + (to.nsec - from.nsec)

export const isBefore = (a: Instant, b: Instant): boolean => a.sec < b.sec || (a.sec === b.sec && a.nsec < b.nsec)

/** ISO 8601 in UTC with nine digits: 2015-08-27T08:00:55.638957000Z. Shared by documents and views. */
export function toIso(at: Instant): string {
  // Dates hold up to 8.64e12 s; capture readers clamp to the 64-bit nanosecond range, which is well inside.
  const day = new Date(at.sec * 1000).toISOString()
  return `${day.slice(0, -5)}.${String(at.nsec).padStart(9, '0')}Z`
}
