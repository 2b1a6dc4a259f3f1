/** What is known of a connection: who is logged in, in which keyspace, how bodies are compressed. */
import type { BodyCompression } from './compression.js'
import type { Secret } from './secrets.js'
import type { StatementCache } from './statements.js'

export interface ConnectionState {
  readonly secret: Secret
  /** What stands in place of a secret; '' when secrets are shown. */
  readonly mask: string
  readonly statements: StatementCache
  readonly compression: BodyCompression
  /** Address and port, by which prepared statements are told apart. */
  readonly server: string
  startupSeen: boolean
  /** The server asked for a login. */
  loginAsked: boolean
  /** The last login's user, whether accepted or not. */
  claimed: string | undefined
  /** Who is logged in. */
  user: string | undefined
  /** Keyspace of the last USE. */
  keyspace: string | undefined
  /** Losses on the server's side so far. */
  serverHoles: number
  clientHoles: number
}
