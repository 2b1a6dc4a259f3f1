/** `audit interfaces`: what can be captured here, as libpcap lists it. */
import { linkTypeOf, listInterfaces } from '../live/interfaces.js'
import { libpcap } from '../live/libpcap.js'

export interface InterfaceEntry {
  /** `audit live` takes it instead of the name. */
  readonly number: number
  readonly name: string
  readonly description: string | null
  /** Prefix: leading bits of the netmask; null where none is told. */
  readonly addresses: readonly { readonly address: string; readonly prefix: number | null }[]
  readonly up: boolean
  readonly running: boolean
  readonly loopback: boolean
  readonly wireless: boolean
  /** Has a carrier, is associated; null where that means nothing or is not known. */
  readonly connected: boolean | null
  /** libpcap's name of the link type; null where it is only known to those who may capture. */
  readonly link_type: string | null
  readonly link_type_description: string | null
}

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
