/** One SIP message: start line, header, body, and what is wrong with it. */
import { Headers } from './headers.js'
import { type RequestLine, readRequestLine, readStatusLine, type StatusLine } from './start-line.js'

/** RFC 3261 §8.1.1.7: a branch that starts so is unique over all transactions. */
const MAGIC = 'z9hg4bk'

export class SipMessage {
  readonly request: RequestLine | undefined
  readonly status: StatusLine | undefined
  readonly headers: Headers
  /** Content-Length is missing, invalid or contradicts another; undefined then. */
  readonly contentLength: number | undefined
  readonly lengthFault: '' | 'missing' | 'invalid' | 'conflict'
  body = ''
  /** Bytes of the body that were sent, kept or not. */
  bodyBytes = 0
  /** Cut by the snaplen or by the end of the capture. */
  cut = false
  /** Bytes in the middle were not captured. */
  lost = false

  constructor(
    /** Start line and header up to the empty line, line ends included. */
    readonly head: string,
  ) {
    const lf = head.indexOf('\n')
    const line = (lf < 0 ? head : head.slice(0, lf)).trimEnd()
    this.status = readStatusLine(line)
    this.request = this.status ? undefined : readRequestLine(line)
    this.headers = new Headers(lf < 0 ? '' : head.slice(lf + 1))
    const lengths = this.headers.all('content-length')
    const valid = lengths.filter((one) => /^\d{1,15}$/.test(one))
    this.contentLength = valid.length > 0 ? Number(valid[0]) : undefined
    this.lengthFault =
      lengths.length === 0
        ? 'missing'
        : valid.length < lengths.length
          ? 'invalid'
          : valid.some((one) => Number(one) !== this.contentLength)
            ? 'conflict'
            : ''
  }

  get readable(): boolean {
    return this.request !== undefined || this.status !== undefined
  }

  get startLine(): string {
    const lf = this.head.indexOf('\n')
    return (lf < 0 ? this.head : this.head.slice(0, lf)).trimEnd()
  }

  get callId(): string {
    return this.headers.first('call-id') ?? ''
  }
}

export interface Sequence {
  /** -1 when there is no valid number. */
  readonly number: number
  readonly method: string
}

/** `314159 INVITE`. RFC 3261 §20.16: below 2^31; more is kept as long as it is exact. */
export function readSequence(text: string | undefined): Sequence | undefined {
  const found = text === undefined ? null : /^(\d{1,15})(?:\s+(\S{1,32}))?$/.exec(text.trim())
  return found ? { number: Number(found[1]), method: (found[2] ?? '').toUpperCase() } : undefined
}

export interface Hop {
  /** Host and port that sent it, lower case. */
  readonly sentBy: string
  /** undefined when it follows RFC 2543 or is missing. */
  readonly branch: string | undefined
}

/** Longest Via that is taken apart: the expressions below must not run over a header full of slashes. */
const MAX_VIA = 1024

/** `SIP/2.0/UDP host:port;branch=z9hG4bK...` */
export function readVia(text: string | undefined): Hop {
  const value = text === undefined || text.length > MAX_VIA ? '' : text
  const found = /^SIP[ \t]*\/[ \t]*[^\s/]{1,16}[ \t]*\/[ \t]*[^\s/]{1,16}[ \t]+([^;\s]{1,256}(?:[ \t]*:[ \t]*\d{1,5})?)/i.exec(value)
  const branch = /;[ \t]*branch[ \t]*=[ \t]*"?([^;,\s"]{1,512})/i.exec(value)?.[1]
  return {
    sentBy: (found?.[1] ?? '').toLowerCase(),
    branch: branch?.toLowerCase().startsWith(MAGIC) ? branch : undefined,
  }
}
