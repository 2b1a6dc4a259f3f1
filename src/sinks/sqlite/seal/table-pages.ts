/**
 * The rows of a table as the bytes that stand in the file, in the order of their numbers, without SQLite: an order of magnitude
 * faster than asking for their values. https://www.sqlite.org/fileformat2.html#b_tree_pages
 *
 * It reads a case that this program has just written and closed the log of. Whatever it does not expect, it gives up on
 * (`Unexpected`), and the rows are asked of SQLite instead.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { VarintReader } from './varint.js'

export class Unexpected extends Error {}

export interface RowBytes {
  /** A row begins: its number, the length of its record. */
  row(id: number, length: number): void
  /** The record, in one or more pieces; borrowed until it returns. */
  piece(buf: Buffer, from: number, to: number): void
}

const FILE_HEADER = 100
const INTERIOR = 0x05
const LEAF = 0x0d
/** A tree of 2^31 pages with two entries each is no deeper. */
const MAX_DEPTH = 32

const unexpected = (what: string): never => {
  throw new Unexpected(what)
}

export class CasePages {
  private readonly fd: number
  private readonly pageSize: number
  /** Without what extensions reserve at the end of each page. */
  private readonly usable: number
  private readonly pages: number
  private readonly overflow: Buffer
  private readonly levels: Buffer[] = []
  private readonly varint = new VarintReader()
  private read = 0

  constructor(path: string) {
    this.fd = openSync(path, 'r')
    const header = Buffer.alloc(FILE_HEADER)
    readSync(this.fd, header, 0, FILE_HEADER, 0)
    const size = header.readUInt16BE(16)
    this.pageSize = size === 1 ? 65_536 : size
    this.usable = this.pageSize - header[20]!
    this.pages = Math.floor(fstatSync(this.fd).size / this.pageSize)
    this.overflow = Buffer.allocUnsafe(this.pageSize)
  }

  close(): void {
    closeSync(this.fd)
  }

  /** @param columns how many a record must have: an older one of a table that got a column is shorter */
  walk(root: number, columns: number, to: RowBytes): void {
    this.read = 0
    this.page(root, columns, to, 0)
  }

  private load(page: number, into: Buffer): Buffer {
    // Each page of a table is met once: more of them than there are would be a circle.
    if (page < 2 || page > this.pages || ++this.read > this.pages) unexpected('a page that is not there')
    const got = readSync(this.fd, into, 0, this.pageSize, (page - 1) * this.pageSize)
    if (got !== this.pageSize) unexpected('a page that is cut')
    return into
  }

  private page(number: number, columns: number, to: RowBytes, depth: number): void {
    if (depth > MAX_DEPTH) unexpected('a tree too deep')
    this.levels[depth] ??= Buffer.allocUnsafe(this.pageSize)
    const buf = this.load(number, this.levels[depth])
    const kind = buf[0]
    const cells = buf.readUInt16BE(3)
    if (kind === INTERIOR) {
      for (let i = 0; i < cells; i++) this.page(buf.readUInt32BE(this.cellAt(buf, 12, i, 4)), columns, to, depth + 1)
      this.page(buf.readUInt32BE(8), columns, to, depth + 1)
    } else if (kind === LEAF) for (let i = 0; i < cells; i++) this.row(buf, this.cellAt(buf, 8, i, 3), columns, to)
    else unexpected('a page of another kind')
  }

  private cellAt(buf: Buffer, header: number, cell: number, least: number): number {
    const slot = header + 2 * cell
    if (slot + 2 > this.usable) unexpected('a cell list that runs out of its page')
    const at = buf.readUInt16BE(slot)
    if (at + least > this.usable) unexpected('a cell outside of its page')
    return at
  }

  private row(buf: Buffer, at: number, columns: number, to: RowBytes): void {
    const { varint, usable } = this
    varint.at = at
    const length = varint.next(buf)
    const id = varint.next(buf)
    if (!(length > 0 && id >= 0)) unexpected('a row number that is not ours')
    if (length > this.pages * this.pageSize) unexpected('a row longer than the file')
    const start = varint.at
    const inPage = usable - 35
    const least = Math.floor(((usable - 12) * 32) / 255) - 23
    const fitting = least + ((length - least) % (usable - 4))
    const local = length <= inPage ? length : fitting <= inPage ? fitting : least
    if (start + local + (local < length ? 4 : 0) > usable) unexpected('a row that runs out of its page')
    this.checkColumns(buf, start, start + local, columns)
    to.row(id, length)
    to.piece(buf, start, start + local)
    let left = length - local
    let next = left > 0 ? buf.readUInt32BE(start + local) : 0
    while (left > 0) {
      const more = this.load(next, this.overflow)
      const bytes = Math.min(left, usable - 4)
      to.piece(more, 4, 4 + bytes)
      left -= bytes
      next = more.readUInt32BE(0)
    }
  }

  private checkColumns(buf: Buffer, start: number, end: number, columns: number): void {
    const { varint } = this
    varint.at = start
    const headerEnd = start + varint.next(buf)
    if (!(headerEnd <= end)) unexpected('a record with a header longer than itself')
    let count = 0
    // One varint ends at each byte below 0x80.
    for (let i = varint.at; i < headerEnd; i++) if (buf[i]! < 0x80) count++
    if (count !== columns) unexpected('a record of fewer columns')
  }
}
