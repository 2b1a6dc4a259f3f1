/** Names of RFC 3261 and its extensions: header fields, static payload types, release causes. */

/** Compact forms of header fields. RFC 3261 §7.3.3 and the IANA registry of SIP header fields. */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  n: 'identity-info',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
}

/** The field's full name in lower case. */
export function headerName(written: string): string {
  const name = written.toLowerCase()
  return name.length === 1 ? (COMPACT[name] ?? name) : name
}

/** RTP payload types with a fixed meaning: RFC 3551 §6. */
export const staticPayloads: Readonly<Record<number, string>> = {
  0: 'PCMU/8000',
  3: 'GSM/8000',
  4: 'G723/8000',
  5: 'DVI4/8000',
  6: 'DVI4/16000',
  7: 'LPC/8000',
  8: 'PCMA/8000',
  9: 'G722/8000',
  10: 'L16/44100/2',
  11: 'L16/44100',
  12: 'QCELP/8000',
  13: 'CN/8000',
  14: 'MPA/90000',
  15: 'G728/8000',
  16: 'DVI4/11025',
  17: 'DVI4/22050',
  18: 'G729/8000',
  25: 'CelB/90000',
  26: 'JPEG/90000',
  28: 'nv/90000',
  31: 'H261/90000',
  32: 'MPV/90000',
  33: 'MP2T/90000',
  34: 'H263/90000',
}

/** Release causes that calls end with in practice: ITU-T Q.850 §2.2. */
export const causeNames: Readonly<Record<number, string>> = {
  1: 'unallocated number',
  3: 'no route to destination',
  16: 'normal call clearing',
  17: 'user busy',
  18: 'no user responding',
  19: 'no answer from user',
  20: 'subscriber absent',
  21: 'call rejected',
  22: 'number changed',
  26: 'non-selected user clearing',
  27: 'destination out of order',
  28: 'invalid number format',
  29: 'facility rejected',
  31: 'normal, unspecified',
  34: 'no circuit available',
  38: 'network out of order',
  41: 'temporary failure',
  42: 'switching equipment congestion',
  44: 'requested circuit not available',
  47: 'resource unavailable, unspecified',
  50: 'requested facility not subscribed',
  55: 'incoming calls barred',
  57: 'bearer capability not authorized',
  58: 'bearer capability not available',
  63: 'service not available, unspecified',
  65: 'bearer capability not implemented',
  79: 'service not implemented, unspecified',
  87: 'user not member of closed user group',
  88: 'incompatible destination',
  102: 'recovery on timer expiry',
  111: 'protocol error, unspecified',
  127: 'interworking, unspecified',
}
