/** A time span that a user names. */
import { parseDuration } from '../config/values.js'
import { UserError } from '../model/user-error.js'

/** Milliseconds. @param name the flag that takes it */
export function duration(text: string, name?: string): number {
  const ms = parseDuration(text)
  if (ms === undefined || ms < 0)
    throw new UserError(`${name === undefined ? '' : `${name} `}${text}: not a duration`, ['for example 30s, 5m, or 0 for no limit'])
  return ms
}
