/** The columns that bodies fill: session descriptions of both sides, transfer status, message text. */
import { type BodyFacts, readBody } from './body.js'
import type { Exchange } from './exchange.js'
import type { SipRow } from './fields.js'
import { maskBody, type Secret } from './masking.js'
import type { SipMessage } from './message.js'
import { commonCodecs, free, mediaOf } from './row-parts.js'
import type { SessionDescription } from './sdp.js'

export function addBodies(row: SipRow, exchange: Exchange, secret: Secret): void {
  const { request, ack, final, early } = exchange
  const asked = factsOf(request)
  // An INVITE without a description has it in its ACK; an answer that came early is not repeated by every agent.
  const offer = asked?.sdp ? asked : (factsOf(ack) ?? asked)
  const given = factsOf(final)
  const answer = given?.sdp ? given : (factsOf(early) ?? given)
  row.body_parts = asked?.parts ?? answer?.parts
  row.message_text = exchange.method === 'MESSAGE' && asked?.text !== undefined ? maskBody(undefined, asked.text, secret) : undefined
  row.transfer_status = asked?.sipfrag === undefined ? undefined : free(asked.sipfrag, secret)
  row.media = mediaOf(offer?.sdp)
  row.response_media = mediaOf(answer?.sdp)
  const media = [...(offer?.sdp?.media ?? []), ...(answer?.sdp?.media ?? [])]
  if (media.length > 0) {
    const addresses = new Set(media.flatMap((one) => (one.address !== undefined && one.port > 0 ? [one.address] : [])))
    if (addresses.size > 0) row.media_addresses = [...addresses]
    row.codecs = commonCodecs(offer?.sdp, answer?.sdp)
    row.encrypted_media = media.some((one) => one.encrypted)
  }
  const mask = (facts: BodyFacts | undefined) =>
    facts?.sdpText === undefined ? undefined : maskBody('application/sdp', facts.sdpText, secret)
  row.sdp_body = mask(offer) ?? (request ? undefined : mask(answer))
  row.response_sdp_body = request ? mask(answer) : undefined
  const owner = request ? answer?.sdp?.ownerUser : undefined
  row.response_sdp_owner = owner === undefined ? undefined : free(owner, secret)
  const sdp = offer?.sdp ?? answer?.sdp
  if (sdp) describe(row, sdp, secret)
}

function describe(row: SipRow, sdp: SessionDescription, secret: Secret): void {
  row.sdp_version = sdp.version
  row.sdp_owner_username = sdp.ownerUser === undefined ? undefined : free(sdp.ownerUser, secret)
  row.sdp_owner_session_id = sdp.sessionId
  row.sdp_owner_version = sdp.sessionVersion
  row.sdp_owner_ip = sdp.ownerIp
  row.sdp_session_name = sdp.name === undefined || sdp.name === '-' ? undefined : free(sdp.name, secret)
  row.sdp_connection_info = sdp.connection
  row.sdp_connection_address = sdp.address
}

const factsOf = (message: SipMessage | undefined): BodyFacts | undefined =>
  message === undefined || message.body === '' ? undefined : readBody(message.headers.first('content-type'), message.body)
