/** Splits the option fields of a message (RFC 2132 §2, option overload §9.3, parts of long options joined by RFC 3396). */

export const Option = {
  PAD: 0,
  LEASE_TIME: 51,
  OVERLOAD: 52,
  MESSAGE_TYPE: 53,
  SERVER_IDENTIFIER: 54,
  REQUESTED_IP: 50,
  END: 255,
} as const

export interface Options {
  /** By code, in the order of first appearance; parts of one option are joined. */
  readonly values: ReadonlyMap<number, Buffer>
  readonly inFile: boolean
  readonly inSname: boolean
  /** An option says it is longer than the field it stands in; its code. */
  readonly overrun: number | undefined
  /** The options end without the End option, though nothing was cut. */
  readonly endless: boolean
  /** Options that were repeated although they are of a fixed length; their first part alone counts. */
  readonly repeated: readonly number[]
}

/** Options whose length is fixed: a second one contradicts the first rather than continuing it. */
const fixedLength: ReadonlySet<number> = new Set([
  ...[1, 2, 13, 16, 19, 20, 22, 23, 24, 26, 27, 28, 29, 30, 31, 32, 34, 35, 36, 37, 38, 39, 46, 50, 51, 52, 53, 54, 57, 58, 59],
  ...[80, 91, 108, 116, 118, 211],
])

/**
 * @param from where the options begin, behind the cookie
 * @param file where `file` begins; it ends at `fixed`
 * @param sname where `sname` begins; it ends at `file`
 * @param cut the capture did not keep the whole datagram
 */
export function readOptions(buf: Buffer, from: number, end: number, file: number, fixed: number, sname: number, cut: boolean): Options {
  const reader = new Reader(buf)
  const ended = reader.field(from, end, cut)
  const overload = reader.parts.get(Option.OVERLOAD)?.[0]?.[0] ?? 0
  const inFile = (overload & 1) !== 0 && overload <= 3
  const inSname = (overload & 2) !== 0 && overload <= 3
  // RFC 3396 §5: options, then file, then sname is the order in which parts are joined.
  if (inFile) reader.field(file, fixed, false)
  if (inSname) reader.field(sname, file, false)
  return {
    values: reader.values(),
    inFile,
    inSname,
    overrun: reader.overrun,
    endless: from < end && !ended && !cut && reader.overrun === undefined,
    repeated: reader.repeated,
  }
}

class Reader {
  readonly parts = new Map<number, Buffer[]>()
  readonly repeated: number[] = []
  overrun: number | undefined

  constructor(private readonly buf: Buffer) {}

  /** One field's options; true when the End option ends them. */
  field(from: number, to: number, cut: boolean): boolean {
    const { buf } = this
    let at = from
    while (at < to) {
      const code = buf[at]!
      if (code === Option.END) return true
      if (code === Option.PAD) {
        at++
        continue
      }
      const length = at + 1 < to ? buf[at + 1]! : -1
      if (length < 0 || at + 2 + length > to) {
        if (!cut) this.overrun ??= code
        return false
      }
      this.add(code, buf.subarray(at + 2, at + 2 + length))
      at += 2 + length
    }
    return false
  }

  /** Copies, joined: once each, however many parts a hostile datagram has. */
  values(): Map<number, Buffer> {
    const values = new Map<number, Buffer>()
    for (const [code, parts] of this.parts) values.set(code, Buffer.concat(parts))
    return values
  }

  private add(code: number, part: Buffer): void {
    const before = this.parts.get(code)
    if (before === undefined) this.parts.set(code, [part])
    else if (!fixedLength.has(code)) before.push(part)
    else if (!this.repeated.includes(code)) this.repeated.push(code)
  }
}
