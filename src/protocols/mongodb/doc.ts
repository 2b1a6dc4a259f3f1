/** A BSON document as it lies in somebody's buffer: its elements by name, its numbers and texts, documents inside it. */
import { double, i32le, int64, T, valueSize, zero } from './bson.js'

/** Elements of one document that are looked at by name: commands and replies have dozens, data is not read this way. */
const MAX_ELEMENTS = 1024
/** Bytes of an element's name that are read. */
const MAX_NAME = 4096
const NO_COUNTS: ReadonlyMap<string, number> = new Map()

export class Doc {
  readonly names: string[] = []
  readonly types: number[] = []
  /** Where each value lies: [from, to). */
  readonly from: number[] = []
  readonly to: number[] = []
  /** Not all of it is here: it is damaged, was cut, or holds more elements than are read. */
  cut = false

  /**
   * @param at where its length stands
   * @param end nothing of it is at or behind this place
   * @param counts how long arrays were before they were shortened, by their path ("cursor.firstBatch")
   */
  constructor(
    readonly buf: Buffer,
    readonly at: number,
    readonly end: number,
    readonly counts: ReadonlyMap<string, number> = NO_COUNTS,
    readonly path = '',
  ) {
    const length = at + 4 <= end ? i32le(buf, at) : 0
    let stop = at + length
    if (length < 5 || stop > end) {
      stop = end
      this.cut = true
    }
    let pos = at + 4
    while (pos < stop) {
      const type = buf[pos++]!
      if (type === 0) break
      const nameEnd = zero(buf, pos, Math.min(stop, pos + MAX_NAME))
      if (nameEnd < 0 || this.names.length === MAX_ELEMENTS) {
        this.cut = true
        break
      }
      const from = nameEnd + 1
      const size = valueSize(type, buf, from, stop)
      if (size < 0) {
        this.cut = true
        break
      }
      // A value that goes on behind the end is taken for as much of it as is here.
      const to = Math.min(from + size, stop)
      this.names.push(buf.toString('utf8', pos, nameEnd))
      this.types.push(type)
      this.from.push(from)
      this.to.push(to)
      if (from + size > stop) {
        this.cut = true
        break
      }
      pos = to
    }
  }

  get size(): number {
    return this.names.length
  }

  /** The place of the first element of that name, or -1. */
  find(name: string): number {
    return this.names.indexOf(name)
  }

  has(name: string): boolean {
    return this.names.includes(name)
  }

  /** A string or symbol, capped. */
  text(name: string, max = 1024): string | undefined {
    const i = this.find(name)
    return i < 0 ? undefined : this.textAt(i, max)
  }

  textAt(i: number, max = 1024): string | undefined {
    const type = this.types[i]
    if (type !== T.string && type !== T.symbol) return undefined
    const from = this.from[i]! + 4
    const to = Math.min(this.to[i]!, this.from[i]! + 4 + i32le(this.buf, this.from[i]!) - 1)
    return to < from ? '' : this.buf.toString('utf8', from, Math.min(to, from + max))
  }

  /** A number of any of the types that hold one, or a truth value as 1 or 0. */
  number(name: string): number | bigint | undefined {
    const i = this.find(name)
    return i < 0 ? undefined : this.numberAt(i)
  }

  numberAt(i: number): number | bigint | undefined {
    const at = this.from[i]!
    const there = this.to[i]! - at
    switch (this.types[i]) {
      case T.int32:
        return there < 4 ? undefined : i32le(this.buf, at)
      case T.int64:
        return there < 8 ? undefined : int64(this.buf, at)
      case T.double:
        return there < 8 ? undefined : double(this.buf, at)
      case T.bool:
        return there < 1 ? undefined : this.buf[at]
      default:
        return undefined
    }
  }

  /** A count: a whole number that fits. */
  count(name: string): number | undefined {
    const value = this.number(name)
    return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined
  }

  /** Whether it is there and true in the way servers read truth: any number but 0. */
  truth(name: string): boolean | undefined {
    const value = this.number(name)
    return value === undefined ? undefined : value !== 0 && value !== 0n
  }

  /** A document inside. Every step goes down one level, and callers take fixed steps. */
  sub(name: string): Doc | undefined {
    const i = this.find(name)
    return i < 0 ? undefined : this.subAt(i)
  }

  subAt(i: number): Doc | undefined {
    const type = this.types[i]
    if (type !== T.document && type !== T.array) return undefined
    const name = this.names[i]!
    return new Doc(this.buf, this.from[i]!, this.to[i]!, this.counts, this.path === '' ? name : `${this.path}.${name}`)
  }

  /** Bytes of a binary value, borrowed. */
  binary(name: string): Buffer | undefined {
    const i = this.find(name)
    if (i < 0 || this.types[i] !== T.binary || this.to[i]! - this.from[i]! < 5) return undefined
    return this.buf.subarray(this.from[i]! + 5, this.to[i]!)
  }

  /** How many elements the array of that name has, without reading them. */
  lengthOf(name: string): number | undefined {
    const i = this.find(name)
    if (i < 0 || this.types[i] !== T.array) return undefined
    const known = this.counts.get(this.path === '' ? name : `${this.path}.${name}`)
    return known ?? countElements(this.buf, this.from[i]!, this.to[i]!)
  }
}

/** Elements of the document or array at `at`; those in front of the damage when it is damaged. */
export function countElements(buf: Buffer, at: number, end: number): number {
  let count = 0
  let pos = at + 4
  while (pos < end) {
    const type = buf[pos++]!
    if (type === 0) break
    const nameEnd = zero(buf, pos, end)
    if (nameEnd < 0) break
    const size = valueSize(type, buf, nameEnd + 1, end)
    if (size < 0 || nameEnd + 1 + size > end) break
    pos = nameEnd + 1 + size
    count++
  }
  return count
}

/** Documents one behind the other: a document sequence, or the documents of a legacy message. */
export class Docs {
  constructor(
    readonly name: string,
    readonly buf: Buffer,
    readonly from: number,
    readonly to: number,
    /** How many there were before they were shortened. */
    private readonly total?: number,
    readonly counts: ReadonlyMap<string, number> = NO_COUNTS,
  ) {}

  get count(): number {
    return this.total ?? this.each(() => true)
  }

  /** Calls `see` with the range of each until it says false; answers how many were seen. The last may be cut. */
  each(see: (from: number, to: number) => boolean): number {
    let count = 0
    let pos = this.from
    while (pos + 5 <= this.to) {
      const length = i32le(this.buf, pos)
      if (length < 5) break
      count++
      if (!see(pos, Math.min(this.to, pos + length))) break
      pos += length
    }
    return count
  }

  first(): Doc | undefined {
    return this.from + 5 <= this.to ? new Doc(this.buf, this.from, this.to, this.counts) : undefined
  }
}
