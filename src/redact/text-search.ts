/** What must not stand in a text that is kept: values taken away elsewhere, addresses, content ids. */
import { isIP } from 'node:net'
import type { KnownValues } from './known-values.js'
import type { Action } from './policy.js'
import type { Tokens } from './tokens.js'

/** Letters of addresses in a row; more than 45 are none (RFC 4291 §2.2, with an IPv4 tail). */
const RUN = /[0-9A-Fa-f:.]{3,45}/g
const DOTTED = /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?!\.?\d)/g
/** Host names that clouds and access networks make of an address: ip-10-0-0-1. */
const DASHED = /(?<!\d-?)\d{1,3}(?:-\d{1,3}){3}(?![\d-])/g
/** RFC 1035 §3.5 and RFC 3596 §2.5: the labels backwards, all of them or those of a network. */
const ARPA4 = /(?<![\w-])((?:\d{1,3}\.){1,4})in-addr\.arpa/gi
const ARPA6 = /(?<![\w-])((?:[0-9a-f]\.){1,32})ip6\.arpa/gi
const ID = /(?<![0-9A-Za-z])[0-9a-f]{16}(?![0-9A-Za-z])/g
const COMMUNITY_ID = /1:[A-Za-z0-9+/]{27}=/g
const NIBBLES = 32

export class TextSearch {
  /** Places where something was replaced. */
  found = 0

  /** @param addresses what happens to the addresses of flows */
  constructor(
    private readonly tokens: Tokens,
    private readonly values: KnownValues,
    private readonly addresses: Action,
  ) {}

  /** True when this finds an address by itself wherever it stands. */
  finds(text: string): boolean {
    return this.addresses !== 'keep' && isIP(text) !== 0
  }

  /** The text as it may stand. */
  clean(text: string): string {
    return this.values.replace(text, this.between)
  }

  private readonly between = (piece: string): string => {
    if (this.addresses === 'keep' || piece === '') return piece
    return (
      piece
        // Ids first: a token would be taken for one.
        .replace(ID, (id) => this.counted(this.tokens.id(id)))
        .replace(COMMUNITY_ID, (id) => this.counted(this.tokens.of(id)))
        .replace(ARPA4, (whole, labels: string) => this.counted(this.arpa4(labels) ?? this.tokens.of(whole)))
        .replace(ARPA6, (whole, labels: string) => this.counted(this.arpa6(labels) ?? this.tokens.of(whole)))
        .replace(RUN, (run, at: number, all: string) => (/^\.?(?:in-addr|ip6)/i.test(all.slice(at + run.length)) ? run : this.inRun(run)))
        .replace(DASHED, (found) => this.dashed(found))
    )
  }

  private counted(text: string): string {
    this.found++
    return text
  }

  /** In place of an address, wherever it stands. */
  address(text: string): string {
    return (this.addresses === 'prefix' ? this.tokens.addresses.of(text) : undefined) ?? this.tokens.of(text)
  }

  private inRun(run: string): string {
    const end = /[.:]+$/.exec(run)?.index ?? run.length
    // "::" is an address, and ends in what may also end a sentence.
    for (const length of run.endsWith('::') ? [run.length, end] : [end])
      if (isIP(run.slice(0, length)) !== 0) return this.counted(this.address(run.slice(0, length))) + run.slice(length)
    return run.replace(DOTTED, (found) => (isIP(found) === 4 ? this.counted(this.address(found)) : found))
  }

  private dashed(found: string): string {
    const address = found.replaceAll('-', '.')
    return isIP(address) === 4 ? this.counted(this.address(address).replaceAll('.', '-')) : found
  }

  /** A reversed name gives away what the address itself would. */
  private arpa4(labels: string): string | undefined {
    const octets = labels.slice(0, -1).split('.').map(Number).reverse()
    if (this.addresses !== 'prefix' || octets.some((octet) => octet > 255)) return undefined
    const image = this.tokens.addresses.bytesOf([...octets, 0, 0, 0, 0].slice(0, 4))
    return `${[...image.slice(0, octets.length)].reverse().join('.')}.in-addr.arpa`
  }

  private arpa6(labels: string): string | undefined {
    if (this.addresses !== 'prefix') return undefined
    const nibbles = labels.slice(0, -1).split('.').reverse().join('')
    const image = this.tokens.addresses.bytesOf([...Buffer.from(nibbles.padEnd(NIBBLES, '0'), 'hex')])
    return `${[...Buffer.from(image).toString('hex').slice(0, nibbles.length)].reverse().join('.')}.ip6.arpa`
  }
}
