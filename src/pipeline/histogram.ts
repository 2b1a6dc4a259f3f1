/** Durations in constant memory: 32 buckets an octave, so a percentile is right to about 2 %. */
const PER_OCTAVE = 32

export class Histogram {
  private readonly buckets = new Uint32Array(64 * PER_OCTAVE)
  count = 0

  add(ns: number): void {
    const at = ns < 1 ? 0 : Math.floor(Math.log2(ns) * PER_OCTAVE)
    this.buckets[Math.min(at, this.buckets.length - 1)]!++
    this.count++
  }

  addAll(other: Histogram): void {
    for (let i = 0; i < this.buckets.length; i++) this.buckets[i]! += other.buckets[i]!
    this.count += other.count
  }

  /** The `share` quantile in nanoseconds, or undefined without samples. */
  quantile(share: number): number | undefined {
    if (this.count === 0) return undefined
    let left = Math.ceil(this.count * share)
    for (let i = 0; i < this.buckets.length; i++) {
      left -= this.buckets[i]!
      if (left <= 0) return Math.round(2 ** ((i + 0.5) / PER_OCTAVE))
    }
    return undefined
  }
}
