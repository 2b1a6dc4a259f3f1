/** The zone that a user names. */
import { didYouMean } from '../config/nearest.js'
import { UserError } from '../model/user-error.js'

/** The name that Intl uses, of an IANA zone in any spelling of case, or of `local`: TZ, or the system's setting. */
export function timeZone(wanted: string): string {
  if (wanted.toLowerCase() === 'local') return new Intl.DateTimeFormat().resolvedOptions().timeZone
  try {
    return new Intl.DateTimeFormat('en-US', { timeZone: wanted }).resolvedOptions().timeZone
  } catch {
    // The last part alone is what people remember: Berlin for Europe/Berlin.
    const zones = timeZones()
    const city = zones.find((zone) => zone.slice(zone.lastIndexOf('/') + 1).toLowerCase() === wanted.toLowerCase().replaceAll(' ', '_'))
    const meant = city === undefined ? didYouMean(wanted, zones) : `; did you mean "${city}"?`
    throw new UserError(`there is no time zone "${wanted}"${meant}`, ['name one of the IANA list, such as Europe/Berlin, or local'])
  }
}

export const timeZones = (): readonly string[] => ['UTC', ...Intl.supportedValuesOf('timeZone')]
