/** One handshake as it is seen: what each side said, when it was complete, what went wrong. */
import type { Instant } from '../../model/instant.js'
import { otherSide, type Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Certificate } from './certificate.js'
import { is13, SSL2, TLS12, versionName } from './code-names.js'
import { type ClientHello, chosenVersion, type ServerHello } from './hello.js'
import { RecordType, type Talk, type TlsEvent } from './messages.js'

/** Alerts kept of a handshake and what follows it; a connection ends with one or two. */
const MAX_ALERTS = 16
/** Where a server that could do better says so (RFC 8446 §4.1.3): the last eight bytes of its random. */
const DOWNGRADED = /444f574e47524[4]0[01]$/

export interface Alert {
  readonly source: Side
  readonly level: number
  readonly code: number
}

/** Lengths of an encrypted TLS 1.3 alert: two bytes, its type, and a tag of sixteen or of eight bytes. */
const isAlertLength = (length: number): boolean => length === 19 || length === 11

export class Exchange {
  client: ClientHello | undefined
  server: ServerHello | undefined
  request: Trace | undefined
  response: Trace | undefined
  readonly certificates: Record<Side, readonly Certificate[]> = { client: [], server: [] }
  /** Certificates that were too many or too large to be read. */
  unread = 0
  certificateRequested = false
  /** The client proved that it has the key of its certificate. */
  certificateVerified = false
  /** TLS: HelloRetryRequest; DTLS: HelloVerifyRequest. */
  retry = false
  verify = false
  group: number | undefined
  cipher: number | undefined
  ocsp: number | undefined
  newTicket = false
  readonly alerts: Alert[] = []
  readonly encryptedAlerts: Record<Side, number> = { client: 0, server: 0 }
  readonly changed: Record<Side, boolean> = { client: false, server: false }
  private readonly data: Record<Side, boolean> = { client: false, server: false }
  /** Messages of a handshake that is not cut short by resumption. */
  private full = false
  private ssl2Resumed = false
  private ssl2Key = false
  renegotiations = 0
  established = false
  /** When both sides were through; before that, when the server last said something. */
  answered: Instant | undefined
  lost = 0
  lostLater = 0
  /** An encrypted alert came where the client's Finished belongs. */
  refused = false
  serverRecords = 0

  constructor(private readonly talk: Talk) {}

  get version(): number {
    return this.talk.version
  }

  /** Anything but encrypted records was seen. */
  get begun(): boolean {
    return (
      this.client !== undefined ||
      this.server !== undefined ||
      this.changed.client ||
      this.changed.server ||
      this.alerts.length > 0 ||
      this.certificates.server.length > 0 ||
      this.full
    )
  }

  /** A resumed handshake says no more than hello before it changes over; TLS 1.3 names the key it chose. */
  get resumption(): 'id' | 'ticket' | 'psk' | undefined {
    const { client, server } = this
    if (this.ssl2Resumed) return 'id'
    if (!server) return undefined
    if (is13(this.version)) return server.psk ? 'psk' : undefined
    if (this.full) return undefined
    const echoed = server.sessionId !== '' && server.sessionId === client?.sessionId
    if (!echoed && !(client?.ticket && this.changed.server && this.lost === 0)) return undefined
    return client?.ticket ? 'ticket' : 'id'
  }

  /** The server had to settle for less than both can: somebody in between may have helped. */
  get downgraded(): boolean {
    const { client, server } = this
    return (
      server !== undefined &&
      DOWNGRADED.test(server.random) &&
      (client?.supportedVersions ?? []).some((version) => version > this.version && version <= 0x0304) &&
      this.version <= TLS12
    )
  }

