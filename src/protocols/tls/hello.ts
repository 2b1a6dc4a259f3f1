/** ClientHello and ServerHello (RFC 5246 §7.4.1, RFC 8446 §4.1, RFC 6347 §4.2), whole or as much of them as was captured. */
import { Cursor } from '../../bytes/cursor.js'
import { Extension, is13, SSL3 } from './code-names.js'

/** Entries kept of one list; the longest lists of real clients have about two hundred. */
const MAX_ENTRIES = 512
/** Extensions kept of one hello; real ones have up to thirty. */
const MAX_EXTENSIONS = 128
/** Names kept of SNI and of ALPN. */
const MAX_NAMES = 32

export interface Hello {
  /** As in the hello itself; 1.3 hides behind 1.2 there. */
  readonly version: number
  /** 32 bytes, hex. */
  random: string
  sessionId: string
  /** Types of all extensions, in their order. */
  readonly extensions: number[]
  alpn?: readonly string[]
  pointFormats?: readonly number[]
  /** Length of the session ticket; 0 when it is only announced. */
  ticket?: number
  statusRequest?: { readonly type: number; readonly responders: number; readonly extensions: number }
  /** Groups for which a key share is sent, or the one chosen. */
  keyShares?: readonly number[] | undefined
  /** TLS: versions offered, or the one chosen. */
  supportedVersions?: readonly number[] | undefined
  /** Something in it does not add up, or its end was not captured. */
  damaged: boolean
}

export interface ClientHello extends Hello {
  readonly ciphers: number[]
  readonly compressions: number[]
  serverNames?: readonly string[] | undefined
  groups?: readonly number[]
  signatures?: readonly number[]
  pskModes?: readonly number[]
  /** A pre-shared key, which in TLS 1.3 is what a ticket became, is offered. */
  psk: boolean
  earlyData: boolean
  /** An encrypted ClientHello is inside: the names seen are the outer ones. */
  ech: boolean
  /** In the format of SSL 2.0. */
  ssl2: boolean
}

export interface ServerHello extends Hello {
  readonly cipher: number
  readonly compression: number
  /** TLS 1.3: not an answer but the wish for another ClientHello. */
  retry: boolean
  /** A pre-shared key was chosen. */
  psk: boolean
}

/** SHA-256 of "HelloRetryRequest" stands for the random (RFC 8446 §4.1.3). */
const RETRY_RANDOM = 'cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c'

const cur = new Cursor()
const part = new Cursor()

/** The version that the hello settles: `supported_versions` before the field of old. */
export const chosenVersion = (hello: ServerHello): number => hello.supportedVersions?.[0] ?? hello.version

/** @param dtls between session id and cipher suites stands a cookie. */
export function readClientHello(buf: Buffer, start: number, end: number, dtls: boolean): ClientHello {
  cur.reset(buf, start, end)
  const hello: ClientHello = {
    version: cur.u16(),
    random: hex(cur, 32),
    sessionId: hex(cur, Math.min(cur.u8(), 255)),
    extensions: [],
    ciphers: [],
    compressions: [],
    psk: false,
    earlyData: false,
    ech: false,
    ssl2: false,
    damaged: false,
  }
  if (dtls) cur.skip(cur.u8())
  shorts(cur, cur.u16(), hello.ciphers)
  bytesOf(cur, cur.u8(), hello.compressions)
  readExtensions(hello, (type, length) => {
    switch (type) {
      case Extension.ServerName:
        hello.serverNames = serverNames(part)
        break
      case Extension.Groups:
        hello.groups = shorts(part, part.u16(), [])
        break
      case Extension.SignatureAlgorithms:
        hello.signatures = shorts(part, part.u16(), [])
        break
      case Extension.PskModes:
        hello.pskModes = bytesOf(part, part.u8(), [])
        break
      case Extension.SupportedVersions:
        hello.supportedVersions = shorts(part, part.u8(), [])
        break
      case Extension.KeyShare: {
        const until = Math.min(part.end, part.pos + 2 + part.u16())
        const groups: number[] = []
        while (part.pos + 4 <= until && groups.length < MAX_ENTRIES) {
          groups.push(part.u16())
          part.skip(part.u16())
          if (part.short) break
        }
        hello.keyShares = groups
        break
      }
      case Extension.PreSharedKey:
        hello.psk = length > 0
        break
      case Extension.EarlyData:
        hello.earlyData = true
        break
      case Extension.EncryptedHello:
        hello.ech = true
        break
      case Extension.StatusRequest:
        if (length >= 5) {
          const kind = part.u8()
          const responders = part.u16()
          part.skip(responders)
          hello.statusRequest = { type: kind, responders, extensions: part.u16() }
        }
        break
    }
  })
  return hello
}

