/** Values for the `?` and `:name` of a query, as they come from a command line. */
import { UserError } from '../model/user-error.js'

/** An integer travels as text: a number would lose digits on the way to the process that runs the query. */
export type Parameter =
  | { readonly text: string }
  | { readonly integer: string }
  | { readonly real: number }
  /** NULL: a saved query's parameter that was left out. */
  | { readonly absent: true }

export interface Parameters {
  readonly positional: readonly Parameter[]
  readonly named: Readonly<Record<string, Parameter>>
}

const INTEGER = /^(0|-?[1-9]\d{0,18})$/
const MAX_INTEGER = 2n ** 63n - 1n
const MIN_INTEGER = -(2n ** 63n)

/** A number only where the number, written out, is the same text again: `007`, `+1` and `1.50` stay text. */
export function parameterOf(text: string): Parameter {
  if (INTEGER.test(text)) {
    const value = BigInt(text)
    if (value >= MIN_INTEGER && value <= MAX_INTEGER) return { integer: text }
  } else if (/^-?\d+[.e]/.test(text) && String(Number(text)) === text) return { real: Number(text) }
  return { text }
}

/** `name=value` is for `:name`, `@name` or `$name`; anything else is for the next `?`. */
export function parametersOf(given: readonly string[]): Parameters {
  const positional: Parameter[] = []
  const named: Record<string, Parameter> = {}
  for (const item of given) {
    const match = /^[:@$]?([A-Za-z_]\w*)=(.*)$/s.exec(item)
    if (!match) positional.push(parameterOf(item))
    else if (Object.hasOwn(named, match[1]!)) throw new UserError(`the parameter ${match[1]} is given twice`)
    else named[match[1]!] = parameterOf(match[2]!)
  }
  return { positional, named }
}

export function boundValue(parameter: Parameter): string | number | bigint | null {
  if ('integer' in parameter) return BigInt(parameter.integer)
  if ('real' in parameter) return parameter.real
  return 'text' in parameter ? parameter.text : null
}
