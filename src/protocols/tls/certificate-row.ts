/** Certificates as columns and objects: ECS x509.* and what is wrong with them. */
import type { Certificate } from './certificate.js'

/** RSA and DSA keys below this can be broken, or soon (NIST SP 800-131A). */
const MIN_RSA_BITS = 2048
const MIN_EC_BITS = 224

/** ECS x509. */
export function x509Of(certificate: Certificate): object {
  const { alternativeNames } = certificate
  return {
    subject: certificate.subject?.parts,
    issuer: certificate.issuer?.parts,
    alternative_names: alternativeNames.length === 0 ? undefined : alternativeNames,
    not_before: certificate.notBefore,
    not_after: certificate.notAfter,
    serial_number: certificate.serial,
    version_number: certificate.version,
    signature_algorithm: certificate.signatureAlgorithm,
    public_key_algorithm: certificate.keyAlgorithm,
    public_key_size: certificate.keySize,
    public_key_curve: certificate.curve,
    public_key_exponent: certificate.exponent,
  }
}

/** The same with what names the certificate among others: one object is one row of a list of certificates. */
export const listed = (certificate: Certificate): object => ({
  hash: { sha1: certificate.sha1, sha256: certificate.sha256 },
  size: certificate.size,
  self_signed: certificate.selfSigned,
  authority: certificate.authority,
  ...x509Of(certificate),
})

/**
 * What is wrong with a certificate as it was shown at `sec`, seconds since 1970 by the packet's clock.
 * @param name the host that the client wanted, where it said so
 */
export function problemsOf(certificate: Certificate, sec: number, name: string | undefined): string[] {
  if (!certificate.readable) return ['unreadable']
  const problems: string[] = []
  const { notBefore, notAfter, keyAlgorithm, keySize = 0, signatureAlgorithm = '' } = certificate
  if (notAfter && Date.parse(notAfter) < sec * 1000) problems.push('expired')
  if (notBefore && Date.parse(notBefore) > sec * 1000) problems.push('not-yet-valid')
  if (certificate.selfSigned) problems.push('self-signed')
  if (name !== undefined && !isFor(certificate, name)) problems.push('name-mismatch')
  const smallest = keyAlgorithm === 'RSA' || keyAlgorithm === 'DSA' ? MIN_RSA_BITS : keyAlgorithm === 'ECDSA' ? MIN_EC_BITS : 0
  if (keySize > 0 && keySize < smallest) problems.push('weak-key')
  // The signature under a certificate that vouches for itself proves nothing anyway.
  if (/^MD|SHA1\b/.test(signatureAlgorithm) && !certificate.selfSigned) problems.push('weak-signature')
  return problems
}

/** RFC 6125 §6.4: an alternative name decides, the common name only without any; a star is one whole label. */
function isFor(certificate: Certificate, name: string): boolean {
  const wanted = name.toLowerCase().replace(/\.$/, '')
  const { alternativeNames, subject } = certificate
  const names = alternativeNames.length > 0 ? alternativeNames : subject?.commonName ? [subject.commonName] : []
  const parent = wanted.slice(wanted.indexOf('.') + 1)
  return names.some((one) => {
    const host = one.toLowerCase()
    return host === wanted || (host.startsWith('*.') && wanted.includes('.') && host.slice(2) === parent)
  })
}
