/** What the two directions must know of each other to read their bytes. */
export class Dialogue {
  /** A request to encrypt whose one-byte answer was not seen yet. */
  asked: 'ssl' | 'gss' | undefined
  /** That answer was yes: what follows is another protocol, unless it is readable after all. */
  accepted: 'ssl' | 'gss' | undefined
  /** One side has gone over. */
  encrypted = false
  /** Text arrives in a one-byte Western encoding, as client_encoding says; else it is read as UTF-8. */
  latin = false

  constructor(
    readonly anomaly: (code: string, detail?: string) => void,
    private readonly upgradeTo: (name: string) => void,
  ) {}

  encrypt(): void {
    if (this.encrypted) return
    this.encrypted = true
    this.upgradeTo(this.accepted === 'gss' ? 'gssapi' : 'tls')
  }

  text(buf: Buffer, from: number, to: number): string {
    return buf.toString(this.latin ? 'latin1' : 'utf8', from, to)
  }
}
