/** What a certificate says in words (RFC 5280 §4.1), taken from what the X.509 library makes of it. */
import { ipv4Text } from '../../model/address.js'
import { type GeneralName, oidText, parseCertificate, parseGeneralNames, type TBSCertificate } from './asn1.js'
import { type Name, readName } from './names.js'

/** Alternative names kept; certificates of hosters have up to a few hundred. */
const MAX_NAMES = 512
const MAX_NAME = 1024
/** Extensions looked at; certificates have about ten. */
const MAX_EXTENSIONS = 64
/** Bytes of a serial number that are told; RFC 5280 §4.1.2.2 allows 20. */
const MAX_SERIAL = 64

export interface Outline {
  readonly subject: Name
  readonly issuer: Name
  readonly sameName: boolean
  /** Where node:crypto cannot tell the time better. */
  readonly notBefore: string | undefined
  readonly notAfter: string | undefined
  /** Upper-case hex. */
  readonly serial: string
  readonly version: number | undefined
  /** Object identifiers. */
  readonly signature: string
  readonly key: string
  readonly alternativeNames: readonly string[]
  readonly hosts: readonly string[]
}

/** @returns undefined for bytes that are no certificate */
export function outlineOf(der: Buffer): Outline | undefined {
  const tbs = parseCertificate(der)?.tbsCertificate
  if (!tbs) return undefined
  const subject = readName(tbs.subject)
  const issuer = readName(tbs.issuer)
  const version = Number(tbs.version) + 1
  return {
    subject,
    issuer,
    sameName: subject.text === issuer.text,
    notBefore: utcText(tbs.validity.notBefore.utcTime),
    notAfter: utcText(tbs.validity.notAfter.utcTime),
    serial: serialText(Buffer.from(tbs.serialNumber, 0, Math.min(tbs.serialNumber.byteLength, MAX_SERIAL)).toString('hex')),
    version: version > 0 && version < 256 ? version : undefined,
    signature: oidText(tbs.signature.algorithm),
    key: oidText(tbs.subjectPublicKeyInfo.algorithm.algorithm),
    ...alternativeNamesOf(tbs),
  }
}

/** A UTCTime has two digits of the year (RFC 5280 §4.1.2.5.1); anything outside is what the library makes of a damaged one. */
const utcText = (time: Date | undefined): string | undefined =>
  time && time.getUTCFullYear() >= 1950 && time.getUTCFullYear() < 2050 ? time.toISOString() : undefined

/** One leading zero byte is the sign of a number, not part of it. */
function serialText(hex: string): string {
  const text = hex.toUpperCase()
  return text.length > 2 && text.startsWith('00') ? text.slice(2) : text
}

const ALTERNATIVE_NAMES = '2.5.29.17'

/** RFC 5280 §4.2.1.6: host names, mail and web addresses, IP addresses, directory names; the rest is for machines. */
function alternativeNamesOf(tbs: TBSCertificate): { alternativeNames: string[]; hosts: string[] } {
  const alternativeNames: string[] = []
  const hosts: string[] = []
  for (const extension of (tbs.extensions ?? []).slice(0, MAX_EXTENSIONS)) {
    if (extension.extnID !== ALTERNATIVE_NAMES) continue
    for (const name of parseGeneralNames(extension.extnValue.buffer, MAX_NAMES - alternativeNames.length)) {
      const host = name.dNSName?.slice(0, MAX_NAME)
      if (host !== undefined) hosts.push(host)
      const directory = name.directoryName && readName(name.directoryName).text
      const text = host ?? name.rfc822Name ?? name.uniformResourceIdentifier ?? addressOf(name) ?? directory
      if (text !== undefined) alternativeNames.push(text.slice(0, MAX_NAME))
    }
  }
  return { alternativeNames, hosts }
}

/** RFC 5952 §5: an IPv4-mapped address keeps its dotted end, as in every other column. */
const addressOf = ({ iPAddress }: GeneralName): string | undefined =>
  iPAddress?.replace(/^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/, (_, high: string, low: string) => {
    const bytes = Buffer.from(high.padStart(4, '0') + low.padStart(4, '0'), 'hex')
    return `::ffff:${ipv4Text(bytes, 0)}`
  })
