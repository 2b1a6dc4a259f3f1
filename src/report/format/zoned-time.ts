/** Times of the case, which are UTC, beside them as clocks somewhere showed them: DST and history by the zone tables of Intl. */
import type { Value } from './row-format.js'
import type { Column, RowSource } from './row-source.js'

/** Hours whose offset is remembered: ten years of them; beyond that they are forgotten and asked for again. */
const MAX_HOURS = 100_000
const HOUR = 3600
const NS = 1_000_000_000n

const UTC_TEXT = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(\.\d{1,9})?Z$/
const TEXT_NAME = /(^|_)ts$/
/** Points in time as whole nanoseconds; duration_ns and the like are none. */
const INTEGER_NAME = /(^|_)(ts|first|last)_ns$/

export class Zone {
  private readonly format: Intl.DateTimeFormat
  /** Offset in seconds of an hour since 1970, or undefined for an hour in which it changes. */
  private readonly hours = new Map<number, number | undefined>()

  /** @param name an IANA zone; throws RangeError for what Intl does not know */
  constructor(name: string) {
    this.format = new Intl.DateTimeFormat('en-US', {
      timeZone: name,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    })
  }

  /** `2015-08-27T08:00:55.638957000Z` or nanoseconds since 1970 with the zone's offset; null for anything else. */
  local(value: Value): string | null {
    if (typeof value === 'bigint') {
      const nanos = ((value % NS) + NS) % NS
      return this.text(Number((value - nanos) / NS), `.${String(nanos).padStart(9, '0')}`)
    }
    const match = typeof value === 'string' ? UTC_TEXT.exec(value) : null
    if (!match) return null
    const ms = Date.parse(`${match[1]}Z`)
    return Number.isNaN(ms) ? null : this.text(ms / 1000, match[2] ?? '')
  }

  private text(seconds: number, fraction: string): string {
    const offset = this.offset(seconds)
    return `${new Date((seconds + offset) * 1000).toISOString().slice(0, 19)}${fraction}${offsetText(offset)}`
  }

  private offset(seconds: number): number {
    const hour = Math.floor(seconds / HOUR)
    if (!this.hours.has(hour)) {
      if (this.hours.size >= MAX_HOURS) this.hours.clear()
      const first = this.ask(hour * HOUR)
      this.hours.set(hour, first === this.ask(hour * HOUR + HOUR - 1) ? first : undefined)
    }
    return this.hours.get(hour) ?? this.ask(seconds)
  }

  private ask(seconds: number): number {
    const part: Record<string, number> = {}
    for (const { type, value } of this.format.formatToParts(seconds * 1000)) part[type] = Number(value)
    const shown = Date.UTC(part.year!, part.month! - 1, part.day, part.hour, part.minute, part.second)
    return shown / 1000 - seconds
  }
}

function offsetText(offset: number): string {
  const two = (n: number): string => String(n).padStart(2, '0')
  const size = Math.abs(offset)
  // Local mean times of the 19th century have seconds.
  const seconds = size % 60 === 0 ? '' : `:${two(size % 60)}`
  return `${offset < 0 ? '-' : '+'}${two(Math.floor(size / HOUR))}:${two(Math.floor(size / 60) % 60)}${seconds}`
}

/** The rows with a column `NAME_local` behind each column that holds times: by its name, or by what stands in the first row. */
export function withLocalTimes(source: RowSource, zone: Zone): RowSource {
  let first: readonly Value[] | undefined
  for (const row of source.rows()) {
    first = row
    break
  }
  const names = new Set(source.columns.map(({ name }) => name))
  const timed = source.columns.map(({ name }, i): 'string' | 'bigint' | undefined => {
    const value = first?.[i] ?? null
    // `ts` and `ts_ns` are the same time: once is enough.
    if (INTEGER_NAME.test(name))
      return !names.has(name.replace(/_ns$/, '')) && (value === null || typeof value === 'bigint') ? 'bigint' : undefined
    return (typeof value === 'string' ? UTC_TEXT.test(value) : value === null && TEXT_NAME.test(name)) ? 'string' : undefined
  })
  const columns = source.columns.flatMap((column, i): Column[] =>
    timed[i] ? [column, { name: localName(column.name), declared: 'TEXT', table: null, origin: null }] : [column],
  )
  return {
    columns,
    *rows() {
      for (const row of source.rows())
        yield row.flatMap((value, i) => (timed[i] ? [value, typeof value === timed[i] ? zone.local(value) : null] : [value]))
    },
  }
}

/** `ts_local` for `ts` and for `ts_ns`. */
const localName = (name: string): string => `${name.replace(/_ns$/, '')}_local`
