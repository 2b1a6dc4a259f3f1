import { dns } from './dns/index.js'
import { http } from './http/index.js'
import { icmp } from './icmp/index.js'
import { llmnr } from './llmnr/index.js'
import { mdns } from './mdns/index.js'
import type { AnyProtocol } from './protocol.js'
import { sip } from './sip/index.js'
import { smtp } from './smtp/index.js'

/** Every protocol the tool knows, in alphabetical order. A new protocol is one line here. */
export const protocols: readonly AnyProtocol[] = [dns, http, icmp, llmnr, mdns, sip, smtp]
