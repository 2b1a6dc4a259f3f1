/** Addresses and networks of both families, looked up by the bits of their prefix: one probe for each prefix length in the list. */
import ipaddr from 'ipaddr.js'
import { RefMap, type Slot } from './ref-map.js'

export interface AddressForm {
  readonly version: 4 | 6
  readonly bits: number | bigint
  /** 32 or 128 for a single address. */
  readonly prefix: number
}

const V4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/

/** The address as a number; IPv4 inside of IPv6 (::ffff:192.0.2.1) is the IPv4 address. No zone, no octal digits, no short forms. */
export function addressForm(text: string): AddressForm | undefined {
  const dotted = V4.exec(text)
  if (dotted) {
    let bits = 0
    for (let i = 1; i <= 4; i++) {
      const part = dotted[i]!
      if (Number(part) > 255 || (part.length > 1 && part.startsWith('0'))) return undefined
      bits = bits * 256 + Number(part)
    }
    return { version: 4, bits, prefix: 32 }
  }
  if (!text.includes(':') || text.length > 45 || !/^[0-9a-f:.]+$/i.test(text) || !ipaddr.IPv6.isValid(text)) return undefined
  const v6 = ipaddr.IPv6.parse(text)
  if (v6.isIPv4MappedAddress()) return addressForm(v6.toIPv4Address().toString())
  let bits = 0n
  for (const part of v6.parts) bits = (bits << 16n) | BigInt(part)
  return { version: 6, bits, prefix: 128 }
}

/** `192.0.2.0/24`; bits behind the prefix do not count. */
export function networkForm(text: string): AddressForm | undefined {
  const slash = text.indexOf('/')
  const address = addressForm(slash < 0 ? text : text.slice(0, slash))
  if (!address || slash < 0) return address
  const length = text.slice(slash + 1)
  const prefix = /^\d{1,3}$/.test(length) ? Number(length) : -1
  return prefix < 0 || prefix > address.prefix ? undefined : { ...address, prefix }
}

type Probe<K> = readonly [prefix: number, refs: RefMap<K>]

export class AddressTable {
  private readonly v4: Probe<number>[] = []
  private readonly v6: Probe<bigint>[] = []

  get empty(): boolean {
    return this.v4.length === 0 && this.v6.length === 0
  }

  /** The place of this address or network. */
  slot({ version, bits, prefix }: AddressForm): Slot {
    return version === 4 ? slotIn(this.v4, prefix, head4(bits as number, prefix)) : slotIn(this.v6, prefix, head6(bits as bigint, prefix))
  }

  /** Calls `hit` with what stands under the address and under each network around it, the narrowest first. */
  find({ version, bits }: AddressForm, hit: (ref: number, network: boolean) => void): void {
    if (version === 4) for (const [prefix, refs] of this.v4) refs.each(head4(bits as number, prefix), (ref) => hit(ref, prefix < 32))
    else for (const [prefix, refs] of this.v6) refs.each(head6(bits as bigint, prefix), (ref) => hit(ref, prefix < 128))
  }
}

const head4 = (bits: number, prefix: number): number => Math.floor(bits / 2 ** (32 - prefix))
const head6 = (bits: bigint, prefix: number): bigint => bits >> BigInt(128 - prefix)

function slotIn<K>(probes: Probe<K>[], prefix: number, key: K): Slot {
  let probe = probes.find(([length]) => length === prefix)
  if (!probe) {
    probe = [prefix, new RefMap()]
    probes.push(probe)
    probes.sort(([a], [b]) => b - a)
  }
  return probe[1].slot(key)
}
