/**
 * What a certificate says (RFC 5280): its names, its time, its key, and whether it vouches for itself. Names, times and alternative
 * names are read from the DER itself, since Node's text of them cannot be taken apart again; keys and signatures by node:crypto.
 */
import { createHash, X509Certificate } from 'node:crypto'
import { ipv4Text, ipv6Text } from '../../model/address.js'
import { children, type Element, element, oidText, Tag, timeText } from './der.js'
import { type Name, readName } from './names.js'

/** Fields and extensions looked at; certificates have about ten of each. */
const MAX_CHILDREN = 64
/** Alternative names kept; certificates of hosters have up to a few hundred. */
const MAX_NAMES = 512
const MAX_NAME = 1024

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
  const key = keyOf(der, outline)
  return {
    md5: upper('md5', der),
    sha1: upper('sha1', der),
    sha256: upper('sha256', der),
    size: der.length,
    subject: outline?.subject,
    issuer: outline?.issuer,
    notBefore: outline?.notBefore,
    notAfter: outline?.notAfter,
    serial: outline?.serial,
    version: outline?.version,
    signatureAlgorithm: outline?.signature,
    keyAlgorithm: key.algorithm,
    keySize: key.size,
    curve: key.curve,
    exponent: key.exponent,
    alternativeNames: outline?.alternativeNames ?? [],
    hosts: outline?.hosts ?? [],
    selfSigned: key.selfSigned,
    authority: key.authority,
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

interface Outline {
  subject: Name
  issuer: Name
  sameName: boolean
  notBefore: string | undefined
  notAfter: string | undefined
  serial: string
  version: number
  signature: string
  keyAlgorithm: string
  alternativeNames: string[]
  hosts: string[]
}

/** RFC 5280 §4.1: Certificate { tbsCertificate { [0] version, serial, signature, issuer, validity, subject, key, ... }, ... } */
function outlineOf(der: Buffer): Outline | undefined {
  const whole = element(der, 0, der.length)
  const tbs = whole && whole.tag === Tag.Sequence ? element(der, whole.start, whole.end) : undefined
  if (!tbs || tbs.tag !== Tag.Sequence) return undefined
  const fields = children(der, tbs, MAX_CHILDREN)
  let version = 1
  if (fields[0]?.tag === 0xa0) {
    const number = element(der, fields[0].start, fields[0].end)
    if (number && number.end > number.start) version = der[number.end - 1]! + 1
    fields.shift()
  }
  const [serial, signature, issuer, validity, subject, key, ...rest] = fields
  if (serial?.tag !== Tag.Integer || !signature || !issuer || !validity || !subject) return undefined
  if (issuer.tag !== Tag.Sequence || validity.tag !== Tag.Sequence || subject.tag !== Tag.Sequence) return undefined
  const [from, to] = children(der, validity, 2)
  const outline: Outline = {
    subject: readName(der, subject),
    issuer: readName(der, issuer),
    sameName: der.subarray(subject.start, subject.end).equals(der.subarray(issuer.start, issuer.end)),
    notBefore: timeText(der, from),
    notAfter: timeText(der, to),
    serial: serialText(der.toString('hex', serial.start, Math.min(serial.end, serial.start + 64))),
    version,
    signature: signatureName(algorithmOf(der, signature)),
    keyAlgorithm: key ? algorithmOf(der, element(der, key.start, key.end)) : '',
    alternativeNames: [],
    hosts: [],
  }
  const extensions = rest.find((field) => field.tag === 0xa3)
  const list = extensions && element(der, extensions.start, extensions.end)
  if (list) for (const extension of children(der, list, MAX_CHILDREN)) readExtension(der, extension, outline)
  return outline
}

/** One leading zero byte is the sign of a number, not part of it. */
function serialText(hex: string): string {
  const text = hex.toUpperCase()
  return text.length > 2 && text.startsWith('00') ? text.slice(2) : text
}

const algorithmOf = (der: Buffer, of: Element | undefined): string => {
  const oid = of && element(der, of.start, of.end)
  return oid?.tag === Tag.Oid ? oidText(der, oid) : ''
}

const ALTERNATIVE_NAMES = '2.5.29.17'

function readExtension(der: Buffer, of: Element, into: Outline): void {
  const parts = children(der, of, 3)
  const [type] = parts
  const value = parts[parts.length - 1]
  if (!type || type.tag !== Tag.Oid || oidText(der, type) !== ALTERNATIVE_NAMES || value?.tag !== Tag.OctetString) return
  const list = element(der, value.start, value.end)
  if (!list) return
  for (const name of children(der, list, MAX_NAMES)) {
    const bytes = der.subarray(name.start, Math.min(name.end, name.start + MAX_NAME))
    // RFC 5280 §4.2.1.6, GeneralName.
    if (name.tag === 0x82) {
      const host = bytes.toString('latin1')
      into.hosts.push(host)
      into.alternativeNames.push(host)
    } else if (name.tag === 0x81 || name.tag === 0x86) into.alternativeNames.push(bytes.toString('latin1'))
    else if (name.tag === 0x87) into.alternativeNames.push(addressText(bytes))
    else if (name.tag === 0xa4) {
      const inner = element(der, name.start, name.end)
      if (inner) into.alternativeNames.push(readName(der, inner).text)
    }
  }
}

const addressText = (bytes: Buffer): string =>
  bytes.length === 4 ? ipv4Text(bytes, 0) : bytes.length === 16 ? ipv6Text(bytes, 0) : bytes.toString('hex')

interface Key {
  algorithm: string | undefined
  size: number | undefined
  curve: string | undefined
  exponent: number | undefined
  selfSigned: boolean
  authority: boolean | undefined
}

/** Bits of the curves that certificates use. */
const CURVE_BITS: Readonly<Record<string, number>> = {
  prime256v1: 256,
  secp224r1: 224,
  secp256k1: 256,
  secp384r1: 384,
  secp521r1: 521,
  prime192v1: 192,
  brainpoolP256r1: 256,
  brainpoolP384r1: 384,
  brainpoolP512r1: 512,
  SM2: 256,
}
/** Names that everybody else gives two of them. */
const CURVE_NAMES: Readonly<Record<string, string>> = { prime256v1: 'secp256r1', prime192v1: 'secp192r1' }
const KEY_NAMES: Readonly<Record<string, string>> = {
  rsa: 'RSA',
  'rsa-pss': 'RSA-PSS',
  ec: 'ECDSA',
  dsa: 'DSA',
  dh: 'DH',
  ed25519: 'Ed25519',
  ed448: 'Ed448',
}
const KEY_OIDS: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.1': 'RSA',
  '1.2.840.113549.1.1.10': 'RSA-PSS',
  '1.2.840.10045.2.1': 'ECDSA',
  '1.2.840.10040.4.1': 'DSA',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
}

