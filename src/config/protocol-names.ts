/** Names of protocols: what this build decodes, what the field knows by other names, what comes later. */
import type { AnyProtocol } from '../protocols/protocol.js'
import { didYouMean, nearest } from './nearest.js'

/** Types that a Packetbeat configuration may name. Those without a decoder here are reported, not refused. */
const FIELD_NAMES: readonly string[] = [
  'amqp',
  'cassandra',
  'dhcpv4',
  'dns',
  'http',
  'icmp',
  'llmnr',
  'mdns',
  'memcache',
  'mongodb',
  'mysql',
  'nfs',
  'oracle',
  'pgsql',
  'redis',
  'sip',
  'smtp',
  'thrift',
  'tls',
]

/** What people type for a name above. */
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
  /** Known, but this build has no decoder for it. */
  | { readonly kind: 'later' }
  | { readonly kind: 'unknown'; readonly message: string }

/** What a protocol's name means to this build. */
export function judgeName(name: string, registry: readonly AnyProtocol[]): NameVerdict {
  const protocol = registry.find((p) => p.name === name)
  if (protocol) return { kind: 'decoded', protocol }
  if (FIELD_NAMES.includes(name)) return { kind: 'later' }
  const meant = OTHER_WORDS[name.toLowerCase()]
  const known = [...new Set([...registry.map((p) => p.name), ...FIELD_NAMES])]
  const hint = meant
    ? `; did you mean "${meant}"?`
    : didYouMean(
        name,
        nearest(
          name,
          registry.map((p) => p.name),
        )
          ? registry.map((p) => p.name)
          : known,
      )
  return { kind: 'unknown', message: `there is no protocol "${name}"${hint}` }
}
