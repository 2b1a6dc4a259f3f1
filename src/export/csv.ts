/** One CSV file a table: captured text harmless for a spreadsheet, as `audit query --csv` writes it. */
import type { Relation } from '../case/case-relations.js'
import { rowWriter } from '../report/format/row-format.js'
import type { FileTarget } from '../sinks/ndjson/text-target.js'

/** Writes a table; yields after each row, so that the caller may pause or stop. */
export function* writeCsv(relation: Relation, file: FileTarget): Generator<void> {
  const writer = rowWriter('csv')
  file.write(writer.begin(relation.columns.map(({ name }) => name)))
  for (const row of relation.rows()) {
    file.write(writer.row(row))
    yield
  }
  file.write(writer.end())
}