function keyOf(der: Buffer, outline: Outline | undefined): Key {
  const key: Key = {
    algorithm: outline && (KEY_OIDS[outline.keyAlgorithm] ?? (outline.keyAlgorithm || undefined)),
    size: undefined,
    curve: undefined,
    exponent: undefined,
    selfSigned: outline?.sameName ?? false,
    authority: undefined,
  }
  try {
    const x = new X509Certificate(der)
    key.authority = x.ca
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = x.publicKey
    if (type) key.algorithm = KEY_NAMES[type] ?? type.toUpperCase()
    const curve = details?.namedCurve
    key.curve = curve && (CURVE_NAMES[curve] ?? curve)
    key.size = details?.modulusLength ?? (curve ? CURVE_BITS[curve] : type === 'ed25519' ? 256 : type === 'ed448' ? 456 : undefined)
    const exponent = details?.publicExponent
    if (exponent !== undefined && exponent <= Number.MAX_SAFE_INTEGER) key.exponent = Number(exponent)
    if (key.selfSigned) key.selfSigned = x.verify(x.publicKey)
  } catch {
    // OpenSSL refuses odd certificates and keys it has no code for; the rest of what was read stands.
  }
  return key
}

const SIGNATURES: Readonly<Record<string, string>> = {
  '1.2.840.113549.1.1.2': 'MD2-RSA',
  '1.2.840.113549.1.1.4': 'MD5-RSA',
  '1.2.840.113549.1.1.5': 'SHA1-RSA',
  '1.3.14.3.2.29': 'SHA1-RSA',
  '1.2.840.113549.1.1.10': 'RSAPSS',
  '1.2.840.113549.1.1.11': 'SHA256-RSA',
  '1.2.840.113549.1.1.12': 'SHA384-RSA',
  '1.2.840.113549.1.1.13': 'SHA512-RSA',
  '1.2.840.113549.1.1.14': 'SHA224-RSA',
  '1.2.840.10040.4.3': 'DSA-SHA1',
  '2.16.840.1.101.3.4.3.2': 'DSA-SHA256',
  '1.2.840.10045.4.1': 'ECDSA-SHA1',
  '1.2.840.10045.4.3.2': 'ECDSA-SHA256',
  '1.2.840.10045.4.3.3': 'ECDSA-SHA384',
  '1.2.840.10045.4.3.4': 'ECDSA-SHA512',
  '1.3.101.112': 'Ed25519',
  '1.3.101.113': 'Ed448',
}
const signatureName = (oid: string): string => SIGNATURES[oid] ?? oid
