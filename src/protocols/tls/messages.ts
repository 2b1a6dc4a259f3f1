/** What the two parsers hand to the correlator, and what they know in common. */
import type { Certificate } from './certificate.js'
import type { ClientHello, ServerHello } from './hello.js'

export const RecordType = { ChangeCipherSpec: 20, Alert: 21, Handshake: 22, Application: 23, Heartbeat: 24 } as const

export type TlsEvent =
  | { readonly kind: 'client-hello'; readonly hello: ClientHello }
  | { readonly kind: 'server-hello'; readonly hello: ServerHello }
  /** DTLS: the server wants the hello again, with its cookie. */
  | { readonly kind: 'verify-request' }
  | { readonly kind: 'certificate'; readonly certificates: readonly Certificate[]; readonly more: number }
  /** The server's part of the key exchange; its curve, where it names one. */
  | { readonly kind: 'key-exchange'; readonly group: number | undefined }
  | { readonly kind: 'certificate-request' }
  | { readonly kind: 'hello-done' }
  | { readonly kind: 'certificate-verify' }
  | { readonly kind: 'ocsp'; readonly status: number }
  | { readonly kind: 'new-ticket' }
  /** The server asks for another handshake. */
  | { readonly kind: 'hello-request' }
  /** Any other handshake message, or a piece of one. */
  | { readonly kind: 'part' }
  | { readonly kind: 'change-cipher-spec' }
  | { readonly kind: 'alert'; readonly level: number; readonly code: number }
  /** An encrypted record: its outer type and length are all there is. */
  | { readonly kind: 'sealed'; readonly type: number; readonly length: number }
  /** SSL 2.0: the server's hello, which brings its certificate along. */
  | { readonly kind: 'ssl2-hello'; readonly resumed: boolean; readonly version: number; readonly certificates: readonly Certificate[] }
  /** SSL 2.0 behind the hellos; the client's key names the cipher. */
  | { readonly kind: 'ssl2'; readonly type: number; readonly cipher: number | undefined }

/** What one record or datagram held. */
export type TlsMessage = readonly TlsEvent[]

/** Counters of one side. */
export class Traffic {
  /** Bytes of the protocol, records' headers included. */
  bytes = 0
  /** Bytes inside records of application data, encryption and its overhead included. */
  application = 0
  records = 0
  heartbeats = 0
  /** Length of the last heartbeat that was encrypted. */
  lastHeartbeat = 0
  /** Encrypted records told one by one. */
  told = 0
  /** Length of the last encrypted record: in TLS 1.3 nothing else tells an alert from data. */
  lastSealed = 0
}

/**
 * Encrypted records of a side that are told one by one while the handshake goes on. A flight has a handful; early data may come before
 * it, and a side whose other half was not captured never gets out of its handshake.
 */
const MAX_TOLD = 256

/** What both parsers and the correlator know of the connection. */
export class Talk {
  readonly client = new Traffic()
  readonly server = new Traffic()
  /** The version chosen, once a ServerHello was seen. */
  version = 0
  /** The hellos were in the format of SSL 2.0, and no newer version was chosen. */
  ssl2 = false
  /** The handshake is over: from here encrypted records are counted, not told. */
  settled = false
  /** Counts handshakes that begin in the clear; parsers forget what they knew of the last one. */
  generation = 0
  /** Random of the ClientHello that the handshake began with, hex. */
  random = ''

  /** Is this encrypted record worth a message? */
  tells(side: Traffic): boolean {
    return !this.settled && side.told < MAX_TOLD
  }

  begin(): void {
    this.version = 0
    this.ssl2 = false
    this.settled = false
    this.client.told = this.server.told = 0
    this.generation++
  }
}
