/**
 * The X.509 library (@peculiar/asn1-x509), loaded when the first certificate is met: its 40 ms are not paid by a run that sees none.
 * Nothing here throws: what the library refuses is undefined.
 */
import { createRequire } from 'node:module'
import type { Certificate, GeneralName } from '@peculiar/asn1-x509'

export type { AttributeValue, GeneralName, Name as DistinguishedName, TBSCertificate } from '@peculiar/asn1-x509'

/**
 * Bytes of a certificate that are read; one with two thousand names has about 50 000. The library's time for one long number grows with
 * the square of its length.
 */
const MAX_SIZE = 65_536
/** Elements that one certificate may have outside its extensions' values; real ones have some hundred. */
const MAX_NODES = 2048
/** Elements of a list of alternative names: one for a host name or an address, some for the others. */
const MAX_LIST_NODES = 8192
/** Levels: a certificate has about ten. */
const MAX_DEPTH = 32
/** Octet strings are read by those who ask for them, not on the chance that they hold more ASN.1. */
const within = (maxNodes: number) => ({ berOptions: { maxNodes, maxDepth: MAX_DEPTH, parseEmbedded: false } })
const ONE = within(MAX_NODES)
const LIST = within(MAX_LIST_NODES)

type Schema = typeof import('@peculiar/asn1-schema')
type X509 = typeof import('@peculiar/asn1-x509')
type Strings = Record<string, string | undefined>
interface Library {
  schema: Schema
  x509: X509
  /** Elements of a sequence, each as its own DER. */
  Elements: new () => ArrayBuffer[]
  /** String types that names should not have (RFC 5280 §4.1.2.4) and do. */
  OtherString: new () => Strings
}
let loaded: Library | undefined

function library(): Library {
  if (loaded) return loaded
  const load = createRequire(import.meta.url)
  const schema = load('@peculiar/asn1-schema') as Schema
  const x509 = load('@peculiar/asn1-x509') as X509
  const { AsnProp, AsnPropTypes: types, AsnType, AsnTypeTypes } = schema
  class Elements extends Array<ArrayBuffer> {}
  AsnType({ type: AsnTypeTypes.Sequence, itemType: types.Any })(Elements)
  class OtherString {
    [name: string]: string | undefined
  }
  for (const name of ['NumericString', 'VisibleString', 'GeneralString', 'GraphicString', 'VideotexString'] as const)
    AsnProp({ type: types[name] })(OtherString.prototype, name)
  AsnType({ type: AsnTypeTypes.Choice })(OtherString)
  loaded = { schema, x509, Elements, OtherString }
  return loaded
}

/** Characters of an object identifier that are told: those that mean something have up to thirty or so. */
const MAX_OID = 128
export const oidText = (oid: string): string => oid.slice(0, MAX_OID)

/** @returns undefined for bytes that are no certificate */
export function parseCertificate(der: Buffer): Certificate | undefined {
  if (der.length > MAX_SIZE) return undefined
  const { schema, x509 } = library()
  try {
    return schema.AsnConvert.parse(der, x509.Certificate, ONE)
  } catch {
    return undefined
  }
}

/** The value of a subjectAltName extension, name by name, so that one that is damaged does not hide the others. At most `max`. */
export function parseGeneralNames(der: ArrayBuffer, max: number): GeneralName[] {
  const { schema, x509, Elements } = library()
  let all: ArrayBuffer[]
  try {
    all = schema.AsnConvert.parse(der, Elements, LIST)
  } catch {
    return []
  }
  const names: GeneralName[] = []
  for (let i = 0; i < all.length && i < max; i++)
    try {
      names.push(schema.AsnConvert.parse(all[i]!, x509.GeneralName, ONE))
    } catch {
      // Of a kind, or in a form, that the library has no words for.
    }
  return names
}

/** The text of an attribute's value of a type that the library's own class leaves as it stands; undefined when it is no text. */
export function parseOtherString(der: ArrayBuffer): string | undefined {
  const { schema, OtherString } = library()
  try {
    return Object.values(schema.AsnConvert.parse(der, OtherString, ONE)).find((text) => text !== undefined)
  } catch {
    return undefined
  }
}
