/**
 * A C stream that writes to memory, read and rewound from here: what lets libpcap write its records by itself.
 *
 * open_memstream(3) grows as it is written to, so that nothing is lost when a batch is larger than expected; whoever writes keeps
 * it from growing without end. It holds on to the largest size it ever had.
 */
import type { Pointer } from './libpcap.js'
import type { Koffi } from './native.js'

const SEEK_SET = 0
/** A pointer and a size_t, which are eight bytes each on the systems that are served; four do no harm. */
const CELL = 8

export class MemoryStream {
  /** FILE *, for the C functions that write. */
  readonly file: Pointer
  readonly #call: ReturnType<typeof bind>
  readonly #start: Pointer
  readonly #size: Pointer

  constructor(private readonly koffi: Koffi) {
    this.#call = bind(koffi)
    // In C memory: both are written to behind JavaScript's back, as long as the stream lives.
    this.#start = koffi.alloc('uint8_t', CELL)
    this.#size = koffi.alloc('uint8_t', CELL)
    const file: Pointer | null = this.#call.open_memstream(this.#start, this.#size)
    if (file === null) {
      this.#freeCells()
      throw new Error(`open_memstream: no memory stream can be made (errno ${koffi.errno()})`)
    }
    this.file = file
  }

  /**
   * What was written since the last call, copied into `into` where it fits and else into a new buffer; the stream is empty then.
   * Undefined when something could not be written: what the stream holds is not whole.
   */
  take(into: Buffer): Buffer | undefined {
    const { koffi } = this
    if (this.#call.fflush(this.file) !== 0 || this.#call.ferror(this.file) !== 0) return undefined
    const length = Number(koffi.decode(this.#size, 'size_t'))
    let buf = into
    if (length > into.length) buf = Buffer.allocUnsafeSlow(length)
    if (length > 0) this.#call.memcpy(buf, koffi.decode(this.#start, 'void *'), length)
    return this.#call.fseek(this.file, 0, SEEK_SET) === 0 ? buf.subarray(0, length) : undefined
  }

  /** For a stream that nobody who writes to it closes. */
  close(): void {
    this.#call.fclose(this.file)
  }

  /** After the stream was closed. */
  free(): void {
    const start: Pointer | null = this.koffi.decode(this.#start, 'void *')
    if (start !== null) this.#call.free(start)
    this.#freeCells()
  }

  #freeCells(): void {
    this.koffi.free(this.#start)
    this.koffi.free(this.#size)
  }
}

let bound: ReturnType<typeof bindAll> | undefined
function bind(koffi: Koffi) {
  bound ??= bindAll(koffi)
  return bound
}

/** From the C library that the process runs on, so that libpcap and we mean the same FILE. */
function bindAll(koffi: Koffi) {
  const libc = koffi.load(null)
  const P = 'void *'
  return {
    open_memstream: libc.func('open_memstream', P, [P, P]),
    fflush: libc.func('fflush', 'int', [P]),
    fclose: libc.func('fclose', 'int', [P]),
    ferror: libc.func('ferror', 'int', [P]),
    fseek: libc.func('fseek', 'int', [P, 'long', 'int']),
    memcpy: libc.func('memcpy', P, [P, P, 'size_t']),
    free: libc.func('free', 'void', [P]),
  }
}
