import { dhcpv4 } from './dhcpv4/index.js'
import { dns } from './dns/index.js'
import { http } from './http/index.js'
import { icmp } from './icmp/index.js'
import { llmnr } from './llmnr/index.js'
import { mdns } from './mdns/index.js'
import type { AnyProtocol } from './protocol.js'
import { smtp } from './smtp/index.js'
import { tls } from './tls/index.js'

/** Every protocol the tool knows, in alphabetical order. A new protocol is one line here. */
export const protocols: readonly AnyProtocol[] = [dhcpv4, dns, http, icmp, llmnr, mdns, smtp, tls]
