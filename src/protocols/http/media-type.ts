/** What a Content-Type says. RFC 9110 §8.3 */
import { Memo } from '../shared/memo.js'

export interface MediaType {
  /** Type and subtype, lower-case; undefined when there is none. */
  readonly name: string | undefined
  /** Parameters in the form of a query string. */
  readonly form: boolean
}

function readType(contentType: string): MediaType {
  const lower = contentType.toLowerCase()
  const semicolon = lower.indexOf(';')
  const comma = lower.indexOf(',')
  const end = semicolon < 0 ? comma : comma < 0 ? semicolon : Math.min(semicolon, comma)
  const name = (end < 0 ? lower : lower.slice(0, end)).trim()
  return { name: name === '' ? undefined : name, form: lower.includes('x-www-form-urlencoded') }
}

const NONE: MediaType = { name: undefined, form: false }
const types = new Memo(readType)

export const mediaType = (contentType: string): MediaType => (contentType === '' ? NONE : (types.of(contentType) ?? NONE))
