/** A value of SQLite as plain text: nothing for NULL, all digits of an integer, bytes as lower-case hex. */
import type { Value } from './row-format.js'

export function valueText(value: Value): string {
  if (value === null) return ''
  if (typeof value === 'string') return value
  if (typeof value === 'object') return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
  return String(value)
}
