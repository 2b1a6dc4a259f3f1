/** Custom payloads: what extensions of drivers and servers say to each other. */
import { isPrintable } from './notation.js'
import { isSecretColumn, type Secret, washValue } from './secrets.js'
import { rawValue } from './values.js'

/** Bytes of one value that are shown as text. */
const MAX_TEXT = 1024

export function payloadView(pairs: readonly [string, Buffer | undefined][], secret: Secret): Record<string, unknown> {
  const out: Record<string, unknown> = {}
  for (const [key, value] of pairs) {
    if (value === undefined) out[key] = null
    else if (isSecretColumn(key)) out[key] = secret(value.toString('utf8'))
    else if (value.length <= MAX_TEXT && isPrintable(value)) out[key] = washValue(value.toString('utf8'), secret)
    else out[key] = washValue(rawValue(value), secret)
  }
  return out
}
