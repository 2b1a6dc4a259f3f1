/** Sizes as people write them. */
import { UserError } from '../../model/user-error.js'

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  TB: 1e12,
  KIB: 2 ** 10,
  MIB: 2 ** 20,
  GIB: 2 ** 30,
}

/** Bytes of `100MB`, `1.5GB`, `512KiB` or a plain number. */
export function sizeOf(flag: string, text: string): number {
  const found = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(text.trim())
  const unit = UNITS[(found?.[2] ?? '?').toUpperCase()]
  const bytes = found && unit !== undefined ? Math.round(Number(found[1]) * unit) : 0
  if (bytes > 0) return bytes
  throw new UserError(`${flag} ${text}: not a size`, ['for example 100MB, 2GB or 512KiB'])
}
