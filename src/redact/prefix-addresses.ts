/**
 * Addresses to addresses, one to one, so that two which share a prefix of n bits share one of n bits afterwards: networks stay networks.
 *
 * The scheme is Crypto-PAn (Xu, Fan, Ammar, Moon: "Prefix-Preserving IP Address Anonymization", 2002): bit n of the result is bit n of the
 * address, turned over where AES-128 of the n bits before it, filled up from a secret pad, begins with a one.
 *
 * What it leaves open by its nature: who knows one address and its image knows the images of that address's networks, and the sizes of
 * networks are seen. Where that is too much, addresses become tokens.
 */
import { createCipheriv } from 'node:crypto'
import ipaddr from 'ipaddr.js'

const BLOCK = 16
/** AES key, then what the pad is made of. */
export const PREFIX_KEY_BYTES = 32
/** Addresses whose image is kept: a few speak most of the time, a scan names millions. */
const MAX_KNOWN = 65_536

export class PrefixAddresses {
  private readonly pad: Buffer
  private readonly known = new Map<string, string>()

  /** @param key `PREFIX_KEY_BYTES` bytes */
  constructor(private readonly key: Buffer) {
    this.pad = this.encrypt(key.subarray(BLOCK, 2 * BLOCK))
  }

  /** The image of an address as text; undefined for what is none. */
  of(text: string): string | undefined {
    const known = this.known.get(text)
    if (known !== undefined) return known
    if (!ipaddr.isValid(text)) return undefined
    const address = ipaddr.parse(text)
    const image = ipaddr.fromByteArray([...this.bytesOf(address.toByteArray())])
    const shown = image.kind() === 'ipv6' ? (image as ipaddr.IPv6).toRFC5952String() : image.toString()
    if (this.known.size >= MAX_KNOWN) this.known.clear()
    this.known.set(text, shown)
    return shown
  }

  /** The image of 4 or 16 bytes. */
  bytesOf(address: readonly number[]): Uint8Array {
    const bits = address.length * 8
    // All blocks at once: each holds the bits before its own, which are those of the address, not of the image.
    const blocks = Buffer.alloc(bits * BLOCK)
    for (let bit = 0; bit < bits; bit++) {
      const at = bit * BLOCK
      this.pad.copy(blocks, at)
      const whole = bit >> 3
      for (let i = 0; i < whole; i++) blocks[at + i] = address[i]!
      const mask = (0xff00 >> (bit & 7)) & 0xff
      if (mask !== 0) blocks[at + whole] = (address[whole]! & mask) | (this.pad[whole]! & ~mask & 0xff)
    }
    const turned = this.encrypt(blocks)
    const image = Uint8Array.from(address)
    for (let bit = 0; bit < bits; bit++) if ((turned[bit * BLOCK]! & 0x80) !== 0) image[bit >> 3]! ^= 0x80 >> (bit & 7)
    return image
  }

  private encrypt(blocks: Buffer): Buffer {
    const cipher = createCipheriv('aes-128-ecb', this.key.subarray(0, BLOCK), null)
    cipher.setAutoPadding(false)
    return Buffer.concat([cipher.update(blocks), cipher.final()])
  }
}
