/**
 * What a certificate says (RFC 5280): its names, its time, its key, and whether it vouches for itself. Names and extensions come from
 * the X.509 library, since Node's text of them cannot be taken apart again; times, keys and signatures from node:crypto.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { curveBits, curveName, keyNameOf, keyTypeName, signatureName } from './algorithm-names.js'
import type { Name } from './names.js'
import { type Outline, outlineOf } from './outline.js'

export interface Certificate {
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
  /** Bytes of its DER. */
  readonly size: number
  readonly subject: Name | undefined
  readonly issuer: Name | undefined
  /** ISO 8601, UTC. */
  readonly notBefore: string | undefined
  readonly notAfter: string | undefined
  /** Upper-case hex without colons, as ECS wants it. */
  readonly serial: string | undefined
  readonly version: number | undefined
  /** `SHA256-RSA`, as Packetbeat names it. */
  readonly signatureAlgorithm: string | undefined
  readonly keyAlgorithm: string | undefined
  /** Bits. */
  readonly keySize: number | undefined
  readonly curve: string | undefined
  readonly exponent: number | undefined
  readonly alternativeNames: readonly string[]
  /** Those of them that are host names. */
  readonly hosts: readonly string[]
  /** Issued by itself and signed with its own key. */
  readonly selfSigned: boolean
  /** It may issue others. */
  readonly authority: boolean | undefined
  readonly pem: string | undefined
  /** Bytes that are no certificate: only size and hashes are told. */
  readonly readable: boolean
}

const upper = (algorithm: string, der: Buffer): string => createHash(algorithm).update(der).digest('hex').toUpperCase()

/** Never throws; `der` is not kept, but as text where `raw` asks for it. */
export function readCertificate(der: Buffer, raw: boolean): Certificate {
  const outline = outlineOf(der)
  const opened = outline && open(der)
  return {
    md5: upper('md5', der),
    sha1: upper('sha1', der),
    sha256: upper('sha256', der),
    size: der.length,
    subject: outline?.subject,
    issuer: outline?.issuer,
    notBefore: opened ? timeText(opened.validFrom) : outline?.notBefore,
    notAfter: opened ? timeText(opened.validTo) : outline?.notAfter,
    serial: outline?.serial,
    version: outline?.version,
    signatureAlgorithm: outline && signatureName(outline.signature),
    alternativeNames: outline?.alternativeNames ?? [],
    hosts: outline?.hosts ?? [],
    ...keyOf(opened, outline),
    pem: raw ? pemText(der) : undefined,
    readable: outline !== undefined,
  }
}

const pemText = (der: Buffer): string =>
  `-----BEGIN CERTIFICATE-----\n${der.toString('base64').replaceAll(/.{64}(?=.)/g, '$&\n')}\n-----END CERTIFICATE-----\n`

/** Certificates kept for a run: most connections show one that was seen before, and reading one costs more than the rest of a handshake. */
const MAX_KNOWN = 1024

/** The certificates of a run by what they are made of. */
export class CertificateStore {
  private readonly known = new Map<string, Certificate>()

  read(der: Buffer, raw: boolean): Certificate {
    const key = createHash('sha256').update(der).digest('base64')
    let certificate = this.known.get(key)
    if (certificate) return certificate
    certificate = readCertificate(der, raw)
    if (this.known.size >= MAX_KNOWN) this.known.delete(this.known.keys().next().value!)
    this.known.set(key, certificate)
    return certificate
  }
}

function open(der: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(der)
  } catch {
    return undefined
  }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/**
 * `Nov  2 13:17:35 2026 GMT`, as OpenSSL writes every form that a time may have, as ISO 8601; undefined for one that it finds damaged.
 * The X.509 library turns those into other times, takes UTCTime in one form only, and GeneralizedTime without a zone for local time.
 */
function timeText(text: string): string | undefined {
  const match = /^(\w{3}) +(\d+) (\d\d):(\d\d):(\d\d)(?:\.\d+)? (\d{1,4}) GMT$/.exec(text)
  if (!match) return undefined
  const [, month, day, hour, minute, second, year] = match
  const at = new Date(0)
  at.setUTCFullYear(Number(year), MONTHS.indexOf(month!), Number(day))
  at.setUTCHours(Number(hour), Number(minute), Number(second))
  return at.toISOString()
}

interface Key {
  keyAlgorithm: string | undefined
  keySize: number | undefined
  curve: string | undefined
  exponent: number | undefined
  selfSigned: boolean
  authority: boolean | undefined
}

function keyOf(opened: X509Certificate | undefined, outline: Outline | undefined): Key {
  const key: Key = {
    keyAlgorithm: outline && keyNameOf(outline.key),
    keySize: undefined,
    curve: undefined,
    exponent: undefined,
    selfSigned: outline?.sameName ?? false,
    authority: opened?.ca,
  }
  if (!opened) return key
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = opened.publicKey
    if (type) key.keyAlgorithm = keyTypeName(type)
    const curve = details?.namedCurve
    key.curve = curve && curveName(curve)
    key.keySize = details?.modulusLength ?? curveBits(type, curve)
    const exponent = details?.publicExponent
    if (exponent !== undefined && exponent <= Number.MAX_SAFE_INTEGER) key.exponent = Number(exponent)
    if (key.selfSigned) key.selfSigned = opened.verify(opened.publicKey)
  } catch {
    // OpenSSL refuses keys it has no code for; the rest of what was read stands.
  }
  return key
}
