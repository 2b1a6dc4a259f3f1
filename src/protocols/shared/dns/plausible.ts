/**
 * Is this a DNS message? Decided from the bytes alone, without building anything.
 *
 * The format has no magic number: what gives it away is that everything must fit. Counts, names and lengths have to lead
 * exactly to the end, and the flags, types and classes have to be ones that exist.
 */
import { HEADER_BYTES } from './message.js'
import { isKnownOpcode, isKnownRcode, isKnownType, Opcode, RrType } from './names.js'

/** A whole message of which every byte is accounted for: sure enough on any port. */
export function plausibleMessage(buf: Uint8Array, from: number, to: number): boolean {
  if (!plausibleHeader(buf, from, to)) return false
  let at = afterQuestions(buf, from, to)
  if (at < 0) return false
  const answers = word(buf, from + 6)
  const records = answers + word(buf, from + 8) + word(buf, from + 10)
  for (let i = 0; i < records; i++) {
    at = afterName(buf, at, to)
    if (at < 0 || at + 10 > to) return false
    const type = word(buf, at)
    const klass = word(buf, at + 2)
    if (!isKnownType(type) || (type !== RrType.OPT && !isKnownClass(klass & 0x7fff))) return false
    at += 10 + word(buf, at + 8)
    if (at > to) return false
  }
  return at === to
}

/**
 * Header and question fit; nothing is asked of the rest, which the snaplen may have cut or somebody may have broken.
 * Enough where the port points to DNS as well.
 */
export function plausibleStart(buf: Uint8Array, from: number, to: number): boolean {
  if (!plausibleHeader(buf, from, to)) return false
  return afterQuestions(buf, from, to) >= 0
}

/** Flags and counts alone: all that can be asked when the rest is not there yet. */
export function plausibleHeader(buf: Uint8Array, from: number, to: number): boolean {
  if (to - from < HEADER_BYTES) return false
  const flags = word(buf, from + 2)
  const response = (flags & 0x8000) !== 0
  const opcode = (flags >> 11) & 15
  // The bit between RA and AD is the one that no RFC has given a meaning.
  if (!isKnownOpcode(opcode) || (flags & 0x0040) !== 0) return false
  const questions = word(buf, from + 4)
  const answers = word(buf, from + 6)
  if (response) {
    // Without a question: a later message of a transfer, or a refusal that did not read it.
    if (questions > 1 || !isKnownRcode(flags & 15)) return false
    if (questions === 0 && answers === 0 && (flags & 15) === 0) return false
    return true
  }
  if (questions !== 1 || (flags & 15) !== 0) return false
  // A question brings no answers, but a notification or an update does (RFC 1996 §3.7, RFC 2136 §2).
  return answers === 0 || opcode === Opcode.Notify || opcode === Opcode.Update
}

/** Strict about the question: it is most of what a query consists of. */
function afterQuestions(buf: Uint8Array, from: number, to: number): number {
  let at = from + HEADER_BYTES
  for (let left = word(buf, from + 4); left > 0; left--) {
    const start = at
    at = afterName(buf, at, to)
    if (at < 0 || at + 4 > to) return -1
    // The first question has nothing to point at.
    if (buf[start]! >= 0xc0) return -1
    const type = word(buf, at)
    if (!isKnownType(type) || type === RrType.OPT || !isKnownClass(word(buf, at + 2))) return -1
    at += 4
  }
  return at
}

/** Offset behind the name at `at`, or -1. Labels of queries are text: control characters do not occur in practice. */
function afterName(buf: Uint8Array, at: number, to: number): number {
  let length = 0
  while (at < to) {
    const label = buf[at]!
    if (label === 0) return at + 1
    if (label >= 0xc0) return at + 2 <= to ? at + 2 : -1
    if (label >= 0x40) return -1
    length += label + 1
    if (length > 254 || at + 1 + label > to) return -1
    for (let i = at + 1; i <= at + label; i++) if (buf[i]! < 0x20) return -1
    at += 1 + label
  }
  return -1
}

const isKnownClass = (klass: number): boolean => (klass >= 1 && klass <= 4) || klass === 254 || klass === 255
const word = (buf: Uint8Array, at: number): number => (buf[at]! << 8) | buf[at + 1]!
