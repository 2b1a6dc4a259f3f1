/** Databases of places and networks that the user gave: read once, asked once for each address. */
import { createHash } from 'node:crypto'
import { readFile, stat } from 'node:fs/promises'
import { basename } from 'node:path'
import ipaddr from 'ipaddr.js'
import type { GeoAnswer, GeoFacts } from '../model/geo.js'
import { UserError } from '../model/user-error.js'
import { DamagedDatabase, Mmdb } from './mmdb.js'
import { placeOf } from './place.js'

/** Read whole, because any address may lie anywhere in it. The largest published city databases are a few hundred MB. */
export const MAX_DATABASE_BYTES = 1024 * 1024 * 1024
/** City, country and ASN of two makers; each is asked for each address. */
export const MAX_DATABASES = 6
/** Answers held, about 200 bytes each. More addresses than that come from scans, which do not come back. */
const MAX_ANSWERS = 65_536

/** As the run records it. */
export interface GeoFile {
  /** Without folder. */
  readonly name: string
  readonly sha256: string
  /** Such as GeoLite2-City. */
  readonly type: string
  /** ISO 8601, UTC; '' where it does not say. */
  readonly built: string
}

export class GeoDatabases {
  private readonly answers = new Map<string, GeoAnswer | undefined>()

  private constructor(
    readonly files: readonly GeoFile[],
    private readonly databases: readonly Mmdb[],
  ) {}

  /** Throws UserError for a file that is none, or damaged. */
  static async read(paths: readonly string[]): Promise<GeoDatabases> {
    if (paths.length > MAX_DATABASES)
      throw new UserError(`${paths.length} GeoIP databases are given, and at most ${MAX_DATABASES} are asked`, ['give those that matter'])
    const files: GeoFile[] = []
    const databases: Mmdb[] = []
    for (const path of paths) {
      const bytes = await contentOf(path)
      const database = opened(path, bytes)
      const { type, built } = database.metadata
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      files.push({ name: basename(path), sha256, type, built: built > 0 && built <= MAX_DATE ? new Date(built * 1000).toISOString() : '' })
      databases.push(database)
    }
    return new GeoDatabases(files, databases)
  }

  /** What is known of an address; the first file that knows a thing is believed. Undefined for nothing. */
  readonly of = (ip: string): GeoAnswer | undefined => {
    if (this.answers.has(ip)) return this.answers.get(ip)
    const answer = this.ask(ip)
    if (this.answers.size >= MAX_ANSWERS) this.answers.clear()
    this.answers.set(ip, answer)
    return answer
  }

  private ask(ip: string): GeoAnswer | undefined {
    const address = publicBytes(ip)
    if (!address) return undefined
    let facts: GeoFacts = {}
    let damage: string | undefined
    this.databases.forEach((database, i) => {
      try {
        facts = { ...placeOf(database.find(address)), ...facts }
      } catch (error) {
        // RangeError: the library read past the end, or a record went round in circles.
        damage ??= `${this.files[i]!.name}: the record of an address is damaged: ${(error as Error).message}`
      }
    })
    const known = Object.keys(facts).length > 0
    return known || damage !== undefined ? { facts, damage } : undefined
  }
}

/** Seconds that a Date holds. */
const MAX_DATE = 8_640_000_000_000

/** The bytes of a public unicast address; private, reserved, multicast ones have no place. IPv4 in IPv6 counts as IPv4. */
function publicBytes(ip: string): number[] | undefined {
  if (!ipaddr.isValid(ip)) return undefined
  const address = ipaddr.process(ip)
  return address.range() === 'unicast' ? address.toByteArray() : undefined
}

function opened(path: string, bytes: Buffer): Mmdb {
  if (bytes[0] === 0x1f && bytes[1] === 0x8b)
    throw new UserError(`${path} is compressed with gzip, and databases are read as they are`, ['unpack it, and give the .mmdb file in it'])
  try {
    return new Mmdb(bytes)
  } catch (error) {
    const reason = error instanceof DamagedDatabase ? error.message : `is damaged: ${(error as Error).message}`
    throw new UserError(`${path} ${reason}`, ['fetch the database again, or give another one (MaxMind DB format, .mmdb)'])
  }
}

async function contentOf(path: string): Promise<Buffer> {
  try {
    const found = await stat(path)
    if (!found.isFile()) throw new UserError(`${path} is no file`, ['give a database in MaxMind DB format (.mmdb)'])
    if (found.size > MAX_DATABASE_BYTES)
      throw new UserError(`${path} has ${found.size} bytes; a database is held in memory, so ${MAX_DATABASE_BYTES} are the limit`)
    return await readFile(path)
  } catch (error) {
    if (error instanceof UserError) throw error
    const code = (error as NodeJS.ErrnoException).code
    throw new UserError(`${path}: the GeoIP database cannot be read (${code === 'ENOENT' ? 'no such file' : (code ?? error)})`, [])
  }
}
