/** The header of a message: fields by full name in lower case, folded lines joined. RFC 3261 §7.3 */
import { isAscii, isUtf8 } from 'node:buffer'
import { headerName } from './names.js'

/** Fields read of one message; a long route with history has about 60. */
export const MAX_FIELDS = 512
const NONE: readonly string[] = []

/** SIP text is UTF-8; what is not is shown byte by byte. */
export function textOf(buf: Buffer, from: number, to: number): string {
  const bytes = buf.subarray(from, to)
  return isAscii(bytes) || !isUtf8(bytes) ? bytes.toString('latin1') : bytes.toString('utf8')
}

export class Headers {
  /** More fields than are read. */
  overfull = false
  /** A line that is no field. */
  strange = false
  private readonly fields = new Map<string, string[]>()

  constructor(text: string) {
    let count = 0
    let at = 0
    while (at < text.length) {
      const from = at
      let lf = lineEnd(text, at)
      let value = ''
      const to = contentEnd(text, from, lf)
      if (to === from) break
      at = lf + 1
      const colon = text.indexOf(':', from)
      const isField = colon > from && colon < to
      if (isField) value = text.slice(colon + 1, to).trim()
      // A line that starts with white space goes on with the one before. RFC 3261 §7.3.1
      for (let c = text.charCodeAt(at); c === 0x20 || c === 0x09; c = text.charCodeAt(at)) {
        lf = lineEnd(text, at)
        const more = text.slice(at, contentEnd(text, at, lf)).trim()
        if (more !== '') value = value === '' ? more : `${value} ${more}`
        at = lf + 1
      }
      if (!isField) {
        this.strange = true
        if (colon < 0) break
        continue
      }
      if (++count > MAX_FIELDS) {
        this.overfull = true
        break
      }
      const name = headerName(text.slice(from, colon).trimEnd())
      const before = this.fields.get(name)
      if (before === undefined) this.fields.set(name, [value])
      else before.push(value)
    }
  }

  first(name: string): string | undefined {
    return this.fields.get(name)?.[0]
  }

  /** Every value, a field repeated in several lines first to last. */
  all(name: string): readonly string[] {
    return this.fields.get(name) ?? NONE
  }

  /** The same with comma lists taken apart. */
  list(name: string): readonly string[] {
    const values = this.fields.get(name)
    if (values === undefined) return NONE
    if (values.length === 1 && !values[0]!.includes(',')) return values[0] === '' ? NONE : values
    return values.flatMap(splitList)
  }
}

function lineEnd(text: string, at: number): number {
  const lf = text.indexOf('\n', at)
  return lf < 0 ? text.length : lf
}
const contentEnd = (text: string, from: number, lf: number): number => (lf > from && text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf)

/** Parts between commas that stand neither in quotes nor in angle brackets. */
export function splitList(value: string): string[] {
  return splitAt(value, ',').filter((part) => part !== '')
}

/** Splits at `mark` outside quotes and angle brackets; parts are trimmed. */
export function splitAt(value: string, mark: string): string[] {
  const parts: string[] = []
  const sought = mark.charCodeAt(0)
  let from = 0
  let quoted = false
  let angle = false
  for (let i = 0; i < value.length; i++) {
    const c = value.charCodeAt(i)
    if (quoted) {
      if (c === 0x5c) i++
      else if (c === 0x22) quoted = false
    } else if (c === 0x22) quoted = true
    else if (c === 0x3c) angle = true
    else if (c === 0x3e) angle = false
    else if (c === sought && !angle) {
      parts.push(value.slice(from, i).trim())
      from = i + 1
    }
  }
  parts.push(value.slice(from).trim())
  return parts
}