export function readServerHello(buf: Buffer, start: number, end: number): ServerHello {
  cur.reset(buf, start, end)
  const version = cur.u16()
  const random = hex(cur, 32)
  // Drafts of TLS 1.3 before the 22nd had neither session id nor compression here.
  const early = version >> 8 === 0x7f && (version & 0xff) < 22
  const sessionId = early ? '' : hex(cur, cur.u8())
  const cipher = cur.u16()
  const hello: ServerHello = {
    version,
    random,
    sessionId,
    cipher,
    compression: early ? 0 : cur.u8(),
    extensions: [],
    retry: random === RETRY_RANDOM,
    psk: false,
    damaged: false,
  }
  readExtensions(hello, (type, length) => {
    if (type === Extension.SupportedVersions) hello.supportedVersions = length >= 2 ? [part.u16()] : undefined
    else if (type === Extension.KeyShare) hello.keyShares = length >= 2 ? [part.u16()] : undefined
    else if (type === Extension.PreSharedKey) hello.psk = true
    else if (type === Extension.StatusRequest) hello.statusRequest = { type: 1, responders: 0, extensions: 0 }
  })
  if (early && is13(version)) hello.supportedVersions ??= [version]
  return hello
}

/** Calls `own` with `part` over each extension's content, after what both hellos share. */
function readExtensions(hello: Hello, own: (type: number, length: number) => void): void {
  if (cur.short) hello.damaged = true
  if (cur.short || cur.left < 2) return
  const announced = cur.u16()
  if (announced > cur.left) hello.damaged = true
  const until = Math.min(cur.end, cur.pos + announced)
  while (cur.pos + 4 <= until && hello.extensions.length < MAX_EXTENSIONS) {
    const type = cur.u16()
    const length = cur.u16()
    // The fingerprints count what was announced, so a type is kept though its content is cut off.
    hello.extensions.push(type)
    if (cur.pos + length > until) {
      hello.damaged = true
      return
    }
    part.reset(cur.buf, cur.pos, cur.pos + length)
    cur.pos += length
    switch (type) {
      case Extension.Alpn:
        if (length > 0) hello.alpn = protocolNames(part)
        break
      case Extension.PointFormats:
        hello.pointFormats = bytesOf(part, part.u8(), [])
        break
      case Extension.SessionTicket:
        hello.ticket = length
        break
      default:
        own(type, length)
    }
    if (part.short) hello.damaged = true
  }
}

/**
 * A hello in the format of SSL 2.0 (RFC 5246 appendix E.2), which clients that also spoke newer versions sent first.
 * `start` is behind the record's length and the message type.
 */
export function readSsl2Hello(buf: Buffer, start: number, end: number): ClientHello {
  cur.reset(buf, start, end)
  const version = cur.u16()
  const ciphers = cur.u16()
  const id = cur.u16()
  const challenge = cur.u16()
  const hello: ClientHello = {
    version,
    random: '',
    sessionId: '',
    extensions: [],
    ciphers: [],
    compressions: version >= SSL3 ? [0] : [],
    psk: false,
    earlyData: false,
    ech: false,
    ssl2: true,
    damaged: false,
  }
  const until = Math.min(cur.pos + ciphers, end)
  while (cur.pos + 3 <= until && hello.ciphers.length < MAX_ENTRIES) hello.ciphers.push(cur.u24())
  hello.sessionId = hex(cur, id)
  hello.random = hex(cur, challenge)
  hello.damaged = cur.short
  return hello
}

/** Text of a field as hex; '' when it is not all there. */
const hex = (from: Cursor, length: number): string => {
  const bytes = from.bytes(length)
  return bytes.toString('hex')
}

function shorts(from: Cursor, length: number, into: number[]): number[] {
  const until = Math.min(from.end, from.pos + length)
  if (from.pos + length > from.end) from.short = true
  while (from.pos + 2 <= until && into.length < MAX_ENTRIES) into.push((from.buf[from.pos++]! << 8) | from.buf[from.pos++]!)
  from.pos = until
  return into
}

function bytesOf(from: Cursor, length: number, into: number[]): number[] {
  const until = Math.min(from.end, from.pos + length)
  if (from.pos + length > from.end) from.short = true
  while (from.pos < until && into.length < MAX_ENTRIES) into.push(from.buf[from.pos++]!)
  from.pos = until
  return into
}

/** RFC 6066 §3; only host names exist. */
function serverNames(from: Cursor): string[] | undefined {
  if (from.left === 0) return undefined
  const until = Math.min(from.end, from.pos + 2 + from.u16())
  const names: string[] = []
  while (from.pos + 3 <= until && names.length < MAX_NAMES) {
    const type = from.u8()
    const name = from.utf8(from.u16())
    if (from.short) break
    if (type === 0 && name !== '') names.push(name)
  }
  return names
}

/** RFC 7301 §3.1. Names are octets; those that are no text show themselves as Latin 1. */
function protocolNames(from: Cursor): string[] {
  const until = Math.min(from.end, from.pos + 2 + from.u16())
  const names: string[] = []
  while (from.pos < until && names.length < MAX_NAMES) {
    const name = from.latin1(from.u8())
    if (from.short) break
    names.push(name)
  }
  return names
}
