/** One AUTH exchange (RFC 4954): the mechanism and, where the mechanism sends it readable, the user. Secrets are never kept. */

import type { Trace } from '../../model/trace.js'

/** Characters kept of a user name. */
const MAX_USER = 256
/** Base64 that is decoded of one response; Kerberos tickets are longer and hold no readable name. */
const MAX_RESPONSE = 16384

export class AuthExchange {
  readonly mechanism: string
  user: string | undefined
  /** NTLM: the Windows domain of the user. */
  domain: string | undefined
  result: 'ok' | 'failed' | 'cancelled' | 'unknown' = 'unknown'
  /** Responses seen, the initial one included. */
  private responses = 0
  /** The line that began it, as it may be shown; without it the exchange was met in its middle. */
  line: string | undefined
  request: Trace | undefined
  response: Trace | undefined
  requestText = ''
  responseText = ''
  /** Packets were lost while it went on. */
  lost = false
  /** Its packets and lines went into a row. */
  told = false
  private prompt = ''

  constructor(argument: string) {
    const blank = argument.search(/\s/)
    this.mechanism = (blank < 0 ? argument : argument.slice(0, blank)).toUpperCase().slice(0, 64)
    if (blank >= 0) this.respond(argument.slice(blank).trim())
  }

  /** The server's 334 text. */
  challenge(text: string): void {
    this.prompt = decode(text).toLowerCase()
  }

  /** The client's line, base64; '=' is an empty response, '*' gives up. */
  respond(line: string): void {
    if (line === '*') {
      this.result = 'cancelled'
      return
    }
    const turn = this.responses++
    const user = this.read(line === '=' ? '' : decode(line), turn, line)
    if (user) this.user = user.slice(0, MAX_USER)
  }

  private read(text: string, turn: number, line: string): string | undefined {
    const mechanism = this.mechanism
    if (mechanism === 'PLAIN') {
      const [authorize, authenticate] = text.split('\0', 2)
      return authenticate || authorize
    }
    if (mechanism === 'LOGIN') {
      if (this.prompt.includes('pass')) return undefined
      return turn === 0 || this.prompt.includes('user') ? text : undefined
    }
    if (mechanism.startsWith('CRAM-')) return turn === 0 && text.includes(' ') ? text.slice(0, text.lastIndexOf(' ')) : undefined
    if (mechanism === 'XOAUTH2') return /(?:^|\x01)user=([^\x01]*)/.exec(text)?.[1]
    if (mechanism === 'OAUTHBEARER') return turn === 0 ? saslName(/^[ny],a=([^,]*),/.exec(text)?.[1]) : undefined
    if (mechanism.startsWith('SCRAM-')) return turn === 0 ? saslName(/(?:^|,)n=([^,]*)/.exec(text)?.[1]) : undefined
    if (mechanism === 'DIGEST-MD5') return /(?:^|,)\s*username="((?:\\.|[^"\\])*)"/.exec(text)?.[1]
    if (mechanism === 'EXTERNAL' || mechanism === 'ANONYMOUS') return turn === 0 ? text : undefined
    if (mechanism === 'NTLM') return this.ntlm(Buffer.from(line.slice(0, MAX_RESPONSE), 'base64'))
    return undefined
  }

  /** MS-NLMP §2.2.1.3, AUTHENTICATE_MESSAGE: domain at 28, user at 36, flags at 60. */
  private ntlm(b: Buffer): string | undefined {
    if (b.length < 64 || b.toString('latin1', 0, 8) !== 'NTLMSSP\0' || b.readUInt32LE(8) !== 3) return undefined
    const unicode = (b.readUInt32LE(60) & 1) === 1
    const field = (at: number): string => {
      const length = b.readUInt16LE(at)
      const from = b.readUInt32LE(at + 4)
      return from + length <= b.length ? b.toString(unicode ? 'utf16le' : 'latin1', from, from + length) : ''
    }
    this.domain = field(28).slice(0, MAX_USER) || undefined
    return field(36)
  }
}

const decode = (line: string): string => Buffer.from(line.slice(0, MAX_RESPONSE), 'base64').toString('utf8')

/** RFC 5802 §5.1: ',' and '=' are written =2C and =3D. */
const saslName = (name: string | undefined): string | undefined => name?.replaceAll('=2C', ',').replaceAll('=3D', '=')
