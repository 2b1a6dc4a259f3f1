/** Short SIP messages for tests. */
export interface Parts {
  branch?: string | undefined
  callId?: string
  cseq?: string
  fromTag?: string | undefined
  toTag?: string | undefined
  extra?: readonly string[]
  body?: string
  /** The Content-Length line; computed when absent, '' for none. */
  length?: string
}

function rest(method: string, parts: Parts): string {
  const { callId = 'call@desk', cseq = `1 ${method}`, extra = [], body = '' } = parts
  const branch = 'branch' in parts ? parts.branch : `z9hG4bK${cseq.replace(' ', '')}`
  const fromTag = 'fromTag' in parts ? parts.fromTag : 'a1'
  const lines = [
    `Via: SIP/2.0/UDP 192.0.2.1:5060${branch === undefined ? '' : `;branch=${branch}`}`,
    `From: "Anna" <sip:anna@harbour.example>${fromTag === undefined ? '' : `;tag=${fromTag}`}`,
    `To: <sip:bob@harbour.example>${parts.toTag === undefined ? '' : `;tag=${parts.toTag}`}`,
    `Call-ID: ${callId}`,
    `CSeq: ${cseq}`,
    ...extra,
  ]
  const length = parts.length ?? `Content-Length: ${Buffer.byteLength(body)}`
  if (length !== '') lines.push(length)
  return `${lines.join('\r\n')}\r\n\r\n${body}`
}

export const request = (method: string, parts: Parts = {}): string => `${method} sip:bob@harbour.example SIP/2.0\r\n${rest(method, parts)}`
export const response = (code: number, phrase: string, method: string, parts: Parts = {}): string =>
  `SIP/2.0 ${code} ${phrase}\r\n${rest(method, parts)}`

export const sdp = (...media: string[]): string =>
  ['v=0', 'o=anna 1 2 IN IP4 192.0.2.1', 's=Tide', 'c=IN IP4 192.0.2.9', 't=0 0', ...media].join('\r\n').concat('\r\n')
