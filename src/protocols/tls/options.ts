/** Packetbeat's options of TLS. */
import { defineOptions, flag, words } from '../../schema/options.js'

export const tlsOptions = defineOptions({
  fingerprints: words('Hashes of certificates that are told: md5, sha1, sha256; Packetbeat has sha1 alone.', ['sha1', 'sha256']),
  send_certificates: flag('Tell certificates by their fields, the chain included.', true),
  include_raw_certificates: flag('Keep the certificates themselves, as PEM.'),
  include_detailed_fields: flag('Write the object tls.detailed, which tells the hellos extension by extension.', true),
})
