/** Rows as JSON: one array, or one object a line. Texts stay exact; codes that a terminal would obey are escaped. */
import { jsonString, jsonText } from '../../schema/json-text.js'
import type { RowWriter, Value } from './row-format.js'
import { valueText } from './value-text.js'

const jsonValue = (value: Value): string => (value !== null && typeof value === 'object' ? jsonString(valueText(value)) : jsonText(value))

/** Two columns of one name would leave one member: the later ones are numbered, `id`, `id_2`. */
export function memberNames(columns: readonly string[]): readonly string[] {
  const taken = new Set<string>()
  return columns.map((column) => {
    let name = column
    for (let n = 2; taken.has(name); n++) name = `${column}_${n}`
    taken.add(name)
    return name
  })
}

class ObjectText {
  private labels: readonly string[] = []

  begin(columns: readonly string[]): void {
    this.labels = memberNames(columns).map((name) => `${jsonString(name)}:`)
  }

  of(values: readonly Value[]): string {
    let text = '{'
    for (let i = 0; i < values.length; i++) text += (i === 0 ? '' : ',') + this.labels[i] + jsonValue(values[i]!)
    return `${text}}`
  }
}

export function ndjsonWriter(): RowWriter {
  const object = new ObjectText()
  return {
    begin(columns) {
      object.begin(columns)
      return ''
    },
    row: (values) => `${object.of(values)}\n`,
    end: () => '',
  }
}

export function jsonWriter(): RowWriter {
  const object = new ObjectText()
  let rows = 0
  return {
    begin(columns) {
      object.begin(columns)
      return '['
    },
    row: (values) => `${rows++ === 0 ? '\n' : ',\n'}${object.of(values)}`,
    end: () => (rows === 0 ? ']\n' : '\n]\n'),
  }
}
