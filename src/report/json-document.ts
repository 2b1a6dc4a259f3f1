/** JSON for people and programs: indented, 64-bit integers exact, nothing in it that a terminal would obey. */
import { jsonString, jsonText } from '../schema/json-text.js'

/** Lists of plain values up to this long stay on one line. */
const LINE = 100

export const jsonDocument = (value: unknown): string => `${indented(value, '')}\n`

function indented(value: unknown, margin: string): string {
  if (typeof value !== 'object' || value === null) return jsonText(value)
  const inner = `${margin}  `
  const entries = Array.isArray(value)
    ? value.map((item) => indented(item, inner))
    : Object.entries(value).flatMap(([key, item]) => (item === undefined ? [] : [`${jsonString(key)}: ${indented(item, inner)}`]))
  const [open, close] = Array.isArray(value) ? '[]' : '{}'
  if (entries.length === 0) return `${open}${close}`
  const flat = Array.isArray(value) && !value.some((item) => typeof item === 'object' && item !== null)
  const line = flat ? entries.join(', ') : ''
  if (flat && line.length <= LINE) return `${open}${line}${close}`
  return `${open}\n${entries.map((entry) => inner + entry).join(',\n')}\n${margin}${close}`
}
