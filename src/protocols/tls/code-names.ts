/** What the numbers of the handshake are called: IANA's registries, in Packetbeat's spelling where it has one. */
import { unknown } from './unknown.js'

type Names = Readonly<Record<number, string>>
const named =
  (names: Names) =>
  (code: number): string =>
    names[code] ?? unknown(code)

export const SSL2 = 0x0002
export const SSL3 = 0x0300
export const TLS12 = 0x0303
export const TLS13 = 0x0304
export const DTLS10 = 0xfeff
export const DTLS12 = 0xfefd
export const DTLS13 = 0xfefc

/** GREASE (RFC 8701): values that clients send so that servers learn to ignore what they do not know. */
export const isGrease = (code: number): boolean => (code & 0x0f0f) === 0x0a0a && code >> 8 === (code & 0xff)

/** TLS 1.3 and its drafts, DTLS 1.3. */
export const is13 = (version: number): boolean => version === TLS13 || version >> 8 === 0x7f || version === DTLS13

const VERSIONS: Names = {
  [SSL2]: 'SSL 2.0',
  [SSL3]: 'SSL 3.0',
  769: 'TLS 1.0',
  770: 'TLS 1.1',
  [TLS12]: 'TLS 1.2',
  [TLS13]: 'TLS 1.3',
  256: 'DTLS 0.9',
  [DTLS10]: 'DTLS 1.0',
  [DTLS12]: 'DTLS 1.2',
  [DTLS13]: 'DTLS 1.3',
}
/** `TLS 1.2`; drafts of TLS 1.3 count as 1.3. */
export const versionName = (code: number): string => VERSIONS[code >> 8 === 0x7f ? TLS13 : code] ?? unknown(code)
/** `1.2` and `tls`, as ECS wants them apart; undefined for a version that nobody knows. */
export function versionParts(code: number): { protocol: string; number: string } | undefined {
  const [protocol, number] = versionName(code).split(' ')
  return protocol && number ? { protocol: protocol.toLowerCase(), number } : undefined
}

export const Extension = {
  ServerName: 0,
  StatusRequest: 5,
  Groups: 10,
  PointFormats: 11,
  SignatureAlgorithms: 13,
  Heartbeat: 15,
  Alpn: 16,
  ExtendedMasterSecret: 23,
  SessionTicket: 35,
  PreSharedKey: 41,
  EarlyData: 42,
  SupportedVersions: 43,
  PskModes: 45,
  KeyShare: 51,
  NextProtocol: 13172,
  EncryptedHello: 0xfe0d,
  Renegotiation: 0xff01,
} as const

const EXTENSIONS: Names = {
  0: 'server_name',
  1: 'max_fragment_length',
  2: 'client_certificate_url',
  3: 'trusted_ca_keys',
  4: 'truncated_hmac',
  5: 'status_request',
  6: 'user_mapping',
  7: 'client_authz',
  8: 'server_authz',
  9: 'cert_type',
  10: 'supported_groups',
  11: 'ec_point_formats',
  12: 'srp',
  13: 'signature_algorithms',
  14: 'use_srtp',
  15: 'heartbeat',
  16: 'application_layer_protocol_negotiation',
  17: 'status_request_v2',
  18: 'signed_certificate_timestamp',
  19: 'client_certificate_type',
  20: 'server_certificate_type',
  21: 'padding',
  22: 'encrypt_then_mac',
  23: 'extended_master_secret',
  24: 'token_binding',
  25: 'cached_info',
  26: 'tls_lts',
  27: 'compress_certificate',
  28: 'record_size_limit',
  34: 'delegated_credential',
  35: 'session_ticket',
  41: 'pre_shared_key',
  42: 'early_data',
  43: 'supported_versions',
  44: 'cookie',
  45: 'psk_key_exchange_modes',
  47: 'certificate_authorities',
  48: 'oid_filters',
  49: 'post_handshake_auth',
  50: 'signature_algorithms_cert',
  51: 'key_share',
  52: 'transparency_info',
  53: 'connection_id_deprecated',
  54: 'connection_id',
  57: 'quic_transport_parameters',
  58: 'ticket_request',
  59: 'dnssec_chain',
  13172: 'next_protocol_negotiation',
  17513: 'application_settings_old',
  17613: 'application_settings',
  30031: 'channel_id_old',
  30032: 'channel_id',
  64768: 'ech_outer_extensions',
  65037: 'encrypted_client_hello',
  65281: 'renegotiation_info',
  65486: 'encrypted_server_name',
}
export const extensionName = named(EXTENSIONS)

/** How Packetbeat lists extensions that it does not take apart: the older ones by name, the rest by number. */
export function unparsedName(code: number): string {
  if (code === Extension.ServerName) return 'server_name_indication'
  if (code === Extension.PointFormats) return 'ec_points_formats'
  return code < 19 || code === Extension.Renegotiation ? (EXTENSIONS[code] ?? String(code)) : String(code)
}

