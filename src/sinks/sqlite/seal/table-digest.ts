/**
 * The digest of a table's rows, in parts: which part differs says where a case was changed, and a checksum of each row says which row.
 *
 * A part is the rows whose numbers share all but the last ten bits. Its digest is the SHA-256 over, for each row in the order of numbers,
 * the number (8 bytes), the length of its record (4 bytes) and the record; the table's is that over, for each part, the number of its
 * first possible row (8 bytes), its rows (4 bytes) and its digest (32 bytes). All numbers big-endian. See docs/verify.md.
 */
import { createHash, type Hash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { type RowBytes, Unexpected } from './table-pages.js'
import { writeVarint } from './varint.js'

/** Rows a part: its digest, 32 bytes, then weighs nothing; and a part with a changed row is read again in a millisecond. */
export const PART_ROWS = 1024
const BUFFERED = 65_536
const FRAME = 12
const CRC_BYTES = 4

export interface TablePart {
  /** A multiple of PART_ROWS. */
  readonly first: number
  readonly rows: number
  readonly sha256: Buffer
  /** For each row: how far its number lies from the one before (varint; the first, from `first`), CRC-32 of its record (4 bytes). */
  readonly index: Buffer
}

export interface TableDigest {
  readonly rows: number
  readonly sha256: string
  readonly parts: readonly TablePart[]
}

export class TableDigester implements RowBytes {
  private readonly parts: TablePart[] = []
  private readonly buffer = Buffer.allocUnsafe(BUFFERED)
  private used = 0
  private hash: Hash = createHash('sha256')
  private first = -1
  private rows = 0
  private before = 0
  private index = Buffer.allocUnsafe(PART_ROWS * (CRC_BYTES + 2))
  private indexed = 0
  private crc = 0
  private crcStarted = false

  row(id: number, length: number): void {
    this.endRow()
    const first = id - (id % PART_ROWS)
    if (first !== this.first) {
      this.endPart()
      this.first = this.before = first
    } else if (id <= this.before || this.rows >= PART_ROWS) throw new Unexpected('rows that are not in order')
    if (this.used + FRAME > BUFFERED) this.spill()
    this.used = this.buffer.writeUInt32BE(Math.floor(id / 2 ** 32), this.used)
    this.used = this.buffer.writeUInt32BE(id % 2 ** 32, this.used)
    this.used = this.buffer.writeUInt32BE(length, this.used)
    this.indexed = writeVarint(this.index, this.indexed, id - this.before)
    this.before = id
    this.rows++
    this.crcStarted = true
    this.crc = 0
  }

  piece(buf: Buffer, from: number, to: number): void {
    const bytes = to - from
    this.crc = crc32(buf.subarray(from, to), this.crc)
    if (this.used + bytes > BUFFERED) this.spill()
    if (bytes > BUFFERED) this.hash.update(buf.subarray(from, to))
    else {
      buf.copy(this.buffer, this.used, from, to)
      this.used += bytes
    }
  }

  end(): TableDigest {
    this.endRow()
    this.endPart()
    const whole = createHash('sha256')
    const frame = Buffer.alloc(FRAME)
    let rows = 0
    for (const part of this.parts) {
      frame.writeBigUInt64BE(BigInt(part.first))
      frame.writeUInt32BE(part.rows, 8)
      whole.update(frame).update(part.sha256)
      rows += part.rows
    }
    return { rows, sha256: whole.digest('hex'), parts: this.parts }
  }

  private endRow(): void {
    if (!this.crcStarted) return
    this.indexed = this.index.writeUInt32BE(this.crc, this.indexed)
    this.crcStarted = false
  }

  private endPart(): void {
    if (this.rows === 0) return
    this.spill()
    const { first, rows } = this
    this.parts.push({ first, rows, sha256: this.hash.digest(), index: Buffer.from(this.index.subarray(0, this.indexed)) })
    this.hash = createHash('sha256')
    this.rows = this.indexed = 0
  }

  private spill(): void {
    if (this.used > 0) this.hash.update(this.buffer.subarray(0, this.used))
    this.used = 0
  }
}

/** Number and CRC-32 of each row of a part; undefined where the index is none. */
export function rowsOfIndex({ first, index }: Pick<TablePart, 'first' | 'index'>): Map<number, number> | undefined {
  const rows = new Map<number, number>()
  let id = first
  for (let at = 0; at < index.length; at += CRC_BYTES) {
    let delta = 0
    let byte: number
    do {
      byte = index[at++] ?? 0
      delta = delta * 128 + (byte & 0x7f)
    } while (byte >= 0x80)
    if (at + CRC_BYTES > index.length || delta >= PART_ROWS) return undefined
    id += delta
    rows.set(id, index.readUInt32BE(at))
  }
  return rows
}

