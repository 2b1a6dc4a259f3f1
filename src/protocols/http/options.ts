/** The options of `type: http`; names and meanings are Packetbeat's. */
import { count, defineOptions, flag, type OptionsOf, word, words } from '../../schema/options.js'

export const httpOptions = defineOptions({
  hide_keywords: words('Parameters, form fields, JSON members and cookies whose value becomes xxxxx, by name without case; always holds.'),
  send_headers: words(
    'Header fields that documents and the header columns keep, by name without case; content-length and content-type always are.',
  ),
  send_all_headers: flag('Keep all header fields.'),
  redact_authorization: flag('Keep nothing of Authorization and Proxy-Authorization, not even scheme and user; always holds.'),
  redact_headers: words('Header fields whose value becomes REDACTED wherever it would stand; always holds.'),
  include_body_for: words('Keep bodies whose Content-Type contains one of these texts.'),
  include_request_body_for: words('As include_body_for, for requests only.'),
  include_response_body_for: words('As include_body_for, for responses only.'),
  decode_body: flag('Undo gzip, deflate and br before a body is kept or hashed.', true),
  split_cookie: flag('Write Cookie and Set-Cookie as objects, one member per cookie.'),
  real_ip_header: word('Header field whose first address is the client behind a proxy: network.forwarded_ip.'),
  max_message_size: count('Most bytes of a body that are kept, compressed or not.', 10 << 20, 1),
})
export type HttpOptions = OptionsOf<typeof httpOptions>
