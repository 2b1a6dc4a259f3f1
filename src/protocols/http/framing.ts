/** Where a message's body ends: the rules of RFC 9112 §6.3 in their order, and the contradictions that requests are smuggled with. */
import type { Head } from './head.js'

/**
 * none      no body
 * length    as many bytes as Content-Length says
 * chunked   chunks, then trailers
 * close     until the connection ends
 * switch    no body, and what follows is another protocol (101, CONNECT 2xx)
 */
export type Framing = 'none' | 'length' | 'chunked' | 'close' | 'switch'

export interface BodyPlan {
  readonly framing: Framing
  readonly length: number
}

/** What is wrong with the framing, as anomaly code and detail. */
export type Say = (code: string, detail: string) => void

const NO_BODY: BodyPlan = { framing: 'none', length: 0 }
const CHUNKED: BodyPlan = { framing: 'chunked', length: 0 }
const UNTIL_CLOSE: BodyPlan = { framing: 'close', length: 0 }
const SWITCH: BodyPlan = { framing: 'switch', length: 0 }

/** Digits of a length that a JavaScript number holds exactly. */
const MAX_LENGTH_DIGITS = 15

/** -1 for any other text than a number. */
function readLength(text: string): number {
  let length = 0
  let digits = 0
  for (let i = 0; i < text.length; i++) {
    const digit = text.charCodeAt(i) - 0x30
    if (digit < 0 || digit > 9) return -1
    length = length * 10 + digit
    if (length > 0 && ++digits > MAX_LENGTH_DIGITS) return -1
  }
  return text === '' ? -1 : length
}

/** The declared length; -1 when none is valid. Equal repeats are one, differing ones are an attack or a broken proxy. RFC 9110 §8.6 */
export function contentLength(value: string, say?: Say): number {
  const length = readLength(value)
  if (length >= 0) return length
  const parts = value.split(',').map((part) => readLength(part.trim()))
  const valid = parts.filter((n) => n >= 0)
  const first = valid[0]
  if (first === undefined || valid.length < parts.length || valid.some((n) => n !== first))
    say?.('http.content-length', `Content-Length is "${value.slice(0, 80)}".`)
  return first ?? -1
}

/** The transfer codings, chunked included, lower-case. */
const codings = (value: string): string[] =>
  value
    .toLowerCase()
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Codings that were applied for the transfer only and still wrap the content: "gzip, chunked" -> ["gzip"]. */
export function transferCodings(head: Head): string[] {
  const value = head.get('transfer-encoding')
  return value === undefined ? [] : codings(value).filter((coding) => coding !== 'chunked' && coding !== 'identity')
}

/** undefined: no transfer coding that says anything about the length. */
function byTransferEncoding(head: Head, isRequest: boolean, say: Say): BodyPlan | undefined {
  const value = head.get('transfer-encoding')
  if (value === undefined) return undefined
  const list = codings(value)
  if (list.length === 0 || (list.length === 1 && list[0] === 'identity')) return undefined
  const version = (head.request ?? head.status)?.version
  if (head.get('content-length') !== undefined)
    say(
      'http.framing-conflict',
      `Both Transfer-Encoding "${value.slice(0, 40)}" and Content-Length "${head.get('content-length')?.slice(0, 40)}".`,
    )
  else if (version === '1.0') say('http.framing-conflict', 'Transfer-Encoding in an HTTP/1.0 message.')
  const chunkedAt = list.indexOf('chunked')
  if (chunkedAt >= 0 && chunkedAt === list.length - 1) return CHUNKED
  say('http.transfer-encoding', `Transfer-Encoding is "${value.slice(0, 80)}".`)
  if (list.includes('chunked')) return CHUNKED
  return isRequest ? undefined : UNTIL_CLOSE
}

export function planRequest(head: Head, say: Say): BodyPlan {
  const coded = byTransferEncoding(head, true, say)
  if (coded) return coded
  const declared = head.get('content-length')
  if (declared === undefined) return NO_BODY
  const length = contentLength(declared, say)
  return length > 0 ? { framing: 'length', length } : NO_BODY
}

/** `method` is that of the request it answers; undefined when that was not seen. */
export function planResponse(head: Head, method: string | undefined, say: Say): BodyPlan {
  const status = head.status
  const code = status?.code ?? 0
  if (code === 101) return SWITCH
  if (method === 'HEAD' || code < 200 || code === 204 || code === 304) return NO_BODY
  const declared = head.get('content-length')
  if (code < 300 && method === 'CONNECT') return SWITCH
  const unframed = declared === undefined && head.get('transfer-encoding') === undefined
  if (code === 200 && method === undefined && unframed && /^connection established/i.test(status?.phrase ?? '')) return SWITCH
  const coded = byTransferEncoding(head, false, say)
  if (coded) return coded
  if (declared === undefined) return UNTIL_CLOSE
  const length = contentLength(declared, say)
  if (length < 0) return UNTIL_CLOSE
  return length > 0 ? { framing: 'length', length } : NO_BODY
}
