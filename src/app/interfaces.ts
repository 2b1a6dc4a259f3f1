/** `audit interfaces`: what can be captured here, as libpcap lists it. */
import { linkTypeOf, listInterfaces } from '../live/interfaces.js'
import { libpcap } from '../live/libpcap.js'
import type { InterfaceEntry } from '../report/interface-text.js'

export function interfaceEntries(): InterfaceEntry[] {
  const pcap = libpcap()
  return listInterfaces(pcap).map(({ description, connected, ...facts }) => {
    const link = linkTypeOf(facts.name, pcap)
    return {
      number: facts.number,
      name: facts.name,
      description: description ?? null,
      addresses: facts.addresses.map(({ address, prefix }) => ({ address, prefix: prefix ?? null })),
      up: facts.up,
      running: facts.running,
      loopback: facts.loopback,
      wireless: facts.wireless,
      connected: connected ?? null,
      link_type: link?.name ?? null,
      link_type_description: link?.description ?? null,
    }
  })
}
