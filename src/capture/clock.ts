/** The clock of a pcapng interface: 64-bit ticks, of nearly any length, to whole seconds and nanoseconds, exactly. */

const TWO32 = 4_294_967_296

export class InterfaceClock {
  readonly ticksPerSecond: number
  /** Result of `set`. */
  sec = 0
  nsec = 0
  /** Nanoseconds per tick where that is a whole number; 0 = the slow way. */
  readonly #scale: number
  readonly #exact: bigint

  constructor(
    /** The if_tsresol byte: 10^-n, or 2^-n with the high bit set. */
    resolution: number,
    /** Seconds to add: if_tsoffset. */
    private readonly offset: number,
  ) {
    const power = resolution & 0x7f
    const base = resolution & 0x80 ? 2 : 10
    this.ticksPerSecond = base ** power
    this.#exact = BigInt(base) ** BigInt(power)
    this.#scale = base === 10 && power <= 9 ? 10 ** (9 - power) : 0
  }

  /** Sets `sec` (not yet clamped) and `nsec` from the two halves of a time stamp. */
  set(high: number, low: number): void {
    if (this.#scale === 0) {
      this.#setSlowly(high, low)
      return
    }
    const tps = this.ticksPerSecond
    if (high < 0x20_0000) {
      // Below 2^53 one division is exact but for the last unit of the quotient.
      const ticks = high * TWO32 + low
      let sec = Math.floor(ticks / tps)
      let rest = ticks - sec * tps
      if (rest < 0) {
        sec--
        rest += tps
      }
      this.sec = sec + this.offset
      this.nsec = rest * this.#scale
      return
    }
    // Long division in steps of 16 bits: no intermediate value reaches 2^53.
    const q0 = Math.floor(high / tps)
    const v1 = (high - q0 * tps) * 65_536 + (low >>> 16)
    const q1 = Math.floor(v1 / tps)
    const v2 = (v1 - q1 * tps) * 65_536 + (low & 0xffff)
    const q2 = Math.floor(v2 / tps)
    this.sec = q0 * TWO32 + q1 * 65_536 + q2 + this.offset
    this.nsec = (v2 - q2 * tps) * this.#scale
  }

  /** Powers of two and anything finer than a nanosecond: rare enough for BigInt. */
  #setSlowly(high: number, low: number): void {
    const ticks = (BigInt(high) << 32n) | BigInt(low)
    this.sec = Number(ticks / this.#exact) + this.offset
    this.nsec = Number(((ticks % this.#exact) * 1_000_000_000n) / this.#exact)
  }
}
