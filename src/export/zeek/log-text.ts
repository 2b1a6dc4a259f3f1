/**
 * Zeek's tab-separated logs as text: the header that names fields and types, and values as its ASCII writer puts them.
 *
 * https://docs.zeek.org/en/current/log-formats.html and scripts/base/frameworks/logging/writers/ascii.zeek: tab between fields, comma
 * between elements of a set or vector, "-" for what is unset, "(empty)" for an empty text or set. What would be mistaken for one of
 * these, codes and the backslash are written as \xNN, the byte in hex.
 */
import { toIso } from '../../model/instant.js'

export type ZeekType =
  | 'time'
  | 'interval'
  | 'string'
  | 'enum'
  | 'addr'
  | 'port'
  | 'count'
  | 'bool'
  | 'set[string]'
  | 'set[enum]'
  | 'vector[string]'
  | 'vector[interval]'
  | 'vector[addr]'

export const UNSET = '-'
export const EMPTY = '(empty)'

/** Codes, the backslash, and what a terminal obeys or nobody can see. */
const ESCAPED =
  /[\x00-\x1f\\\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu
const COMMA = /,/g

const hex = (text: string): string => {
  let out = ''
  for (const byte of Buffer.from(text, 'utf8')) out += `\\x${byte.toString(16).padStart(2, '0')}`
  return out
}

function escaped(text: string, inSet: boolean): string {
  let out = text.replace(ESCAPED, hex)
  if (inSet) out = out.replace(COMMA, hex)
  if (out === '') return EMPTY
  // A text that reads like a mark of the format is no such mark: its first byte is escaped.
  if (out === UNSET || out === EMPTY) return hex(out[0]!) + out.slice(1)
  return out
}

/** Nanoseconds as seconds with six digits, as Zeek prints them; what is finer is cut. */
function seconds(value: unknown): string {
  const ns = typeof value === 'bigint' ? value : BigInt(Math.trunc(Number(value)))
  const micro = (ns < 0n ? -ns : ns) / 1000n
  return `${ns < 0n ? '-' : ''}${micro / 1_000_000n}.${String(micro % 1_000_000n).padStart(6, '0')}`
}

const list = (value: unknown, one: (item: unknown) => string): string => {
  if (!Array.isArray(value)) return UNSET
  return value.length === 0 ? EMPTY : value.map(one).join(',')
}

/** `value` as the text of a field; times and intervals are nanoseconds, undefined and null are unset. */
export function zeekValue(type: ZeekType, value: unknown): string {
  if (value === undefined || value === null) return UNSET
  switch (type) {
    case 'time':
    case 'interval':
      return typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)) ? seconds(value) : UNSET
    case 'bool':
      return value ? 'T' : 'F'
    case 'port':
    case 'count':
      // Both are unsigned.
      return (typeof value === 'bigint' || Number.isSafeInteger(value)) && (value as number | bigint) >= 0 ? String(value) : UNSET
    case 'vector[interval]':
      return list(value, (item) => zeekValue('interval', item))
    case 'set[string]':
    case 'set[enum]':
    case 'vector[string]':
    case 'vector[addr]':
      return list(value, (item) => (item === undefined || item === null ? UNSET : escaped(String(item), true)))
    default:
      return escaped(String(value), false)
  }
}

/** `2014-05-23-18-02-04`, of nanoseconds since 1970. */
export function zeekDate(ns: bigint): string {
  const whole = ns / 1_000_000_000n
  return toIso({ sec: Number(whole), nsec: 0 })
    .slice(0, 19)
    .replace(/[:T]/g, '-')
}

/** @param opened nanoseconds; the time of the first packet, so that one case gives the same bytes whenever it is exported */
export const zeekHeader = (path: string, opened: bigint, names: readonly string[], types: readonly ZeekType[]): string =>
  [
    '#separator \\x09',
    '#set_separator\t,',
    `#empty_field\t${EMPTY}`,
    `#unset_field\t${UNSET}`,
    `#path\t${path}`,
    `#open\t${zeekDate(opened)}`,
    `#fields\t${names.join('\t')}`,
    `#types\t${types.join('\t')}`,
    '',
  ].join('\n')

/** A line. One that would begin like a comment has its first byte escaped. */
export function zeekLine(cells: readonly string[]): string {
  const line = `${cells.join('\t')}\n`
  return line.startsWith('#') ? hex('#') + line.slice(1) : line
}

export const zeekEnd = (closed: bigint): string => `#close\t${zeekDate(closed)}\n`
