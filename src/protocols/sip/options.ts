import { commonOptions, defineOptions, flag, type OptionsOf, word } from '../../schema/options.js'

export const sipOptions = defineOptions({
  parse_authorization: flag('Read credentials: user name, scheme, realm and URI.', true),
  parse_body: flag('Read bodies: session descriptions, transfer status, message text.', true),
  keep_original: flag('Keep the messages as text in `event.original` and `sip.response.original`.', true),
  transport_protocol: word('Taken so that configurations of Packetbeat work; the packets tell the transport.', 'udp'),
  send_request: commonOptions.send_request,
  send_response: commonOptions.send_response,
})
export type SipOptions = OptionsOf<typeof sipOptions>
