/**
 * The digest of a table's rows, in parts: which part differs says where a case was changed, and a mark of each row says which row.
 *
 * A part is the rows whose numbers share all but the last ten bits. Its digest is the SHA-256 over, for each row in the order of numbers,
 * the number (8 bytes), the length of its record (4 bytes) and the record; the table's is that over, for each part, the number of its
 * first possible row (8 bytes), its rows (4 bytes) and its digest (32 bytes). All numbers big-endian. See docs/verify.md.
 */
import { createHash, type Hash } from 'node:crypto'
import { type RowBytes, Unexpected } from './table-pages.js'
import { writeVarint } from './varint.js'

/** Rows a part: its digest, 32 bytes, then weighs nothing; and a part with a changed row is read again in a millisecond. */
export const PART_ROWS = 1024
/** Bytes gathered for one call of the hash; a longer record makes the buffer grow to its size. */
const BUFFERED = 65_536
const FRAME = 12
const MARK_BYTES = 4
/** A step within a part is below PART_ROWS: two bytes as a varint. */
const STEP_BYTES = 2

export interface TablePart {
  /** A multiple of PART_ROWS. */
  readonly first: number
  readonly rows: number
  readonly sha256: Buffer
  /** For each row: how far its number lies from the one before (varint; of the first row, from `first`) and its mark (4 bytes). */
  readonly index: Buffer
}

export interface TableDigest {
  readonly rows: number
  readonly sha256: string
  readonly parts: readonly TablePart[]
}

export class TableDigester implements RowBytes {
  private readonly parts: TablePart[] = []
  private buffer = Buffer.allocUnsafe(BUFFERED)
  private view = viewOf(this.buffer)
  private used = 0
  /** Where the record of the row that is being given begins; -1 for none. */
  private record = -1
  private hash: Hash = createHash('sha256')
  private first = -1
  private rows = 0
  private before = 0
  private readonly index = Buffer.allocUnsafe(PART_ROWS * (MARK_BYTES + STEP_BYTES))
  private indexed = 0

  row(id: number, length: number): void {
    this.endRow()
    const first = id - (id % PART_ROWS)
    if (first !== this.first) {
      if (first < this.first) throw new Unexpected('rows that are not in order')
      this.endPart()
      this.first = this.before = first
    } else if (id <= this.before || this.rows >= PART_ROWS) throw new Unexpected('rows that are not in order')
    if (this.used + FRAME + length > this.buffer.length) this.makeRoom(FRAME + length)
    this.used = this.buffer.writeUInt32BE(Math.floor(id / 2 ** 32), this.used)
    this.used = this.buffer.writeUInt32BE(id % 2 ** 32, this.used)
    this.used = this.buffer.writeUInt32BE(length, this.used)
    this.record = this.used
    this.indexed = writeVarint(this.index, this.indexed, id - this.before)
    this.before = id
    this.rows++
  }

  piece(buf: Buffer, from: number, to: number): void {
    this.used += buf.copy(this.buffer, this.used, from, to)
  }

  end(): TableDigest {
    this.endRow()
    this.endPart()
    return TableDigester.over(this.parts)
  }

  /** The digest over parts. */
  static over(parts: readonly TablePart[]): TableDigest {
    const whole = createHash('sha256')
    const frame = Buffer.alloc(FRAME)
    let rows = 0
    for (const part of parts) {
      frame.writeBigUInt64BE(BigInt(part.first))
      frame.writeUInt32BE(part.rows, 8)
      whole.update(frame).update(part.sha256)
      rows += part.rows
    }
    return { rows, sha256: whole.digest('hex'), parts }
  }

  private endRow(): void {
    if (this.record < 0) return
    this.indexed = this.index.writeUInt32BE(markOf(this.view, this.record, this.used), this.indexed)
    this.record = -1
  }

  private endPart(): void {
    if (this.rows === 0) return
    this.spill()
    const { first, rows } = this
    this.parts.push({ first, rows, sha256: this.hash.digest(), index: Buffer.from(this.index.subarray(0, this.indexed)) })
    this.hash = createHash('sha256')
    this.rows = this.indexed = 0
  }

  private makeRoom(bytes: number): void {
    this.spill()
    if (bytes <= this.buffer.length) return
    this.buffer = Buffer.allocUnsafe(bytes)
    this.view = viewOf(this.buffer)
  }

  private spill(): void {
    if (this.used > 0) this.hash.update(this.buffer.subarray(0, this.used))
    this.used = 0
  }
}

const viewOf = (buf: Buffer): DataView => new DataView(buf.buffer, buf.byteOffset, buf.length)

/**
 * A number that tells a row from its changed self, but for one case in four billion. It points, the digest proves; a call of zlib's
 * CRC-32 for each row takes three times as long.
 *
 * FNV-1a, four of them side by side over words of four bytes (little-endian), because a multiplication waits for the one before; the
 * bytes left go to the first; the four are folded by the same step.
 */
function markOf(view: DataView, from: number, to: number): number {
  let a = FNV_BASIS
  let b = FNV_BASIS
  let c = FNV_BASIS
  let d = FNV_BASIS
  let at = from
  for (const blocks = to - 15; at < blocks; at += 16) {
    a = Math.imul(a ^ view.getInt32(at, true), FNV_PRIME)
    b = Math.imul(b ^ view.getInt32(at + 4, true), FNV_PRIME)
    c = Math.imul(c ^ view.getInt32(at + 8, true), FNV_PRIME)
    d = Math.imul(d ^ view.getInt32(at + 12, true), FNV_PRIME)
  }
  for (; at < to; at++) a = Math.imul(a ^ view.getUint8(at), FNV_PRIME)
  a = Math.imul(a ^ b, FNV_PRIME)
  a = Math.imul(a ^ c, FNV_PRIME)
  return Math.imul(a ^ d, FNV_PRIME) >>> 0
}
const FNV_BASIS = 0x811c9dc5 | 0
const FNV_PRIME = 0x01000193

/** Number and mark of each row of a part; undefined where the index is none. */
export function rowsOfIndex({ first, index }: Pick<TablePart, 'first' | 'index'>): Map<number, number> | undefined {
  const rows = new Map<number, number>()
  let id = first
  for (let at = 0; at < index.length; at += MARK_BYTES) {
    let step = 0
    let byte: number
    do {
      byte = index[at++] ?? 0
      step = step * 128 + (byte & 0x7f)
    } while (byte >= 0x80)
    if (at + MARK_BYTES > index.length || step >= PART_ROWS) return undefined
    id += step
    rows.set(id, index.readUInt32BE(at))
  }
  return rows
}
