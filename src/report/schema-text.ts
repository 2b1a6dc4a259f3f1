/** Tables and columns as people read them on a terminal. */
import { described, fold } from './columns.js'
import type { Paint } from './paint.js'

interface TableLike {
  readonly name: string
  readonly kind: string
  readonly doc: string
  readonly columns: readonly { readonly name: string; readonly type: string; readonly nullable: boolean; readonly doc: string }[]
}

const WIDTH = 80

export function tableListText(tables: readonly TableLike[], paint: Paint): string {
  const rows = tables.map((table) => [table.name, table.kind, String(table.columns.length)])
  const texts = ['a row is', ...tables.map(({ doc }) => doc)]
  const [heading, ...body] = described([['name', 'kind', 'columns'], ...rows], '<<>', texts, WIDTH)
  return `${[paint.heading(heading!), ...body].join('\n')}\n\naudit schema NAME shows the columns\n`
}

export function tableText({ name, kind, doc, columns }: TableLike, paint: Paint): string {
  const rows = columns.map((column) => [column.name, `${column.type}${column.nullable ? '' : ' not null'}`])
  const texts = columns.map((column) => column.doc)
  const title = [`${paint.heading(name)}  ${paint.dim(kind)}`, ...fold(doc, WIDTH)]
  return `${title.join('\n')}\n\n${described(rows, '<<', texts, WIDTH).join('\n')}\n`
}

export function anomalyCodeText(codes: readonly { readonly code: string; readonly doc: string }[], paint: Paint): string {
  const rows = [['code'], ...codes.map(({ code }) => [code])]
  const [heading, ...body] = described(rows, '<', ['meaning', ...codes.map(({ doc }) => doc)], WIDTH)
  return `${[paint.heading(heading!), ...body].join('\n')}\n`
}
