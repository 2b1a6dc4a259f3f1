/** The places and networks that the rows of `flow` hold; cases of older versions have no such columns. */
import type { Database } from 'better-sqlite3'
import type { FlowGeo, GeoFacts } from '../model/geo.js'
import { quoted } from '../schema/sql.js'
import type { Stored } from './stored-value.js'

const NAMES = ['country', 'city', 'as', 'as_org'] as const
const COLUMNS = [...NAMES.map((name) => `client_${name}`), ...NAMES.map((name) => `server_${name}`)]

/** What is selected of the flow `f`, one expression a column, NULL for those that the case lacks. */
export function geoExpressions(db: Database): string[] {
  const present = new Set(db.prepare("SELECT name FROM pragma_table_info('flow', 'main')").pluck().all() as string[])
  return COLUMNS.map((name) => `${present.has(name) ? `f.${quoted(name)}` : 'NULL'} AS ${quoted(`flow.${name}`)}`)
}

/** @param cells begin with those expressions' values at `base` */
export function storedGeo(cells: readonly Stored[], base: number): FlowGeo | undefined {
  const client = factsAt(cells, base)
  const server = factsAt(cells, base + NAMES.length)
  return client || server ? { client, server } : undefined
}

function factsAt(cells: readonly Stored[], at: number): GeoFacts | undefined {
  const [country, city, as, asOrg] = [0, 1, 2, 3].map((i) => cells[at + i] ?? undefined)
  if (country === undefined && city === undefined && as === undefined && asOrg === undefined) return undefined
  return {
    ...(country === undefined ? {} : { country: String(country) }),
    ...(city === undefined ? {} : { city: String(city) }),
    ...(as === undefined ? {} : { as: Number(as) }),
    ...(asOrg === undefined ? {} : { asOrg: String(asOrg) }),
  }
}
