/** Values given to a saved query, checked against what it declares. */
import { UserError } from '../../model/user-error.js'
import { type Parameter, type Parameters, parameterOf } from '../parameter.js'
import type { ParameterType, SavedParameter, SavedQuery } from './header.js'

export interface ValueHelp {
  /** The known word closest to a mistyped one. */
  readonly suggest: (word: string, known: readonly string[]) => string | undefined
  /** A time as `ts` columns write it; undefined for what is none. */
  readonly time: (text: string) => string | undefined
  /** What stands before NAME=VALUE where values are given: the flag with a blank, or nothing. */
  readonly flag: string
}

const EXPECTED: Readonly<Record<Exclude<ParameterType, 'text' | 'any'>, string>> = {
  integer: 'a whole number',
  real: 'a number',
  time: 'a time: ISO 8601, UTC unless it names a zone, or seconds since 1970',
}
const GIVEN = /^[:@$]?([A-Za-z_]\w*)=(.*)$/s

/** `given` as --param has it, NAME=VALUE each. Every declared parameter comes out bound. */
export function valuesFor({ name, parameters }: SavedQuery, given: readonly string[], help: ValueHelp): Parameters {
  const texts = new Map<string, string>()
  const known = parameters.map((one) => one.name)
  const list = parameters.length === 0 ? `${name} takes none` : `it takes: ${parameters.map(signature).join(', ')}`
  for (const item of given) {
    const match = GIVEN.exec(item)
    if (!match) throw new UserError(`${help.flag}${item}: the parameters of ${name} have names`, [`${help.flag}NAME=VALUE`, list])
    const [, key = '', value = ''] = match
    if (!known.includes(key)) {
      const meant = help.suggest(key, known)
      throw new UserError(`${name} has no parameter ${key}${meant === undefined ? '' : `; did you mean "${meant}"?`}`, [list])
    }
    if (texts.has(key)) throw new UserError(`the parameter ${key} is given twice`)
    texts.set(key, value)
  }
  const missing = parameters.filter((one) => one.fallback === undefined && !texts.has(one.name))
  if (missing.length > 0)
    throw new UserError(
      `${name} needs ${missing.map((one) => one.name).join(', ')}`,
      missing.map(
        (one) => `${help.flag}${one.name}=${one.type === 'any' ? 'VALUE' : one.type.toUpperCase()}${one.meaning && `   ${one.meaning}`}`,
      ),
    )
  const named: Record<string, Parameter> = {}
  for (const parameter of parameters) {
    const text = texts.get(parameter.name) ?? parameter.fallback
    named[parameter.name] = text === null || text === undefined ? { absent: true } : typedValue(parameter, text, name, help)
  }
  return { positional: [], named }
}

function typedValue({ name, type }: SavedParameter, text: string, query: string, { time, flag }: ValueHelp): Parameter {
  if (type === 'any') return parameterOf(text)
  if (type === 'text') return { text }
  if (type === 'time') {
    const instant = time(text)
    if (instant !== undefined) return { text: instant }
  } else {
    const value = parameterOf(text.trim())
    if ('integer' in value) return value
    const real = Number(text)
    if (type === 'real' && text.trim() !== '' && Number.isFinite(real)) return { real }
  }
  throw new UserError(`${query}: ${name}=${text} is not ${EXPECTED[type]}`, [`for example ${flag}${name}=${EXAMPLES[type]}`])
}

const EXAMPLES = { integer: '100', real: '2.5', time: '2026-03-05T10:00:00Z' } as const

/** As lists show it: `min_ms=1000`, `protocol`, and `host!` for one that must be given. */
export const signature = ({ name, fallback }: SavedParameter): string =>
  fallback === undefined ? `${name}!` : fallback === null ? name : `${name}=${fallback}`
