/** One Parquet file a table. */
import type { Relation } from '../case/case-relations.js'
import { parquetKindOf } from '../report/format/parquet-column.js'
import { ParquetFile } from '../report/format/parquet-writer.js'
import type { FileTarget } from '../sinks/ndjson/text-target.js'

/** Writes a table; yields after each row. Returns how many values did not fit their column's type. */
export function* writeParquet(relation: Relation, file: FileTarget, createdBy: string): Generator<void, number> {
  const columns = relation.columns.map(({ name, kind }) => ({ name, kind: parquetKindOf(name, kind) }))
  const parquet = new ParquetFile(columns, (bytes) => file.writeBytes(bytes), createdBy)
  for (const row of relation.rows()) {
    parquet.row(row)
    yield
  }
  parquet.end()
  return parquet.misfits
}
