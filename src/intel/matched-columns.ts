/** Which columns of a case hold texts that lists of indicators know, as their fields declare: a new protocol is matched without being named here. */
import { kindOf, type TableSchema, type TextKind } from '../schema/fields.js'
import { columnsOf, commonColumns } from '../schema/sql.js'

export interface MatchedColumn {
  readonly name: string
  readonly holds: TextKind
  /** JSON text: every text inside is looked at. */
  readonly nested: boolean
}

/** Plain data: it crosses a process border. */
export interface MatchedView {
  readonly name: string
  readonly columns: readonly MatchedColumn[]
}

/** @param schemas of transactions. */
export const matchedViews = (schemas: readonly TableSchema[]): readonly MatchedView[] =>
  schemas.map(({ name, fields }) => ({ name, columns: matchedColumns([...commonColumns, ...columnsOf(fields)]) }))

export const matchedColumns = (columns: ReturnType<typeof columnsOf>): readonly MatchedColumn[] =>
  columns.flatMap(({ name, kind, field }) => {
    const holds = kindOf(field)
    return holds === undefined || (kind !== 'text' && kind !== 'list' && kind !== 'json') ? [] : [{ name, holds, nested: kind !== 'text' }]
  })
