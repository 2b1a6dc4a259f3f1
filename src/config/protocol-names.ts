/** Names of protocols: what this build decodes, and what the field knows by other names. */
import type { AnyProtocol } from '../protocols/protocol.js'
import { didYouMean } from './nearest.js'

/** What people type for the name of a protocol. */
const OTHER_WORDS: Readonly<Record<string, string>> = {
  postgres: 'pgsql',
  postgresql: 'pgsql',
  mariadb: 'mysql',
  memcached: 'memcache',
  mongo: 'mongodb',
  dhcp: 'dhcpv4',
  ssl: 'tls',
  https: 'tls',
  mail: 'smtp',
  email: 'smtp',
  rabbitmq: 'amqp',
  ping: 'icmp',
  cql: 'cassandra',
}

export type NameVerdict =
  | { readonly kind: 'decoded'; readonly protocol: AnyProtocol }
  | { readonly kind: 'unknown'; readonly message: string }

/** What a protocol's name means to this build. */
export function judgeName(name: string, registry: readonly AnyProtocol[]): NameVerdict {
  const names = registry.map((p) => p.name)
  const at = names.indexOf(name)
  if (at >= 0) return { kind: 'decoded', protocol: registry[at]! }
  const meant = OTHER_WORDS[name.toLowerCase()]
  const hint = meant !== undefined && names.includes(meant) ? `; did you mean "${meant}"?` : didYouMean(name, names)
  return { kind: 'unknown', message: `there is no protocol "${name}"${hint}` }
}
