/** Rows to a Parquet file, one row group at a time, so that memory is bounded by a group. The library is loaded with this file only. */
import { ByteWriter, ParquetWriter } from 'hyparquet-writer'
import { type ParquetKind, parquetElement, parquetValue } from './parquet-column.js'
import type { Value } from './row-format.js'

/** Rows of a group: enough to compress and to skip by statistics, few enough to hold. */
export const GROUP_ROWS = 16_384
/** Characters and bytes of a group's texts. Held about four times: as texts, as bytes, compressed, and in the buffer for the disk. */
export const GROUP_CHARACTERS = 16 * 1024 * 1024

export interface ParquetColumn {
  readonly name: string
  readonly kind: ParquetKind
}

type Cell = ReturnType<typeof parquetValue>

export class ParquetFile {
  /** Values that did not fit their column's type and are NULL in the file. */
  misfits = 0
  private readonly sink: Sink
  private readonly writer: ParquetWriter
  private readonly data: Cell[][]
  private rows = 0
  private characters = 0

  /** @param put takes bytes; they are its own only until it returns */
  constructor(
    private readonly columns: readonly ParquetColumn[],
    put: (bytes: Uint8Array) => void,
    createdBy: string,
  ) {
    this.sink = new Sink(put)
    const root = { name: 'root', num_children: columns.length }
    this.writer = new ParquetWriter({
      writer: this.sink,
      schema: [root, ...columns.map(({ name, kind }) => parquetElement(name, kind))],
      createdBy,
    })
    this.data = columns.map(() => [])
  }

  row(values: readonly Value[]): void {
    for (let i = 0; i < this.columns.length; i++) {
      const stored = values[i] ?? null
      const value = parquetValue(this.columns[i]!.kind, stored)
      if (value === undefined) this.misfits++
      else if (typeof value === 'string' || value instanceof Uint8Array) this.characters += value.length
      this.data[i]!.push(value ?? null)
    }
    if (++this.rows >= GROUP_ROWS || this.characters >= GROUP_CHARACTERS) this.group()
  }

  private group(): void {
    if (this.rows === 0) return
    this.writer.write({
      // An index of pages would be kept until the end of the file.
      columnData: this.columns.map(({ name }, i) => ({ name, data: this.data[i] as never, offsetIndex: false })),
      rowGroupSize: this.rows,
    })
    this.sink.flush()
    for (const column of this.data) column.length = 0
    this.rows = this.characters = 0
  }

  end(): void {
    this.group()
    this.writer.finish()
  }
}

/** The library's buffer, emptied into ours after each group. */
class Sink extends ByteWriter {
  constructor(private readonly put: (bytes: Uint8Array) => void) {
    super()
  }

  flush(): void {
    this.put(new Uint8Array(this.buffer, 0, this.index))
    this.index = 0
  }

  override finish(): void {
    this.flush()
  }
}
