/** Times as people write them on the command line: ISO 8601, UTC unless a zone is given, or seconds since 1970. */
import type { Instant } from '../model/instant.js'

const ISO = /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9})\d*)?)?\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/i
const EPOCH = /^(\d{1,11})(?:\.(\d{1,9})\d*)?$/
/** 20150827 is meant as a day, and read as seconds it would be in August 1970: refused rather than guessed. */
const UNDASHED_DAY = /^(?:19|20)\d{6}$/

/** The instant that `text` names, to the nanosecond; undefined when it names none. */
export function parseInstant(text: string): Instant | undefined {
  const trimmed = text.trim()
  const epoch = EPOCH.exec(trimmed)
  if (epoch) return UNDASHED_DAY.test(trimmed) ? undefined : { sec: Number(epoch[1]), nsec: nanoseconds(epoch[2]) }
  const iso = ISO.exec(trimmed)
  if (!iso) return undefined
  const [year, month, day, hour, minute, second] = iso.slice(1, 7).map((digits) => Number(digits ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  const daysInMonth = new Date(Date.UTC(year, month, 0)).getUTCDate()
  // 60 is a leap second, which Date.UTC carries over to the next minute.
  const exists = month >= 1 && month <= 12 && day >= 1 && day <= daysInMonth && hour <= 23 && minute <= 59 && second <= 60
  const offset = zoneSeconds(iso[8])
  if (!exists || offset === undefined) return undefined
  const sec = Date.UTC(year, month - 1, day, hour, minute, second) / 1000 - offset
  return sec < 0 ? undefined : { sec, nsec: nanoseconds(iso[7]) }
}

const nanoseconds = (digits: string | undefined): number => (digits === undefined ? 0 : Number(digits.padEnd(9, '0')))

function zoneSeconds(zone: string | undefined): number | undefined {
  if (zone === undefined || zone.toUpperCase() === 'Z') return 0
  const hours = Number(zone.slice(1, 3))
  const minutes = Number(zone.slice(3).replace(':', '') || '0')
  if (hours > 14 || minutes > 59) return undefined
  return (zone.startsWith('-') ? -1 : 1) * (hours * 3600 + minutes * 60)
}
