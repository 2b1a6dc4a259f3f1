/** One request with its answer while both are coming in. */
import type { Trace } from '../../model/trace.js'
import type { Connect, Redirect, Refuse } from './connect.js'

/** Bytes kept of a request and of an answer: a statement with its values, or the first rows with what describes them. */
const MAX_KEPT = 262_144
const MAX_PARTS = 256

export class Half {
  at: Trace | undefined
  /** Bytes of content, kept or not. */
  bytes = 0
  lost = false
  truncated = false
  /** Content beyond what is kept. */
  over = 0
  /** Of the last packet, header included. */
  lastLength = 0
  held = 0
  private parts: Buffer[] = []
  private kept = 0

  constructor(private readonly hold: (bytes: number) => boolean) {}

  seen(at: Trace): void {
    if (this.at) this.at.extend(at)
    else this.at = at
  }

  take(content: Buffer): void {
    this.bytes += content.length
    // What follows a loss cannot be read in its place.
    const room = this.lost ? 0 : Math.min(content.length, MAX_KEPT - this.kept)
    if (room > 0 && this.hold(room)) {
      this.held += room
      this.kept += room
      if (this.parts.length >= MAX_PARTS) this.parts = [Buffer.concat(this.parts)]
      this.parts.push(Buffer.from(content.subarray(0, room)))
      this.over += content.length - room
    } else this.over += content.length
  }

  content(): Buffer {
    return this.parts.length === 1 ? this.parts[0]! : Buffer.concat(this.parts)
  }

  release(): void {
    if (this.held > 0) this.hold(-this.held)
    this.held = 0
    this.parts = []
  }
}

export class Exchange {
  readonly request: Half
  readonly response: Half
  /** The client said that its request ends here. */
  asked = false
  breakBy: 'client' | 'server' | undefined
  connect: Connect | undefined
  /** Content of data packets that carry connect data, a refusal or a redirect. */
  connectText = ''
  result: 'accept' | 'refuse' | 'redirect' | 'resend' | 'abort' | undefined
  refuse: Refuse | undefined
  redirect: Redirect | undefined
  answerText = ''
  /** Answers were lost while it waited. */
  unsure = false

  constructor(
    readonly kind: 'connect' | 'call',
    hold: (bytes: number) => boolean,
  ) {
    this.request = new Half(hold)
    this.response = new Half(hold)
  }

  get answered(): boolean {
    return this.response.at !== undefined
  }
}
