/** Bound values as JSON text, with their names and types where the statement's preparation was seen. */
import { jsonText } from '../../schema/json-text.js'
import type { Column } from './metadata.js'
import { isSecretColumn, type Secret, type SecretWords, secretValue, washValue } from './secrets.js'
import { Budget, cqlValue, rawValue, UNSET } from './values.js'

/** Values, with those inside collections, that are shown of one request. */
const MAX_SHOWN_VALUES = 2000
/** Values of one list that are written: a statement has as many as it has columns. */
export const MAX_PARAMS = 256

export interface ParamSource {
  readonly count: number
  readonly values: readonly (Buffer | 'unset' | undefined)[]
  readonly names: readonly string[] | undefined
}

export interface Shown {
  /** A list by position, or an object where the client gave names. */
  readonly value: unknown
  /** Some were left out. */
  readonly cut: boolean
}

/**
 * @param columns what the preparation says of each, by position; undefined when it was not seen
 * @param isSecret whether the value at a position, or of a name, stands where a secret does
 */
export function showParams(
  source: ParamSource,
  columns: readonly Column[] | undefined,
  isSecret: (position: number, name: string | undefined) => boolean,
  wide: boolean,
  secret: Secret,
  words: SecretWords,
  budget: Budget,
): Shown {
  const out: unknown[] = []
  const { values, names } = source
  const byName = names && columns ? new Map(columns.map((column) => [column.name, column])) : undefined
  const shown = Math.min(values.length, MAX_PARAMS)
  for (let i = 0; i < shown; i++) {
    const bytes = values[i]
    const name = names?.[i]
    const column = name !== undefined ? byName?.get(name) : columns?.[i]
    if (bytes === undefined) out.push(null)
    else if (bytes === 'unset') out.push(UNSET)
    else {
      const value = column ? cqlValue(column.type, bytes, wide, budget) : budget.spend() ? rawValue(bytes) : { cut: true }
      if (isSecret(i, name) || isSecretColumn(name ?? '') || isSecretColumn(column?.name ?? '')) {
        words.add(typeof value === 'string' ? value : bytes.toString('utf8'))
        out.push(secretValue(value, secret))
      } else {
        const washed = washValue(value, secret)
        // A masked text must not show again as its bytes.
        const raw = value as { text?: unknown; hex?: unknown } | null
        const masked = !column && typeof raw === 'object' && raw !== null && (washed as { text?: unknown }).text !== raw.text
        out.push(masked ? { ...(washed as object), hex: secret(String(raw.hex)) } : washed)
      }
    }
  }
  const cut = shown < source.count || budget.cut
  if (names) return { value: Object.fromEntries(out.map((value, i) => [names[i] ?? String(i), value])), cut }
  if (shown < source.count) out.push({ more: source.count - shown })
  return { value: out, cut }
}

export const newBudget = (): Budget => new Budget(MAX_SHOWN_VALUES)

/** Characters of all values together; beyond it the row would be larger than what it is about. */
const MAX_PARAMS_TEXT = 65536

/** The JSON text, or undefined when it would be too long. */
export function paramsText(value: unknown): string | undefined {
  const text = jsonText(value)
  return text.length <= MAX_PARAMS_TEXT ? text : undefined
}
