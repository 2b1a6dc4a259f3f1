/** Walks DER (X.690) by offsets: enough for what a certificate says of itself that Node's own reader does not tell apart. */

/** One element: its tag and where its content lies. */
export interface Element {
  readonly tag: number
  readonly start: number
  readonly end: number
}

export const Tag = {
  Integer: 0x02,
  BitString: 0x03,
  OctetString: 0x04,
  Oid: 0x06,
  Utf8: 0x0c,
  Sequence: 0x30,
  Set: 0x31,
  UtcTime: 0x17,
  GeneralizedTime: 0x18,
  Bmp: 0x1e,
  Universal: 0x1c,
} as const

/** The element at `at`, or undefined when it does not lie within `end`. Tags of more than one byte are not met here. */
export function element(buf: Buffer, at: number, end: number): Element | undefined {
  if (at + 2 > end) return undefined
  const tag = buf[at]!
  let length = buf[at + 1]!
  let start = at + 2
  if (length & 0x80) {
    const digits = length & 0x7f
    if (digits === 0 || digits > 4 || start + digits > end) return undefined
    length = 0
    for (let i = 0; i < digits; i++) length = length * 256 + buf[start++]!
  }
  return start + length <= end ? { tag, start, end: start + length } : undefined
}

/** The elements inside another, at most `max`. */
export function children(buf: Buffer, of: Element, max: number): Element[] {
  const all: Element[] = []
  let at = of.start
  while (at < of.end && all.length < max) {
    const child = element(buf, at, of.end)
    if (!child) break
    all.push(child)
    at = child.end
  }
  return all
}

/** Arcs of an object identifier that are read; the longest ones in certificates have about fifteen. */
const MAX_ARCS = 32

/** Dotted text of an object identifier. */
export function oidText(buf: Buffer, of: Element): string {
  const arcs: number[] = []
  let arc = 0
  for (let at = of.start; at < of.end && arcs.length < MAX_ARCS; at++) {
    arc = arc * 128 + (buf[at]! & 0x7f)
    if (buf[at]! & 0x80) continue
    if (arcs.length === 0) {
      const first = Math.min(2, Math.floor(arc / 40))
      arcs.push(first, arc - first * 40)
    } else arcs.push(arc)
    arc = 0
  }
  return arcs.join('.')
}

/** Text of any of the string types. */
export function stringText(buf: Buffer, of: Element): string {
  const bytes = buf.subarray(of.start, of.end)
  switch (of.tag) {
    case Tag.Utf8:
      return bytes.toString('utf8')
    case Tag.Bmp:
      return bytes.length % 2 === 0 ? Buffer.from(bytes).swap16().toString('utf16le') : bytes.toString('latin1')
    case Tag.Universal: {
      let text = ''
      for (let i = 0; i + 4 <= bytes.length; i += 4) {
        const code = bytes.readUInt32BE(i)
        text += code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
      }
      return text
    }
    default:
      return bytes.toString('latin1')
  }
}

/** A UTCTime or GeneralizedTime as ISO 8601 in UTC with milliseconds; undefined when it is none (RFC 5280 §4.1.2.5). */
export function timeText(buf: Buffer, of: Element | undefined): string | undefined {
  if (!of || (of.tag !== Tag.UtcTime && of.tag !== Tag.GeneralizedTime) || of.end - of.start > 32) return undefined
  const text = buf.toString('latin1', of.start, of.end)
  const match = /^(\d{2}|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:[.,]\d+)?(Z|[+-]\d{4})?$/.exec(text)
  if (!match || match[1]!.length !== (of.tag === Tag.UtcTime ? 2 : 4)) return undefined
  const year = of.tag === Tag.UtcTime ? Number(match[1]) + (Number(match[1]) < 50 ? 2000 : 1900) : Number(match[1])
  const zone =
    match[7] && match[7] !== 'Z' ? (Number(match[7].slice(1, 3)) * 60 + Number(match[7].slice(3))) * (match[7][0] === '-' ? -1 : 1) : 0
  const [month, day, hour, minute, second] = [match[2], match[3], match[4], match[5], match[6] ?? '0'].map(Number) as [
    number,
    number,
    number,
    number,
    number,
  ]
  if (month < 1 || month > 12 || day < 1 || day > 31) return undefined
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  at.setUTCHours(hour, minute - zone, second)
  return Number.isNaN(at.getTime()) ? undefined : at.toISOString()
}
