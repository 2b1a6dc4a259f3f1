/** Numbers of the DNS header and records as the words that IANA's registries give them. */

/** IANA "Resource Record (RR) TYPEs". */
const typeNumbers: Readonly<Record<string, number>> = {
  A: 1,
  NS: 2,
  MD: 3,
  MF: 4,
  CNAME: 5,
  SOA: 6,
  MB: 7,
  MG: 8,
  MR: 9,
  NULL: 10,
  WKS: 11,
  PTR: 12,
  HINFO: 13,
  MINFO: 14,
  MX: 15,
  TXT: 16,
  RP: 17,
  AFSDB: 18,
  X25: 19,
  ISDN: 20,
  RT: 21,
  NSAP: 22,
  'NSAP-PTR': 23,
  SIG: 24,
  KEY: 25,
  PX: 26,
  GPOS: 27,
  AAAA: 28,
  LOC: 29,
  NXT: 30,
  EID: 31,
  NIMLOC: 32,
  SRV: 33,
  ATMA: 34,
  NAPTR: 35,
  KX: 36,
  CERT: 37,
  A6: 38,
  DNAME: 39,
  SINK: 40,
  OPT: 41,
  APL: 42,
  DS: 43,
  SSHFP: 44,
  IPSECKEY: 45,
  RRSIG: 46,
  NSEC: 47,
  DNSKEY: 48,
  DHCID: 49,
  NSEC3: 50,
  NSEC3PARAM: 51,
  TLSA: 52,
  SMIMEA: 53,
  HIP: 55,
  NINFO: 56,
  RKEY: 57,
  TALINK: 58,
  CDS: 59,
  CDNSKEY: 60,
  OPENPGPKEY: 61,
  CSYNC: 62,
  ZONEMD: 63,
  SVCB: 64,
  HTTPS: 65,
  DSYNC: 66,
  SPF: 99,
  UINFO: 100,
  UID: 101,
  GID: 102,
  UNSPEC: 103,
  NID: 104,
  L32: 105,
  L64: 106,
  LP: 107,
  EUI48: 108,
  EUI64: 109,
  NXNAME: 128,
  TKEY: 249,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
  MAILB: 253,
  MAILA: 254,
  ANY: 255,
  URI: 256,
  CAA: 257,
  AVC: 258,
  DOA: 259,
  AMTRELAY: 260,
  RESINFO: 261,
  WALLET: 262,
  CLA: 263,
  IPN: 264,
  TA: 32768,
  DLV: 32769,
}

export const RrType = {
  A: 1,
  NS: 2,
  CNAME: 5,
  SOA: 6,
  PTR: 12,
  AAAA: 28,
  NIMLOC: 32,
  DNAME: 39,
  OPT: 41,
  TSIG: 250,
  IXFR: 251,
  AXFR: 252,
} as const

export const Opcode = { Query: 0, Notify: 4, Update: 5 } as const

const TABLE_TYPES = 512
const typeTable: (string | undefined)[] = new Array(TABLE_TYPES).fill(undefined)
for (const [name, number] of Object.entries(typeNumbers)) if (number < TABLE_TYPES) typeTable[number] = name

/** RFC 3597 §5: a type without a name is written TYPE and its number. */
export function typeName(type: number): string {
  const known = type < TABLE_TYPES ? typeTable[type] : undefined
  if (known !== undefined) return known
  return type === typeNumbers.DLV ? 'DLV' : type === typeNumbers.TA ? 'TA' : `TYPE${type}`
}

export const isKnownType = (type: number): boolean =>
  type < TABLE_TYPES ? typeTable[type] !== undefined : type === typeNumbers.DLV || type === typeNumbers.TA

export function className(number: number): string {
  switch (number) {
    case 1:
      return 'IN'
    case 2:
      return 'CS'
    case 3:
      return 'CH'
    case 4:
      return 'HS'
    case 254:
      return 'NONE'
    case 255:
      return 'ANY'
    default:
      return `CLASS${number}`
  }
}

const opcodes: readonly (string | undefined)[] = ['QUERY', 'IQUERY', 'STATUS', undefined, 'NOTIFY', 'UPDATE', 'DSO']
export const opcodeName = (opcode: number): string => opcodes[opcode] ?? String(opcode)
export const isKnownOpcode = (opcode: number): boolean => opcodes[opcode] !== undefined

/** 16 has two meanings: BADVERS in an EDNS answer, BADSIG in a TSIG record; a message with either gets the name of both. */
const rcodes: readonly (string | undefined)[] = [
  'NOERROR',
  'FORMERR',
  'SERVFAIL',
  'NXDOMAIN',
  'NOTIMP',
  'REFUSED',
  'YXDOMAIN',
  'YXRRSET',
  'NXRRSET',
  'NOTAUTH',
  'NOTZONE',
  'DSOTYPENI',
  undefined,
  undefined,
  undefined,
  undefined,
  'BADSIG_VERS',
  'BADKEY',
  'BADTIME',
  'BADMODE',
  'BADNAME',
  'BADALG',
  'BADTRUNC',
  'BADCOOKIE',
]
export const BADVERS = 16
export const rcodeName = (rcode: number): string => rcodes[rcode] ?? String(rcode)
export const isKnownRcode = (rcode: number): boolean => rcodes[rcode] !== undefined

/** IANA "DNS Security Algorithm Numbers". */
const algorithms: readonly (string | undefined)[] = [
  undefined,
  'RSAMD5',
  'DH',
  'DSA',
  undefined,
  'RSASHA1',
  'DSA-NSEC3-SHA1',
  'RSASHA1-NSEC3-SHA1',
  'RSASHA256',
  undefined,
  'RSASHA512',
  undefined,
  'ECC-GOST',
  'ECDSAP256SHA256',
  'ECDSAP384SHA384',
  'ED25519',
  'ED448',
]
const privateAlgorithms: Readonly<Record<number, string>> = { 252: 'INDIRECT', 253: 'PRIVATEDNS', 254: 'PRIVATEOID' }
export const algorithmName = (algorithm: number): string => algorithms[algorithm] ?? privateAlgorithms[algorithm] ?? String(algorithm)

const digests: readonly (string | undefined)[] = [undefined, 'SHA1', 'SHA256', 'GOST94', 'SHA384', 'SHA512']
export const digestName = (digest: number): string => digests[digest] ?? String(digest)

/** IANA "Extended DNS Error Codes" (RFC 8914 §4 and later). */
const extendedErrors: readonly string[] = [
  'Other Error',
  'Unsupported DNSKEY Algorithm',
  'Unsupported DS Digest Type',
  'Stale Answer',
  'Forged Answer',
  'DNSSEC Indeterminate',
  'DNSSEC Bogus',
  'Signature Expired',
  'Signature Not Yet Valid',
  'DNSKEY Missing',
  'RRSIGs Missing',
  'No Zone Key Bit Set',
  'NSEC Missing',
  'Cached Error',
  'Not Ready',
  'Blocked',
  'Censored',
  'Filtered',
  'Prohibited',
  'Stale NXDOMAIN Answer',
  'Not Authoritative',
  'Not Supported',
  'No Reachable Authority',
  'Network Error',
  'Invalid Data',
  'Signature Expired before Valid',
  'Too Early',
  'Unsupported NSEC3 Iterations Value',
  'Unable to conform to policy',
  'Synthesized',
  'Invalid Query Type',
]
export const extendedErrorName = (code: number): string => extendedErrors[code] ?? String(code)