  see(side: Side, event: TlsEvent, at: Trace): void {
    if (side === 'server' && !this.established) this.answered = at.last
    switch (event.kind) {
      case 'client-hello':
        this.client ??= event.hello
        break
      case 'server-hello':
        this.serverHello(event.hello)
        break
      case 'verify-request':
        this.verify = true
        break
      case 'certificate':
        if (this.certificates[side].length === 0) this.certificates[side] = event.certificates
        this.unread += event.more
        this.full ||= side === 'server'
        break
      case 'key-exchange':
        this.group ??= event.group
        this.full = true
        break
      case 'certificate-request':
        this.certificateRequested = true
        break
      case 'hello-done':
        this.full = true
        break
      case 'certificate-verify':
        this.certificateVerified = true
        break
      case 'ocsp':
        this.ocsp ??= event.status
        break
      case 'new-ticket':
        this.newTicket = true
        break
      case 'alert':
        if (this.alerts.length < MAX_ALERTS) this.alerts.push({ source: side, level: event.level, code: event.code })
        break
      case 'change-cipher-spec':
        this.changed[side] = true
        if (!is13(this.version) && this.changed[otherSide(side)]) this.settle(at)
        break
      case 'sealed':
        this.sealed(side, event.type, event.length, at)
        break
      case 'ssl2-hello':
        this.talk.version = event.version
        this.ssl2Resumed = event.resumed
        this.certificates.server = event.certificates
        break
      case 'ssl2':
        if (side === 'client' && event.cipher !== undefined) {
          this.cipher = event.cipher
          this.ssl2Key = true
        } else if (side === 'server' && this.version === SSL2 && (this.ssl2Key || this.ssl2Resumed)) this.settle(at)
        break
    }
  }

  private serverHello(hello: ServerHello): void {
    if (hello.retry) {
      this.retry = true
      // What the retry asks for is already the version: the second hello comes in the clear behind ChangeCipherSpec.
      this.talk.version = chosenVersion(hello)
      return
    }
    this.server = hello
    this.cipher = hello.cipher
    this.talk.version = chosenVersion(hello)
    if (is13(this.version)) this.group ??= hello.keyShares?.[0]
  }

  private sealed(side: Side, type: number, length: number, at: Trace): void {
    if (type === RecordType.Alert) this.encryptedAlerts[side]++
    // Keys that are changed once more, behind encryption: the end of another handshake.
    else if (type === RecordType.ChangeCipherSpec) this.renegotiations += side === 'client' ? 1 : 0
    if (type !== RecordType.Application || this.established) return
    if (is13(this.version)) this.sealed13(side, length, at)
    else if (side === 'client' || this.server || this.changed.server) {
      // Before TLS 1.3 data comes only behind the handshake: its end was not captured.
      this.data[side] = true
      if (this.data[otherSide(side)] && this.begun) this.settle(at)
    }
  }

  /** The server's flight, then the client's Finished or what it puts in its place. */
  private sealed13(side: Side, length: number, at: Trace): void {
    if (side === 'server') {
      this.data.server = true
      return
    }
    if (!this.server || this.refused || !(this.data.server || this.lost > 0)) return
    if (isAlertLength(length)) {
      this.refused = true
      this.encryptedAlerts.client++
    } else this.settle(at)
  }

  private settle(at: Trace): void {
    if (this.established) return
    this.established = true
    this.answered = at.last
    this.talk.settled = true
    this.serverRecords = this.talk.server.records
  }

  /** TLS 1.3 ends a side's data with an alert that only its length gives away. */
  countLastAlerts(): void {
    if (!is13(this.version) || !this.established) return
    for (const side of ['client', 'server'] as const) if (isAlertLength(this.talk[side].lastSealed)) this.encryptedAlerts[side]++
  }

  /** The server said nothing behind the handshake but one record as short as an alert, and the client did not say goodbye first. */
  get refusedLater(): boolean {
    const { client, server } = this.talk
    return (
      is13(this.version) &&
      this.established &&
      server.records === this.serverRecords + 1 &&
      isAlertLength(server.lastSealed) &&
      !isAlertLength(client.lastSealed)
    )
  }

  get versionText(): string | undefined {
    return this.version === 0 ? undefined : versionName(this.version)
  }
}
