/**
 * Domain names off the wire: labels and compression pointers become one text, once per distinct name.
 *
 * Names repeat (the question comes back in the answer, every record points at it), so texts are kept in a direct-mapped
 * table keyed by the uncompressed wire bytes. A hit allocates nothing; a collision only replaces the older name.
 */
import type { Wire } from './wire.js'

/** RFC 1035 §3.1: a name is at most 255 octets, its root label included. */
const MAX_WIRE = 255
/** A name has at most 127 labels, and each may be reached by a pointer of its own. */
const MAX_JUMPS = 127
/** Names in the table: the working set of a busy resolver; with their texts about 4 MiB. */
const SLOTS = 16_384
/** Longer names are built each time; nine in ten names are shorter. */
const SLOT_BYTES = 64

/** Bytes that stand for themselves in a dotted name: printable ASCII without '.' and '\'. */
const plain = new Uint8Array(256)
for (let byte = 0x21; byte < 0x7f; byte++) plain[byte] = byte === 0x2e || byte === 0x5c ? 0 : 1

export class DomainName {
  /** What a protocol derives from the name, once: see dns/suffix.ts. */
  memo: unknown = undefined

  constructor(
    /** Dotted, without the dot of the root; the root itself is ".". Case as on the wire. */
    readonly text: string,
    readonly labels: number,
  ) {}
}

export const ROOT = new DomainName('.', 0)

/**
 * escaped  RFC 4343 §2.1: bytes outside 0x21-0x7E as \DDD (DNS)
 * utf8     RFC 6762 §16, RFC 4795: names are UTF-8; only control characters are escaped (mDNS, LLMNR)
 */
export type NameStyle = 'escaped' | 'utf8'

export class NameTable {
  private readonly names: (DomainName | undefined)[] = new Array(SLOTS).fill(undefined)
  private readonly lengths = new Uint8Array(SLOTS)
  private readonly bytes = new Uint8Array(SLOTS * SLOT_BYTES)
  private readonly scratch = Buffer.alloc(MAX_WIRE + 1)

  constructor(private readonly style: NameStyle) {}

  /** The name at `w.pos`, which moves behind it; undefined with `w.fail` called when there is none. */
  read(w: Wire): DomainName | undefined {
    const buf = w.buf
    const from = w.pos
    const end = w.end
    // The most common name of an answer is a pointer to one that was read before.
    if (from + 1 < end && buf[from]! >= 0xc0) {
      const known = w.recall(((buf[from]! & 0x3f) << 8) | buf[from + 1]!)
      if (known !== undefined) {
        w.pos = from + 2
        return w.spend(known)
      }
    }
    const scratch = this.scratch
    let at = from
    let after = -1
    let floor = from
    let jumps = 0
    let length = 0
    let labels = 0
    let hash = 0x811c9dc5 | 0
    for (;;) {
      if (at >= end) return w.fail('short', at)
      const label = buf[at]!
      if (label === 0) break
      if (label < 0x40) {
        const stop = at + 1 + label
        if (stop > end) return w.fail('short', end)
        // One octet stays for the root label.
        if (length + label + 1 >= MAX_WIRE) return w.fail('A name is longer than 255 octets.', at)
        for (; at < stop; at++) {
          const byte = buf[at]!
          scratch[length++] = byte
          hash = Math.imul(hash ^ byte, 0x01000193)
        }
        labels++
      } else if (label >= 0xc0) {
        if (at + 1 >= end) return w.fail('short', end)
        if (after < 0) after = at + 2
        const target = w.start + (((label & 0x3f) << 8) | buf[at + 1]!)
        // RFC 1035 §4.1.4: "a prior occurrence". Going only backwards ends every loop.
        if (target >= floor || ++jumps > MAX_JUMPS) return w.fail('A compression pointer does not point backwards.', at)
        floor = target
        at = target
      } else return w.fail('A label is of an unknown kind.', at)
    }
    w.pos = after < 0 ? at + 1 : after
    if (length === 0) return ROOT
    const name = this.intern(length, labels, hash)
    w.remember(from - w.start, name)
    return after < 0 ? name : w.spend(name)
  }

  /** The name whose uncompressed labels stand in `scratch`. */
  private intern(length: number, labels: number, hash: number): DomainName {
    if (length > SLOT_BYTES) return new DomainName(this.build(length), labels)
    const slot = (hash ^ (hash >>> 15)) & (SLOTS - 1)
    const base = slot * SLOT_BYTES
    const bytes = this.bytes
    const scratch = this.scratch
    if (this.lengths[slot] === length) {
      let i = 0
      while (i < length && bytes[base + i] === scratch[i]) i++
      if (i === length) return this.names[slot]!
    }
    for (let i = 0; i < length; i++) bytes[base + i] = scratch[i]!
    this.lengths[slot] = length
    const name = new DomainName(this.build(length), labels)
    this.names[slot] = name
    return name
  }

  /** Turns the labels in `scratch` into text; overwrites them. */
  private build(length: number): string {
    const scratch = this.scratch
    let simple = true
    for (let at = 0; at < length && simple; ) {
      const stop = at + 1 + scratch[at]!
      for (at++; at < stop; at++) if (plain[scratch[at]!] === 0) simple = false
    }
    if (simple) {
      for (let at = 0; at < length; ) {
        const next = at + 1 + scratch[at]!
        scratch[at] = 0x2e
        at = next
      }
      return scratch.toString('latin1', 1, length)
    }
    let text = ''
    for (let at = 0; at < length; ) {
      const stop = at + 1 + scratch[at]!
      if (at > 0) text += '.'
      text += this.style === 'utf8' ? utf8Label(scratch, at + 1, stop) : escapedLabel(scratch, at + 1, stop)
      at = stop
    }
    return text
  }
}

const decimal = (byte: number): string => `\\${byte < 10 ? '00' : byte < 100 ? '0' : ''}${byte}`

function escapedLabel(buf: Uint8Array, from: number, to: number): string {
  let text = ''
  for (let at = from; at < to; at++) {
    const byte = buf[at]!
    text += byte === 0x2e ? '\\.' : byte === 0x5c ? '\\\\' : plain[byte] === 1 ? String.fromCharCode(byte) : decimal(byte)
  }
  return text
}

function utf8Label(buf: Buffer, from: number, to: number): string {
  const decoded = buf.toString('utf8', from, to)
  if (decoded.includes('\ufffd')) return escapedLabel(buf, from, to)
  let text = ''
  for (const char of decoded) {
    const code = char.codePointAt(0) ?? 0
    text += char === '.' ? '\\.' : char === '\\' ? '\\\\' : code < 0x20 || (code >= 0x7f && code < 0xa0) ? decimal(code) : char
  }
  return text
}

let escapedNames: NameTable | undefined
let utf8Names: NameTable | undefined

/** One table for each style, made when the first conversation opens. */
export function nameTable(style: NameStyle): NameTable {
  if (style === 'utf8') {
    utf8Names ??= new NameTable('utf8')
    return utf8Names
  }
  escapedNames ??= new NameTable('escaped')
  return escapedNames
}
