/** What a body holds: a session description, alone or in a multipart; a status that a NOTIFY reports; the text of a MESSAGE. */

import { paramsOf } from './address.js'
import { Headers } from './headers.js'
import { readSdp, type SessionDescription } from './sdp.js'

/** Parts of a multipart body that are looked at. ISUP beside SDP makes two, PIDF-LO three. */
const MAX_PARTS = 16
/** Characters of a MESSAGE that are kept: RFC 3428 §8 caps one at 1300 bytes. */
const MAX_TEXT = 4096

export interface BodyFacts {
  readonly sdp: SessionDescription | undefined
  /** The description's own text. */
  readonly sdpText: string | undefined
  /** Media types of the parts of a multipart body. */
  readonly parts: readonly string[] | undefined
  /** Status line that a message/sipfrag carries: how far a transfer got. RFC 3515 §2.4.5 */
  readonly sipfrag: string | undefined
  readonly text: string | undefined
}

export function readBody(contentType: string | undefined, body: string): BodyFacts {
  const type = mediaType(contentType)
  if (contentType !== undefined && type.startsWith('multipart/')) return readParts(contentType, body)
  return leaf(type, body, undefined)
}

export const mediaType = (contentType: string | undefined): string => (contentType ?? '').split(';', 1)[0]!.trim().toLowerCase()

function leaf(type: string, body: string, parts: readonly string[] | undefined): BodyFacts {
  const sdp = type === 'application/sdp' ? readSdp(body) : undefined
  return {
    sdp,
    sdpText: sdp ? body : undefined,
    parts,
    sipfrag: type === 'message/sipfrag' ? /^SIP\/2\.0 \d{3}[^\r\n]{0,256}/i.exec(body)?.[0] : undefined,
    text: type === 'text/plain' ? body.slice(0, MAX_TEXT) : undefined,
  }
}

function readParts(contentType: string, body: string): BodyFacts {
  const boundary = paramsOf(contentType).get('boundary')
  const none = { sdp: undefined, sdpText: undefined, parts: undefined, sipfrag: undefined, text: undefined }
  if (boundary === undefined || boundary === '' || boundary.length > 256) return none
  const types: string[] = []
  let found: BodyFacts = none
  let at = body.indexOf(`--${boundary}`)
  while (at >= 0 && types.length < MAX_PARTS) {
    const from = body.indexOf('\n', at)
    const next = from < 0 ? -1 : body.indexOf(`\n--${boundary}`, from)
    if (from < 0 || body.startsWith('--', at + boundary.length + 2)) break
    const part = body.slice(from + 1, next < 0 ? body.length : next)
    const blank = /^\r?\n|\r?\n\r?\n/.exec(part)
    if (blank) {
      const headers = new Headers(part.slice(0, blank.index))
      const type = mediaType(headers.first('content-type')) || 'text/plain'
      types.push(type)
      const facts = leaf(type, part.slice(blank.index + blank[0].length), undefined)
      found = {
        sdp: found.sdp ?? facts.sdp,
        sdpText: found.sdpText ?? facts.sdpText,
        parts: undefined,
        sipfrag: found.sipfrag ?? facts.sipfrag,
        text: found.text ?? facts.text,
      }
    }
    at = next < 0 ? -1 : next + 1
  }
  return { ...found, parts: types }
}
