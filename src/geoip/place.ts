/** What a record of a city, country or ASN database says, in the layout of MaxMind, which DB-IP shares. */
import type { GeoFacts } from '../model/geo.js'

/** The longest names of places and organisations have under 200 characters. */
const MAX_NAME = 256
const MAX_AS = 0xffff_ffff

export function placeOf(record: unknown): GeoFacts {
  const country = textAt(record, 'country', 'iso_code')
  const city = textAt(record, 'city', 'names', 'en')
  const asOrg = textAt(record, 'autonomous_system_organization')
  const as = valueAt(record, ['autonomous_system_number'])
  return {
    ...(country === undefined ? {} : { country }),
    ...(city === undefined ? {} : { city }),
    ...(typeof as === 'number' && as >= 0 && as <= MAX_AS ? { as } : {}),
    ...(asOrg === undefined ? {} : { asOrg }),
  }
}

function valueAt(record: unknown, keys: readonly string[]): unknown {
  let value = record
  for (const key of keys) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** Undefined for what is no name: empty, no text, or longer than any. */
function textAt(record: unknown, ...keys: string[]): string | undefined {
  const value = valueAt(record, keys)
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME ? value : undefined
}
