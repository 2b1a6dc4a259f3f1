import { amqp } from './amqp/index.js'
import { cassandra } from './cassandra/index.js'
import { dhcpv4 } from './dhcpv4/index.js'
import { dhcpv6 } from './dhcpv6/index.js'
import { dns } from './dns/index.js'
import { http } from './http/index.js'
import { icmp } from './icmp/index.js'
import { llmnr } from './llmnr/index.js'
import { mdns } from './mdns/index.js'
import { memcache } from './memcache/index.js'
import { mongodb } from './mongodb/index.js'
import { mysql } from './mysql/index.js'
import { nfs } from './nfs/index.js'
import { oracle } from './oracle/index.js'
import { pgsql } from './pgsql/index.js'
import type { AnyProtocol } from './protocol.js'
import { redis } from './redis/index.js'
import { sip } from './sip/index.js'
import { smtp } from './smtp/index.js'
import { thrift } from './thrift/index.js'
import { tls } from './tls/index.js'

/** Every protocol the tool knows, in alphabetical order. A new protocol is one line here. */
export const protocols: readonly AnyProtocol[] = [
  amqp,
  cassandra,
  dhcpv4,
  dhcpv6,
  dns,
  http,
  icmp,
  llmnr,
  mdns,
  memcache,
  mongodb,
  mysql,
  nfs,
  oracle,
  pgsql,
  redis,
  sip,
  smtp,
  thrift,
  tls,
]
