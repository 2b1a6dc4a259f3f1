/** The places and networks of a flow's ends in the document of a transaction, under the names of ECS and Packetbeat. */
import type { FlowGeo, GeoFacts } from '../../model/geo.js'
import { jsonText } from '../../schema/json-text.js'

/** In document order. A flow's own document has the same from the columns of `flow`. */
export const GEO_PATHS = [
  'client.geo',
  'client.as',
  'server.geo',
  'server.as',
  'source.geo',
  'source.as',
  'destination.geo',
  'destination.as',
] as const

/** Values of those paths, as JSON text. */
export function geoValues(geo: FlowGeo | undefined): readonly (string | undefined)[] {
  if (!geo) return NOTHING
  const client = sideOf(geo.client)
  const server = sideOf(geo.server)
  return [...client, ...server, ...client, ...server]
}

const NOTHING: readonly undefined[] = GEO_PATHS.map(() => undefined)

function sideOf(facts: GeoFacts | undefined): [string | undefined, string | undefined] {
  const { country, city, as, asOrg } = facts ?? {}
  return [
    country === undefined && city === undefined ? undefined : jsonText({ country_iso_code: country, city_name: city }),
    as === undefined && asOrg === undefined
      ? undefined
      : jsonText({ number: as, organization: asOrg === undefined ? undefined : { name: asOrg } }),
  ]
}
