/** Groups of columns that the row of an exchange is put together from. */
import { type Address, readAddress, readSeconds, readUri } from './address.js'
import { maskUri, maskValue, type Secret } from './masking.js'
import type { SipMessage } from './message.js'
import { causeNames } from './names.js'
import type { Medium, SessionDescription } from './sdp.js'

/** Values of a repeated field that a row lists: a request has at most 70 hops. */
const MAX_VALUES = 70
/** Characters of a free text that a column takes. */
const MAX_TEXT = 2048

export interface Parts {
  display: string | undefined
  uri: string | undefined
  scheme: string | undefined
  user: string | undefined
  host: string | undefined
  port: number | undefined
}
const NOTHING: Parts = { display: undefined, uri: undefined, scheme: undefined, user: undefined, host: undefined, port: undefined }

export function partsOf(address: Address | undefined, secret: Secret): Parts {
  if (!address) return NOTHING
  const { uri, display } = address
  return {
    display: display === undefined ? undefined : free(display, secret),
    uri: free(uri.original, secret),
    scheme: uri.scheme,
    user: uri.user === undefined ? undefined : free(uri.user, secret),
    host: uri.host,
    port: uri.port,
  }
}

export const partsOfUri = (text: string | undefined, secret: Secret): Parts =>
  text === undefined ? NOTHING : partsOf({ display: undefined, uri: readUri(text), params: NO_PARAMS }, secret)
const NO_PARAMS: ReadonlyMap<string, string> = new Map()

export const addressIn = (message: SipMessage | undefined, field: string): Address | undefined =>
  message === undefined ? undefined : readAddress(message.headers.list(field)[0] ?? '')

/** From and To are never lists; a comma in an unquoted display name is part of it. */
export const singleAddress = (message: SipMessage | undefined, field: string): Address | undefined =>
  message === undefined ? undefined : readAddress(message.headers.first(field) ?? '')

export const tagInTo = (message: SipMessage): string | undefined => singleAddress(message, 'to')?.params.get('tag') || undefined

export const free = (text: string, secret: Secret): string => maskValue(text.length > MAX_TEXT ? text.slice(0, MAX_TEXT) : text, secret)

export function textIn(message: SipMessage | undefined, field: string, secret: Secret): string | undefined {
  const value = message?.headers.first(field)
  return value === undefined || value === '' ? undefined : free(value, secret)
}

export function listIn(message: SipMessage | undefined, field: string, secret: Secret): string[] | undefined {
  const values = message?.headers.list(field)
  return values === undefined || values.length === 0 ? undefined : values.slice(0, MAX_VALUES).map((one) => free(one, secret))
}

export function wordsIn(message: SipMessage | undefined, field: string): string[] | undefined {
  const values = message?.headers.list(field)
  return values === undefined || values.length === 0
    ? undefined
    : values.slice(0, MAX_VALUES).map((one) => one.slice(0, MAX_TEXT).toLowerCase())
}

export function numberIn(message: SipMessage | undefined, field: string): number | undefined {
  const value = message?.headers.first(field)
  return value !== undefined && /^\d{1,15}/.test(value) ? Number.parseInt(value, 10) : undefined
}

/** Contacts of a REGISTER or of its answer. */
export function contactsIn(message: SipMessage | undefined, secret: Secret): Record<string, unknown>[] | undefined {
  const values = message?.headers.list('contact')
  if (values === undefined || values.length === 0) return undefined
  return values.slice(0, MAX_VALUES).map((value) => {
    const address = readAddress(value)
    const expires = readSeconds(address?.params.get('expires'))
    const q = address?.params.get('q')
    return {
      uri: maskUri(address?.uri.original ?? value.slice(0, MAX_TEXT), secret),
      ...(expires !== undefined && { expires }),
      ...(q !== undefined && { q }),
    }
  })
}

/** Q.850 cause in Reason, RFC 3326; several reasons may stand in the field. */
export function causeIn(reasons: readonly string[]): { cause: number; text: string | undefined } | undefined {
  for (const reason of reasons) {
    const found = /^q\.850\b.*?;\s*cause\s*=\s*(\d{1,3})\b/i.exec(reason)
    if (found) return { cause: Number(found[1]), text: causeNames[Number(found[1])] }
  }
  return undefined
}

/** Media as JSON without what is not known. */
export const mediaOf = (sdp: SessionDescription | undefined): Medium[] | undefined =>
  sdp === undefined || sdp.media.length === 0 ? undefined : sdp.media

/** Codecs that both descriptions name, in the answer's order; those of the only one otherwise. */
export function commonCodecs(a: SessionDescription | undefined, b: SessionDescription | undefined): string[] | undefined {
  const of = (sdp: SessionDescription | undefined) => [...new Set(sdp?.media.filter((m) => m.port > 0).flatMap((m) => m.codecs) ?? [])]
  const [mine, theirs] = [of(a), of(b)]
  const lower = new Set(mine.map((one) => one.toLowerCase()))
  const all = mine.length === 0 ? theirs : theirs.length === 0 ? mine : theirs.filter((one) => lower.has(one.toLowerCase()))
  return all.length === 0 ? undefined : all
}
