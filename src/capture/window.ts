/** The one buffer a reader works in: whole records are read from its front, the rest moves up when more bytes come in. */
import type { ByteSource } from './byte-source.js'

/** One read of a file: large enough that the system calls vanish, small enough to stay in the processor's cache. */
export const READ_SIZE = 1024 * 1024

export class Window {
  buf: Buffer
  /** The bytes not yet read as records. */
  start = 0
  end = 0
  /** Nothing follows `end`. */
  atEnd = false
  /** Offset of `buf[0]` in the uncompressed capture. */
  base = 0

  constructor(private readonly readSize: number) {
    this.buf = Buffer.allocUnsafeSlow(readSize)
  }

  get left(): number {
    return this.end - this.start
  }

  /** Where `start` is in the uncompressed capture. */
  get offset(): number {
    return this.base + this.start
  }

  /** One read; the buffer grows when `want` bytes from `start` on would not fit. Borrowed bytes are void afterwards. */
  fill(source: ByteSource, want: number): number | Promise<number> {
    this.#makeRoom(want)
    const got = source.read(this.buf, this.end, Math.min(this.readSize, this.buf.length - this.end))
    return typeof got === 'number' ? this.#took(got) : got.then((n) => this.#took(n))
  }

  /** Forget the bytes: they belong to another layer. */
  clear(): void {
    this.start = 0
    this.end = 0
    this.base = 0
    this.atEnd = false
  }

  #took(got: number): number {
    this.end += got
    if (got === 0) this.atEnd = true
    return got
  }

  #makeRoom(want: number): void {
    const { buf, start, end } = this
    if (want > buf.length) {
      // Doubling keeps ever larger records from copying the buffer each time; callers cap `want`.
      this.buf = Buffer.allocUnsafeSlow(Math.max(want, 2 * buf.length))
      buf.copy(this.buf, 0, start, end)
    } else if (start > 0) buf.copyWithin(0, start, end)
    else return
    this.base += start
    this.end = end - start
    this.start = 0
  }
}
