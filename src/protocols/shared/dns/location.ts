/** LOC (RFC 1876): a place on earth in the presentation form of its §3. */
import type { Wire } from './wire.js'

const EQUATOR = 2 ** 31
/** Centimetres below the reference spheroid where altitudes start. */
const ALTITUDE_BASE = 10_000_000

export function locationText(w: Wire): string {
  const version = w.u8()
  const size = w.u8()
  const horizontal = w.u8()
  const vertical = w.u8()
  const latitude = w.u32()
  const longitude = w.u32()
  const altitude = w.u32()
  // §2: only version 0 has a form.
  if (version !== 0) w.short = true
  if (w.short) return ''
  return [
    angle(latitude, 'N', 'S'),
    angle(longitude, 'E', 'W'),
    `${metres(altitude - ALTITUDE_BASE)}`,
    metres(precision(size)),
    metres(precision(horizontal)),
    metres(precision(vertical)),
  ].join(' ')
}

function angle(value: number, positive: string, negative: string): string {
  const thousandths = Math.abs(value - EQUATOR)
  const degrees = Math.floor(thousandths / 3_600_000)
  const minutes = Math.floor(thousandths / 60_000) % 60
  const seconds = ((thousandths % 60_000) / 1000).toFixed(3)
  return `${degrees} ${minutes} ${seconds} ${value >= EQUATOR ? positive : negative}`
}

const metres = (centimetres: number): string => `${(centimetres / 100).toFixed(2)}m`

/** One digit and a power of ten, a nibble each. */
const precision = (byte: number): number => (byte >> 4) * 10 ** (byte & 15)
