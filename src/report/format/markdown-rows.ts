/** Rows as a Markdown table. Captured text is text there too: no markup, no links, no HTML. */
import { sanitize } from '../sanitize.js'
import type { RowWriter, Value } from './row-format.js'
import { valueText } from './value-text.js'

const entities: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;' }

export const markdownText = (text: string): string =>
  sanitize(text)
    .replace(/[\\`*_[\]|~]/g, '\\$&')
    .replace(/[<>&]/g, (char) => entities[char]!)
    // A bare address would become a link.
    .replace(/:\/\//g, ':&#47;&#47;')
    .replace(/\b(www)\./gi, '$1&#46;')

const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |\n`

export function markdownWriter(): RowWriter {
  return {
    begin: (columns) => line(columns.map(markdownText)) + line(columns.map(() => '---')),
    row: (values) => line(values.map((value: Value) => (typeof value === 'string' ? markdownText(value) : valueText(value)))),
    end: () => '',
  }
}
