/** Distinguished names (X.501): as one line and by their parts. */
import { children, type Element, element, oidText, stringText, Tag } from './der.js'

/** Attributes kept of one name; real ones have up to ten. */
const MAX_ATTRIBUTES = 64
/** Characters kept of one value (RFC 5280 appendix A.1 allows 64 to 32768, by kind). */
const MAX_VALUE = 1024

const SHORT: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.4': 'SN',
  '2.5.4.5': 'SERIALNUMBER',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'STREET',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '2.5.4.12': 'T',
  '2.5.4.15': 'businessCategory',
  '2.5.4.17': 'POSTALCODE',
  '2.5.4.42': 'GN',
  '2.5.4.46': 'DNQ',
  '2.5.4.97': 'organizationIdentifier',
  '0.9.2342.19200300.100.1.1': 'UID',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
  '1.3.6.1.4.1.311.60.2.1.1': 'jurisdictionL',
  '1.3.6.1.4.1.311.60.2.1.2': 'jurisdictionST',
  '1.3.6.1.4.1.311.60.2.1.3': 'jurisdictionC',
}

type Parts = Record<string, string | string[]>
export interface Name {
  /** The last attribute first (RFC 4514), as in Packetbeat: `CN=www.example.org,O=Example,C=US`. */
  readonly text: string
  /** ECS names: common_name, country, organization, organizational_unit, locality, state_or_province, distinguished_name. */
  readonly parts: Parts
  /** The most specific common name. */
  readonly commonName: string | undefined
}

/** ECS has these six; several values make a list. */
const ECS: Readonly<Record<string, string>> = {
  CN: 'common_name',
  C: 'country',
  O: 'organization',
  OU: 'organizational_unit',
  L: 'locality',
  ST: 'state_or_province',
}

/** @param of a Name: a sequence of sets of attributes */
export function readName(buf: Buffer, of: Element): Name {
  const relative: string[] = []
  const parts: Parts = {}
  let commonName: string | undefined
  let kept = 0
  for (const set of children(buf, of, MAX_ATTRIBUTES)) {
    const attributes: string[] = []
    for (const attribute of children(buf, set, MAX_ATTRIBUTES)) {
      const type = element(buf, attribute.start, attribute.end)
      const value = type && element(buf, type.end, attribute.end)
      if (!type || !value || type.tag !== Tag.Oid || ++kept > MAX_ATTRIBUTES) continue
      const oid = oidText(buf, type)
      const key = SHORT[oid] ?? oid
      const text = stringText(buf, value).slice(0, MAX_VALUE)
      attributes.push(`${key}=${escaped(text)}`)
      if (key === 'CN') commonName = text
      const ecs = ECS[key]
      if (ecs) add(parts, ecs, text)
    }
    if (attributes.length > 0) relative.push(attributes.join('+'))
  }
  const text = relative.reverse().join(',')
  parts.distinguished_name = text
  return { text, parts, commonName }
}

function add(parts: Parts, name: string, value: string): void {
  const before = parts[name]
  if (before === undefined) parts[name] = value
  else if (typeof before === 'string') parts[name] = [before, value]
  else before.push(value)
}

/** RFC 4514 §2.4. */
const escaped = (value: string): string =>
  /[,+"\\<>;]|^[ #]| $/.test(value) ? value.replaceAll(/[,+"\\<>;]|^[ #]| $/g, '\\$&').replaceAll('\0', '\\00') : value
