/** The columns of a SIP transaction; names under `sip.` are Packetbeat's where it has them. */
import { bool, defineFields, int, json, list, optional, type RowOf, text } from '../../schema/fields.js'

/** Columns of an address: display name and URI with its parts. */
const address = <P extends string>(prefix: P, path: string, whose: string) => {
  const named = <K extends string, V>(key: K, value: V) => ({ [`${prefix}_${key}`]: value }) as Record<`${P}_${K}`, V>
  return {
    ...named('display', optional(text(`Display name in ${whose}.`, 'Anna', `${path}.display_info`))),
    ...named('uri', optional(text(`URI in ${whose}.`, 'sip:anna@harbour.example', `${path}.uri.original`))),
    ...named('scheme', optional(text(`Scheme of the URI in ${whose}.`, 'sip', `${path}.uri.scheme`))),
    ...named('user', optional(text(`User part of the URI in ${whose}.`, 'anna', `${path}.uri.username`, { related: 'user' }))),
    ...named('host', optional(text(`Host of the URI in ${whose}.`, 'harbour.example', `${path}.uri.host`, { related: 'hosts' }))),
    ...named('port', optional(int(`Port of the URI in ${whose}.`, 5060, `${path}.uri.port`))),
  }
}

const media = [{ type: 'audio', address: '192.0.2.10', port: 49170, protocol: 'RTP/AVP', codecs: ['PCMU/8000'], direction: 'sendrecv' }]
const onlyDocument = { only: 'document' } as const