const GROUPS: Names = {
  1: 'sect163k1',
  2: 'sect163r1',
  3: 'sect163r2',
  4: 'sect193r1',
  5: 'sect193r2',
  6: 'sect233k1',
  7: 'sect233r1',
  8: 'sect239k1',
  9: 'sect283k1',
  10: 'sect283r1',
  11: 'sect409k1',
  12: 'sect409r1',
  13: 'sect571k1',
  14: 'sect571r1',
  15: 'secp160k1',
  16: 'secp160r1',
  17: 'secp160r2',
  18: 'secp192k1',
  19: 'secp192r1',
  20: 'secp224k1',
  21: 'secp224r1',
  22: 'secp256k1',
  23: 'secp256r1',
  24: 'secp384r1',
  25: 'secp521r1',
  26: 'brainpoolP256r1',
  27: 'brainpoolP384r1',
  28: 'brainpoolP512r1',
  29: 'x25519',
  30: 'x448',
  31: 'brainpoolP256r1tls13',
  32: 'brainpoolP384r1tls13',
  33: 'brainpoolP512r1tls13',
  34: 'GC256A',
  35: 'GC256B',
  36: 'GC256C',
  37: 'GC256D',
  38: 'GC512A',
  39: 'GC512B',
  40: 'GC512C',
  41: 'curveSM2',
  256: 'ffdhe2048',
  257: 'ffdhe3072',
  258: 'ffdhe4096',
  259: 'ffdhe6144',
  260: 'ffdhe8192',
  512: 'MLKEM512',
  513: 'MLKEM768',
  514: 'MLKEM1024',
  4587: 'SecP256r1MLKEM768',
  4588: 'X25519MLKEM768',
  4589: 'SecP384r1MLKEM1024',
  25497: 'X25519Kyber768Draft00',
  25498: 'SecP256r1Kyber768Draft00',
  65281: 'arbitrary_explicit_prime_curves',
  65282: 'arbitrary_explicit_char2_curves',
}
export const groupName = named(GROUPS)

const SIGNATURES: Names = {
  513: 'rsa_pkcs1_sha1',
  515: 'ecdsa_sha1',
  1025: 'rsa_pkcs1_sha256',
  1027: 'ecdsa_secp256r1_sha256',
  1281: 'rsa_pkcs1_sha384',
  1283: 'ecdsa_secp384r1_sha384',
  1537: 'rsa_pkcs1_sha512',
  1539: 'ecdsa_secp521r1_sha512',
  1800: 'sm2sig_sm3',
  2052: 'rsa_pss_sha256',
  2053: 'rsa_pss_sha384',
  2054: 'rsa_pss_sha512',
  2055: 'ed25519',
  2056: 'ed448',
  2057: 'rsa_pss_pss_sha256',
  2058: 'rsa_pss_pss_sha384',
  2059: 'rsa_pss_pss_sha512',
  2074: 'ecdsa_brainpoolP256r1tls13_sha256',
  2075: 'ecdsa_brainpoolP384r1tls13_sha384',
  2076: 'ecdsa_brainpoolP512r1tls13_sha512',
  2308: 'mldsa44',
  2309: 'mldsa65',
  2310: 'mldsa87',
}
export const signatureName = named(SIGNATURES)

const POINT_FORMATS: Names = { 0: 'uncompressed', 1: 'ansiX962_compressed_prime', 2: 'ansiX962_compressed_char2' }
export const pointFormatName = (code: number): string => POINT_FORMATS[code] ?? unknown(code, 2)

const COMPRESSIONS: Names = { 0: 'NULL', 1: 'DEFLATE', 64: 'LZS' }
export const compressionName = (code: number): string => COMPRESSIONS[code] ?? unknown(code, 2)

const PSK_MODES: Names = { 0: 'psk_ke', 1: 'psk_dhe_ke' }
export const pskModeName = (code: number): string => PSK_MODES[code] ?? unknown(code, 2)

const LEVELS: Names = { 1: 'warning', 2: 'fatal' }
export const levelName = (code: number): string => LEVELS[code] ?? unknown(code, 2)

const ALERTS: Names = {
  0: 'close_notify',
  10: 'unexpected_message',
  20: 'bad_record_mac',
  21: 'decryption_failed',
  22: 'record_overflow',
  30: 'decompression_failure',
  40: 'handshake_failure',
  41: 'no_certificate',
  42: 'bad_certificate',
  43: 'unsupported_certificate',
  44: 'certificate_revoked',
  45: 'certificate_expired',
  46: 'certificate_unknown',
  47: 'illegal_parameter',
  48: 'unknown_ca',
  49: 'access_denied',
  50: 'decode_error',
  51: 'decrypt_error',
  60: 'export_restriction',
  70: 'protocol_version',
  71: 'insufficient_security',
  80: 'internal_error',
  86: 'inappropriate_fallback',
  90: 'user_canceled',
  100: 'no_renegotiation',
  109: 'missing_extension',
  110: 'unsupported_extension',
  111: 'certificate_unobtainable',
  112: 'unrecognized_name',
  113: 'bad_certificate_status_response',
  114: 'bad_certificate_hash_value',
  115: 'unknown_psk_identity',
  116: 'certificate_required',
  120: 'no_application_protocol',
  121: 'ech_required',
}
export const alertName = (code: number): string => ALERTS[code] ?? unknown(code, 2)

/** RFC 6960 §4.2.1. */
const OCSP: Names = {
  0: 'successful',
  1: 'malformedRequest',
  2: 'internalError',
  3: 'tryLater',
  5: 'sigRequired',
  6: 'unauthorized',
}
export const ocspStatusName = (code: number): string => OCSP[code] ?? unknown(code, 2)
