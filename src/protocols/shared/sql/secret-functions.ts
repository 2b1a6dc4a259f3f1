/** Calls of functions that take a password or a key: which of their arguments are secret. */
import type { Dialect } from './scanner.js'

/** First and last secret argument, from 0; what stands behind them is a cipher's name, a mode, options. */
type Range = readonly [first: number, last: number]

const ALL: Range = [0, Number.MAX_SAFE_INTEGER]

const FUNCTIONS: Readonly<Record<Dialect, ReadonlyMap<string, Range>>> = {
  mysql: new Map([
    ['PASSWORD', ALL],
    ['OLD_PASSWORD', ALL],
    ['ENCRYPT', ALL],
    ['DES_ENCRYPT', ALL],
    ['DES_DECRYPT', [1, 1]],
    ['AES_ENCRYPT', [0, 1]],
    ['AES_DECRYPT', [1, 1]],
    ['ENCODE', ALL],
    ['DECODE', [1, 1]],
  ]),
  pgsql: new Map([
    // The salt of a check is the stored hash.
    ['CRYPT', [0, 1]],
    ['HMAC', [0, 1]],
    ['PGP_SYM_ENCRYPT', [0, 1]],
    ['PGP_SYM_ENCRYPT_BYTEA', [0, 1]],
    ['PGP_SYM_DECRYPT', [1, 1]],
    ['PGP_SYM_DECRYPT_BYTEA', [1, 1]],
    ['PGP_PUB_DECRYPT', [1, 2]],
    ['PGP_PUB_DECRYPT_BYTEA', [1, 2]],
  ]),
  cql: new Map(),
  oracle: new Map(),
}
/** Functions whose arguments are no secret wherever they are called: gen_salt('bf', 8) names a kind of salt. */
const HARMLESS: ReadonlySet<string> = new Set(['GEN_SALT'])

/** The outermost call of such a function that is open, and a harmless one inside. */
export class SecretCall {
  private depth = -1
  private argument = 0
  private range: Range = ALL
  private harmless = -1

  constructor(private readonly dialect: Dialect) {}

  /** A parenthesis has opened behind `name`; `depth` counts it. */
  opened(name: string, depth: number): void {
    if (this.harmless < 0 && HARMLESS.has(name)) this.harmless = depth
    if (this.depth >= 0) return
    const range = FUNCTIONS[this.dialect].get(name)
    if (!range) return
    this.depth = depth
    this.range = range
    this.argument = 0
  }

  /** `depth` is what is left. */
  closed(depth: number): void {
    if (depth < this.depth) this.depth = -1
    if (depth < this.harmless) this.harmless = -1
  }

  comma(depth: number): void {
    if (depth === this.depth) this.argument++
  }

  /** What the call says of the place we are at; undefined outside of one. */
  get secret(): boolean | undefined {
    if (this.harmless >= 0) return false
    if (this.depth < 0) return undefined
    return this.argument >= this.range[0] && this.argument <= this.range[1]
  }

  reset(): void {
    this.depth = this.harmless = -1
  }
}
