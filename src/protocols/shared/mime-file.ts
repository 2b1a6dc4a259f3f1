/** One file in a message: its transfer encoding (RFC 2045 §6) undone and its bytes hashed, line by line as they come. */
import type { BodySink } from '../../model/body-sink.js'
import { Digest } from './digest.js'

/** Decoded bytes are gathered before they are hashed. */
const STAGE = 8192
const NONE = Buffer.alloc(0)
const CRLF = Buffer.from('\r\n')

/** A part that a reader would call a file: attached, named, or not text. */
export interface MimeFile {
  /** Values of its header fields, unfolded and still encoded. */
  readonly contentType: string
  readonly disposition: string
  readonly type: string
  /** Bytes after decoding. */
  size: number
  md5: string
  sha256: string
  /** Every byte of it was seen; without that the hashes mean nothing. */
  whole: boolean
}

export type Encoding = 'identity' | 'base64' | 'quoted-printable'

export class FileReader {
  private readonly digest = new Digest('md5', 'sha256')
  /** Line end that belongs to the file unless a boundary follows (RFC 2046 §5.1.1): 0, 1 = LF, 2 = CRLF. */
  private pendingEol = 0
  private out = NONE
  private used = 0
  /** base64: characters not yet a group of four. quoted-printable: what follows '='. */
  private bits = 0
  private held = 0
  private escape = 0

  constructor(
    readonly file: MimeFile,
    private readonly encoding: Encoding,
    /** How many multiparts it stands in. */
    readonly depth: number,
    out?: BodySink | undefined,
  ) {
    this.digest.out = out
  }

  write(buf: Buffer, from: number, to: number, eol: number): void {
    if (this.encoding === 'base64') this.base64(buf, from, to)
    else if (this.encoding === 'quoted-printable') this.quoted(buf, from, to, eol)
    else {
      this.lineEnd()
      this.digest.push(buf, from, to)
      this.pendingEol = eol
    }
  }

  finish(beforeBoundary: boolean): void {
    if (!beforeBoundary) this.lineEnd()
    this.flush()
    this.file.size = this.digest.size
    const [md5, sha256] = this.digest.finish()
    this.file.md5 = md5 ?? ''
    this.file.sha256 = sha256 ?? ''
    this.digest.out?.end(this.file.whole)
  }

  private lineEnd(): void {
    if (this.pendingEol === 0) return
    if (this.encoding === 'quoted-printable') {
      for (let i = 2 - this.pendingEol; i < 2; i++) this.put(CRLF[i] ?? 0)
    } else this.digest.push(CRLF, 2 - this.pendingEol, 2)
    this.pendingEol = 0
  }

  private put(byte: number): void {
    if (this.used === this.out.length) {
      this.flush()
      if (this.out === NONE) this.out = Buffer.allocUnsafe(STAGE)
    }
    this.out[this.used++] = byte
  }

  private flush(): void {
    if (this.used > 0) this.digest.push(this.out, 0, this.used)
    this.used = 0
  }

  /** Anything outside the alphabet is skipped; '=' ends a group, after which another may begin. */
  private base64(buf: Buffer, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const byte = buf[i] ?? 0
      if (byte === 0x3d) {
        this.held = 0
        this.bits = 0
        continue
      }
      const six = BASE64[byte] ?? -1
      if (six < 0) continue
      this.bits = (this.bits << 6) | six
      this.held += 6
      if (this.held >= 8) {
        this.held -= 8
        this.put((this.bits >> this.held) & 0xff)
        this.bits &= (1 << this.held) - 1
      }
    }
  }

  private quoted(buf: Buffer, from: number, to: number, eol: number): void {
    this.lineEnd()
    for (let i = from; i < to; i++) {
      const byte = buf[i] ?? 0
      if (this.escape === 0) {
        if (byte === 0x3d) this.escape = 1
        else this.put(byte)
        continue
      }
      const hex = HEX[byte] ?? -1
      if (this.escape === 1) {
        if (hex >= 0) {
          this.escape = 0x100 | byte
          continue
        }
        this.put(0x3d)
        this.put(byte)
      } else {
        const first = this.escape & 0xff
        if (hex >= 0) this.put(((HEX[first] ?? 0) << 4) | hex)
        else {
          this.put(0x3d)
          this.put(first)
          this.put(byte)
        }
      }
      this.escape = 0
    }
    if (eol === 0) return
    // '=' at the end of a line joins it with the next (RFC 2045 §6.7 rule 5).
    if (this.escape === 1) this.pendingEol = 0
    else this.pendingEol = eol
    this.escape = 0
  }
}

const BASE64 = new Int8Array(256).fill(-1)
const HEX = new Int8Array(256).fill(-1)
for (let i = 0; i < 64; i++) BASE64['ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'.charCodeAt(i)] = i
for (let i = 0; i < 22; i++) HEX['0123456789abcdefABCDEF'.charCodeAt(i)] = i < 16 ? i : i - 6
