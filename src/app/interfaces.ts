/** `audit interfaces`: what can be captured here, as libpcap lists it, or whoever can where there is none. */
import { linkTypeOf } from '../live/interfaces.js'
import { listedInterfaces } from '../live/listed-interfaces.js'
import type { InterfaceEntry } from '../report/interface-text.js'

/** @param warn is told when libpcap is not who lists */
export function interfaceEntries(warn: (message: string) => void): InterfaceEntry[] {
  const { list, by, why } = listedInterfaces()
  if (why) warn(`${why.message}; the list is by ${by}, and link types are not known`)
  return list.map(({ description, connected, ...facts }) => {
    const link = why ? undefined : linkTypeOf(facts.name)
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
