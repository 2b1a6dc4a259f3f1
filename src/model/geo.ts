/** Where an address is and whose network it is in, as the user's databases say: their word, not the wire's. */
export interface GeoFacts {
  /** ISO 3166-1 alpha-2. */
  readonly country?: string
  /** English. */
  readonly city?: string
  /** Number of the autonomous system. */
  readonly as?: number
  readonly asOrg?: string
}

export interface GeoAnswer {
  readonly facts: GeoFacts
  /** What is wrong with a record of it, a sentence that names the file. */
  readonly damage?: string | undefined
}

/** What is known of an address in text; undefined for nothing. */
export type GeoSight = (ip: string) => GeoAnswer | undefined

/** Of both ends of a flow. */
export interface FlowGeo {
  readonly client: GeoFacts | undefined
  readonly server: GeoFacts | undefined
}