export const sipFields = defineFields({
  // What was asked, and what came of it.
  sip_method: text('Method of the request; of an orphan response, the one its CSeq names.', 'INVITE', 'sip.method', onlyDocument),
  code: optional(int('Code of the final response; of the last provisional one where none came.', 200, 'sip.code')),
  status_phrase: optional(text('Reason phrase of that response.', 'OK', ['sip.status', 'event.reason'])),
  type: text('request, or response where the request was not seen.', 'request'),
  version: text('Version of SIP.', '2.0'),
  call_id: optional(text('Call-ID: what all messages of a call, a registration or a subscription share.', 'f81d4fae@198.51.100.7')),
  cseq: optional(int('Number in CSeq.', 1, ['sip.cseq.code', 'event.sequence'])),
  cseq_method: optional(text('Method in CSeq.', 'INVITE', 'sip.cseq.method')),
  branch: optional(text('Branch of the topmost Via: names the transaction.', 'z9hG4bK776asdhds')),
  requester: text('Side of the flow that asked: client or server.', 'client'),
  methods: list('Methods in the transaction: the request and its ACK.', ['INVITE', 'ACK']),
  codes: optional(list('Codes of all its responses, in order.', [100, 180, 200])),
  request_line: optional(text('First line of the request.', 'INVITE sip:bob@biloxi.example SIP/2.0', undefined, onlyDocument)),
  response_line: optional(text('First line of the response.', 'SIP/2.0 200 OK', undefined, onlyDocument)),
  action: text('What happened, as Packetbeat names it.', 'sip-invite', 'event.action', onlyDocument),
  application: text('Always sip.', 'sip', 'network.application', onlyDocument),
  iana_number: text('Protocol number of the transport.', '17', 'network.iana_number', onlyDocument),
  category: optional(
    list(
      'network, with authentication where the request carries credentials.',
      ['network', 'authentication'],
      'event.category',
      onlyDocument,
    ),
  ),

  // Who.
  request_uri: optional(text('URI in the request line: who or what the request is for.', 'sip:bob@biloxi.example', 'sip.uri.original')),
  request_uri_scheme: optional(text('Its scheme.', 'sip', 'sip.uri.scheme')),
  request_uri_user: optional(text('Its user part.', 'bob', 'sip.uri.username', { related: 'user' })),
  request_uri_host: optional(text('Its host.', 'biloxi.example', 'sip.uri.host', { related: 'hosts' })),
  request_uri_port: optional(int('Its port.', 5060, 'sip.uri.port')),
  ...address('from', 'sip.from', 'From'),
  from_tag: optional(text('Tag of From: the side that asked, within the dialog.', '1928301774', 'sip.from.tag')),
  ...address('to', 'sip.to', 'To'),
  to_tag: optional(text('Tag of To: the side that answered, within the dialog; set by the response.', 'a6c85cf', 'sip.to.tag')),
  ...address('contact', 'sip.contact', 'the first Contact'),
  contact_transport: optional(text('Transport parameter of that Contact.', 'tcp', 'sip.contact.transport')),
  contact_expires: optional(int('Seconds for which that Contact is to be kept.', 3600, 'sip.contact.expires')),
  contact_q: optional(text('Preference of that Contact.', '0.5', 'sip.contact.q')),
  contact_line: optional(
    text('Line parameter of that Contact, by which some phones know their accounts.', 'aca6b97ca3f5e51a', 'sip.contact.line'),
  ),
  response_contact: optional(text('URI in the first Contact of the response.', 'sip:bob@192.0.2.4', 'sip.response.contact')),
  associated_uri: optional(
    text(
      'URI in P-Associated-URI of the response: another name of who registered.',
      'sip:35104723@harbour.example',
      'sip.private.uri.original',
    ),
  ),
  associated_uri_scheme: optional(text('Its scheme.', 'sip', 'sip.private.uri.scheme', onlyDocument)),
  associated_uri_user: optional(text('Its user part.', '35104723', 'sip.private.uri.username', { related: 'user' })),
  associated_uri_host: optional(text('Its host.', 'harbour.example', 'sip.private.uri.host', { related: 'hosts' })),
  associated_uri_port: optional(int('Its port.', 5060, 'sip.private.uri.port', onlyDocument)),
  asserted_identity: optional(list('Who the network says is asking: P-Asserted-Identity.', ['sip:+15551234@carrier.example'])),
  preferred_identity: optional(list('Who the user wants to be: P-Preferred-Identity.', ['sip:anna@harbour.example'])),
  remote_party_id: optional(text('Remote-Party-ID, the older form of the same.', '"Anna" <sip:anna@192.0.2.1>;party=calling')),
  diversion: optional(list('Who the call was diverted by: Diversion, History-Info.', ['<sip:bob@biloxi.example>;reason=no-answer'])),
  refer_to: optional(text('Where a REFER sends the other side.', '<sip:carol@chicago.example>')),
  referred_by: optional(text('Who sent it there.', '<sip:bob@biloxi.example>')),
  replaces: optional(text('Call that an INVITE takes the place of.', 'call7@192.0.2.1;to-tag=1;from-tag=2')),
  user_agent: optional(text('Software that asked: User-Agent.', 'Linphone/5.2', ['sip.user_agent.original', 'user_agent.original'])),
  response_agent: optional(text('Software that answered: Server or User-Agent of the response.', 'kamailio (5.6.3)', 'sip.response.agent')),

  // Credentials.
  auth_scheme: optional(text('Scheme of the credentials.', 'Digest', 'sip.auth.scheme')),
  auth_realm: optional(text('Realm of the credentials.', 'harbour.example', 'sip.auth.realm')),
  auth_algorithm: optional(text('Algorithm of the digest.', 'SHA-256', 'sip.auth.algorithm')),
  auth_uri: optional(text('URI that the credentials are for.', 'sip:harbour.example', 'sip.auth.uri.original')),
  auth_uri_scheme: optional(text('Its scheme.', 'sip', 'sip.auth.uri.scheme', onlyDocument)),
  auth_uri_host: optional(text('Its host.', 'harbour.example', 'sip.auth.uri.host', onlyDocument)),
  auth_uri_port: optional(int('Its port.', 5060, 'sip.auth.uri.port', onlyDocument)),
  auth_result: optional(
    text('challenged, accepted or rejected, where credentials were given or asked for.', 'accepted', 'sip.auth.result'),
  ),
  challenge_realm: optional(text('Realm that the response asks credentials for.', 'harbour.example', 'sip.challenge.realm')),
  challenge_scheme: optional(text('Scheme that the response asks for.', 'Digest', 'sip.challenge.scheme')),
  challenge_algorithm: optional(text('Digest algorithm that the response asks for.', 'MD5', 'sip.challenge.algorithm')),

  // Registration.
  registration: optional(
    text('What came of a REGISTER: registered, removed, listed, challenged, refused, redirected or unanswered.', 'registered'),
  ),
  contacts: optional(json('Addresses that a REGISTER binds or removes.', [{ uri: 'sip:anna@192.0.2.10', expires: 3600 }])),
  bindings: optional(json('Addresses that the registrar has afterwards.', [{ uri: 'sip:anna@192.0.2.10', expires: 3600 }])),
  expires: optional(int('Seconds asked for: Expires of the request.', 3600)),
  granted_expires: optional(int('Seconds granted by the response.', 600)),

  // The call.
  in_dialog: optional(bool('The request belongs to a dialog that exists already.', false)),
  call_outcome: optional(
    text(
      'How a call attempt ended: answered, busy, cancelled, declined, no-answer, not-found, redirected, challenged, failed or unanswered.',
      'answered',
    ),
  ),
  provisional: optional(
    json('Provisional responses with nanoseconds since the request.', [{ code: 180, status: 'Ringing', after_ns: 21_000_000 }]),
  ),
  ringing_ns: optional(int('Nanoseconds from an INVITE until the other side rang: 180 to 189.', 21_000_000)),
  answer_ns: optional(int('Nanoseconds from an INVITE to its 2xx.', 4_300_000_000)),
  ack_ns: optional(int('Nanoseconds from an INVITE to its first ACK.', 4_310_000_000)),
  cancelled_ns: optional(int('Nanoseconds from an INVITE to its CANCEL.', 9_000_000_000)),
  forks: optional(json('Further final responses of other phones to the same request.', [{ code: 200, status: 'OK', to_tag: '314159' }])),
  call_duration_ns: optional(int('On a BYE: nanoseconds since the call was answered.', 8_500_000_000)),
  call_answered: optional(text('On a BYE: when the call was answered.', '2026-01-01T10:00:00.000000000Z')),
  call_from: optional(text('On a BYE: who called.', 'sip:anna@harbour.example')),
  call_to: optional(text('On a BYE: who was called.', 'sip:bob@harbour.example')),
  released_by: optional(text('On a BYE: caller or callee.', 'callee')),
  reason: optional(text('Reason field of the request, or of the response.', 'Q.850;cause=16;text="Terminated"')),
  q850_cause: optional(int('Release cause of the telephone network, ITU-T Q.850.', 16)),
  q850_text: optional(text('What that cause means.', 'normal call clearing')),
  retransmissions: optional(int('How often the request was sent again.', 2)),
  response_retransmissions: optional(int('How often the final response was sent again.', 1)),

  // Header fields.
  via: optional(list('Every Via of the request, topmost first.', ['SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1'], 'sip.via.original')),
  received_from: optional(
    text('Address and port at which the other side saw the request come from: received and rport.', '203.0.113.7:5060'),
  ),
  route: optional(list('Route of the request.', ['<sip:proxy.harbour.example;lr>'])),
  record_route: optional(list('Proxies that stay in the path: Record-Route of the request.', ['<sip:proxy.harbour.example;lr>'])),
  max_forwards: optional(int('Max-Forwards of the request.', 70)),
  allow: optional(list('Methods in Allow of the request, lower case.', ['invite', 'ack', 'bye'])),
  supported: optional(list('Extensions in Supported of the request.', ['timer', '100rel'])),
  required: optional(list('Extensions in Require and Proxy-Require of the request.', ['100rel'])),
  accept: optional(text('Accept of the request, lower case.', 'application/sdp')),
  response_allow: optional(list('Methods in Allow of the response, lower case.', ['invite', 'ack'], 'sip.response.allow')),
  response_supported: optional(list('Extensions in Supported of the response.', ['timer'], 'sip.response.supported')),
  response_accept: optional(text('Accept of the response, lower case.', 'application/sdp', 'sip.response.accept')),
  event: optional(text('Event package of SUBSCRIBE, NOTIFY or PUBLISH.', 'presence')),
  subscription_state: optional(text('State of the subscription that a NOTIFY tells.', 'active;expires=3599')),
  subject: optional(text('Subject.', 'Tide tables')),
  warning: optional(list('Warning of the response.', ['399 proxy "No such berth"'])),
  retry_after: optional(text('When to try again: Retry-After of the response.', '30')),
  session_expires: optional(int('Seconds after which the session ends unless refreshed.', 1800)),
  rack: optional(text('Provisional response that a PRACK acknowledges.', '1 1 INVITE')),

  // Bodies.
  content_type: optional(text('Media type of the body of the request, lower case.', 'application/sdp')),
  content_length: optional(int('Content-Length of the request.', 226)),
  response_content_type: optional(
    text('Media type of the body of the response, lower case.', 'application/sdp', 'sip.response.content_type'),
  ),
  response_content_length: optional(int('Content-Length of the response.', 226, 'sip.response.content_length')),
  body_parts: optional(list('Media types of the parts of a multipart body.', ['application/sdp', 'application/isup'])),
  message_text: optional(text('Plain text of a MESSAGE.', 'Berth 4 is free.')),
  transfer_status: optional(text('Status that a NOTIFY reports of a transfer.', 'SIP/2.0 200 OK')),
  media: optional(json('Media that the asking side offers, or accepts in its ACK.', media)),
  response_media: optional(json('Media in the answer of the other side.', media, 'sip.response.media')),
  media_addresses: optional(list('Addresses that media are sent to.', ['192.0.2.10'], undefined, { related: 'ip' })),
  codecs: optional(list('Codecs that both sides name, or the offered ones.', ['PCMU/8000'])),
  encrypted_media: optional(bool('A medium is to be encrypted: SRTP or DTLS.', true)),
  sdp_version: optional(text('Version of the session description.', '0', 'sip.sdp.version', onlyDocument)),
  sdp_owner_username: optional(text('User who made it.', 'anna', 'sip.sdp.owner.username', { related: 'user' })),
  sdp_owner_session_id: optional(text('Its session id.', '42', 'sip.sdp.owner.session_id', onlyDocument)),
  sdp_owner_version: optional(text('Version of the session.', '42', 'sip.sdp.owner.version', onlyDocument)),
  sdp_owner_ip: optional(text('Address of who made it.', '192.0.2.10', 'sip.sdp.owner.ip')),
  sdp_session_name: optional(text('Name of the session.', 'Phone-Call', 'sip.sdp.session.name')),
  sdp_connection_info: optional(text('Its connection line.', 'IN IP4 192.0.2.10', 'sip.sdp.connection.info', onlyDocument)),
  sdp_connection_address: optional(text('Address in that line.', '192.0.2.10', 'sip.sdp.connection.address')),
  response_sdp_owner: optional(
    text('User who made the description in the response.', 'FreeSWITCH', 'sip.response.sdp.owner.username', { related: 'user' }),
  ),
  sdp_body: optional(text('The whole description, keys masked.', 'v=0\r\n', 'sip.sdp.body.original', onlyDocument)),
  response_sdp_body: optional(
    text('The description in the response, keys masked.', 'v=0\r\n', 'sip.response.sdp.body.original', onlyDocument),
  ),
  original: optional(
    text(
      'The request as sent, secrets masked; the response where that is all there is.',
      'BYE sip:b@c SIP/2.0',
      'event.original',
      onlyDocument,
    ),
  ),
  response_original: optional(text('The final response as sent, secrets masked.', 'SIP/2.0 200 OK', 'sip.response.original', onlyDocument)),

  // A request of the flow's server: who is who in its document.
  source_ip: optional(text('Address that asked, where it is the flow’s server.', '192.0.2.2', ['source.ip', 'client.ip'], onlyDocument)),
  source_port: optional(int('Port that asked, where it is the flow’s server.', 5060, ['source.port', 'client.port'], onlyDocument)),
  destination_ip: optional(text('Address that was asked then.', '192.0.2.1', ['destination.ip', 'server.ip'], onlyDocument)),
  destination_port: optional(int('Port that was asked then.', 5060, ['destination.port', 'server.port'], onlyDocument)),
  direction: optional(text('Direction of such a request.', 'inbound', 'network.direction', onlyDocument)),
})
export type SipRow = RowOf<typeof sipFields>
