/**
 * The head of a message: start line and header fields. The whole block is one string; fields that framing and rows need
 * are picked out in one scan, all others are read again only for those who want them.
 */
import { isAscii, isUtf8 } from 'node:buffer'
import { indexOfPicked, PICKED, type Picked, pickedIndex } from './names.js'
import { type RequestLine, readRequestLine, readStatusLine, type StatusLine } from './start-line.js'

/** Header fields read in one head; servers refuse at 100 (Apache) or count bytes only. */
export const MAX_FIELDS = 1000

/** Text of bytes that may be ASCII, UTF-8 or anything: header text has no declared charset. */
export function textOf(buf: Buffer, from: number, to: number): string {
  const bytes = buf.subarray(from, to)
  return isAscii(bytes) || !isUtf8(bytes) ? bytes.toString('latin1') : bytes.toString('utf8')
}

/** Walks the header lines of a head. Properties describe the field last found; offsets are into `text`. */
export class FieldScan {
  nameFrom = 0
  nameTo = 0
  /** Where the next line starts. */
  next: number
  folded = false
  /** Lines that are no field: no colon, or nothing before it. */
  strange = 0
  /** White space between name and colon, which servers must refuse. RFC 9112 §5.1 */
  spaced = false
  private colon = -1
  private valueTo = 0

  constructor(
    readonly text: string,
    from: number,
  ) {
    this.next = from
  }

  step(): boolean {
    const { text } = this
    const end = text.length
    while (this.next < end) {
      const from = this.next
      let lf = text.indexOf('\n', from)
      if (lf < 0) lf = end
      let to = lf > from && text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf
      if (to === from) return false
      this.folded = false
      // obs-fold: a line that starts with white space goes on with the one before. RFC 9112 §5.2
      for (let c = text.charCodeAt(lf + 1); c === 0x20 || c === 0x09; c = text.charCodeAt(lf + 1)) {
        const start = lf + 1
        lf = text.indexOf('\n', start)
        if (lf < 0) lf = end
        to = lf > start && text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf
        this.folded = true
      }
      this.next = lf + 1
      // The colon found last may stand further on: looking for it again in each line would be quadratic.
      if (this.colon < from) {
        const colon = text.indexOf(':', from)
        this.colon = colon < 0 ? end : colon
      }
      let nameTo = Math.min(this.colon, to)
      if (this.colon >= to || nameTo === from) {
        this.strange++
        continue
      }
      while (nameTo > from && (text.charCodeAt(nameTo - 1) === 0x20 || text.charCodeAt(nameTo - 1) === 0x09)) {
        nameTo--
        this.spaced = true
      }
      this.nameFrom = from
      this.nameTo = nameTo
      this.valueTo = to
      return true
    }
    return false
  }

  get name(): string {
    return this.text.slice(this.nameFrom, this.nameTo).toLowerCase()
  }

  get value(): string {
    const value = this.text.slice(this.colon + 1, this.valueTo)
    if (!this.folded) return value.trim()
    return value
      .split('\n')
      .map((part) => part.trim())
      .join(' ')
      .trim()
  }

  /** The field name as written, with its colon. */
  get label(): string {
    return this.text.slice(this.nameFrom, this.colon + 1)
  }

  /** Characters between the colon and the end of the value. */
  get rawLength(): number {
    return this.valueTo - this.colon - 1
  }
}

export class Head {
  readonly request: RequestLine | undefined
  readonly status: StatusLine | undefined
  /** Where the header lines start in `text`. */
  readonly fieldsFrom: number
  /** More fields than are read. */
  overfull = false
  strange = false
  hostConflict = false
  private readonly picked = new Array<string | undefined>(PICKED.length)

  constructor(
    readonly text: string,
    /** Bytes of the head on the wire. */
    readonly bytes: number,
    isRequest: boolean,
  ) {
    const lf = text.indexOf('\n')
    const line = lf < 0 ? text : text.slice(0, lf > 0 && text.charCodeAt(lf - 1) === 0x0d ? lf - 1 : lf)
    this.request = isRequest ? readRequestLine(line) : undefined
    this.status = isRequest ? undefined : readStatusLine(line)
    this.fieldsFrom = lf < 0 ? text.length : lf + 1
    if (this.request || this.status) this.pick()
  }

  get(name: Picked): string | undefined {
    return this.picked[indexOfPicked[name]]
  }

  /** A scan over all fields, in order. */
  scan(): FieldScan {
    return new FieldScan(this.text, this.fieldsFrom)
  }

  private pick(): void {
    const scan = this.scan()
    let count = 0
    while (scan.step()) {
      if (++count > MAX_FIELDS) {
        this.overfull = true
        break
      }
      const index = pickedIndex(scan.text, scan.nameFrom, scan.nameTo)
      if (index < 0) continue
      const before = this.picked[index]
      if (before === undefined) this.picked[index] = scan.value
      else if (index !== indexOfPicked.host) this.picked[index] = `${before}, ${scan.value}`
      else if (before !== scan.value) this.hostConflict = true
    }
    this.strange = scan.strange > 0 || scan.spaced
  }
}
