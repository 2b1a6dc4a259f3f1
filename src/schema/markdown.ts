/** The field table of docs/protocols/<name>.md, from the same declarations that create the columns. */
import { pathsOf } from './document.js'
import type { Field, TableSchema } from './fields.js'
import { jsonText } from './json-text.js'

/** Longest example shown; the whole one stands in `audit schema`. */
const MAX_EXAMPLE = 60

const words = { text: 'text', int: 'integer', real: 'real', bool: '0 or 1', list: 'JSON list', json: 'JSON' } as const

const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('`', "'").replaceAll('|', '\\|')}\``)

const escaped = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')

function example(field: Field<unknown>): string {
  const text = typeof field.example === 'string' ? field.example : jsonText(field.example)
  return code(text.length > MAX_EXAMPLE ? `${text.slice(0, MAX_EXAMPLE - 1)}\u2026` : text)
}

/** One row a field: its column, its type, its names in documents, what it means. */
export function fieldTable(schema: TableSchema): string {
  const rows = Object.entries(schema.fields).map(([name, field]) => {
    const column = field.only === 'document' ? '' : code(name)
    const type = words[field.kind] + (field.optional ? ', may be NULL' : '')
    const paths = field.only === 'case' ? '' : pathsOf(schema.name, name, field).map(code).join('<br>')
    return `| ${column} | ${type} | ${paths} | ${escaped(field.doc)} | ${example(field)} |`
  })
  return ['| column | type | in documents | meaning | example |', '|---|---|---|---|---|', ...rows].join('\n')
}
