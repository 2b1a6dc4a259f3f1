/**
 * The data section of a MaxMind DB, read by the library under limits of ours: a record is somebody else's bytes, and pointers let a small
 * file say an endless one.
 */
import decoderModule from 'mmdb-lib/lib/decoder.js'

// CommonJS compiled from modules: Node gives its exports as the default, other loaders unwrap them.
type DecoderModule = typeof decoderModule
const Decoder: DecoderModule['default'] =
  (decoderModule as Partial<DecoderModule>).default ?? (decoderModule as unknown as DecoderModule['default'])

/** Values of one record, pointers followed. The largest records that are published hold about 150: a city's names in nine languages. */
export const MAX_VALUES = 4096
/** Maps within maps. Published records have four levels; each costs the library two calls of the stack. */
export const MAX_DEPTH = 32
/** Bytes of one text. The longest are descriptions of a database, some hundred bytes. */
export const MAX_TEXT_BYTES = 16_384

const ARRAY = 11
const MAP = 7

interface Cursor {
  readonly value: unknown
  readonly offset: number
}
interface Internals {
  decodeByType(type: number, offset: number, size: number): Cursor
}

export class GuardedDecoder extends Decoder {
  private values = 0
  private depth = 0

  /** @param bytes up to the end of what may be read @param base where pointers count from */
  constructor(bytes: Buffer, base: number) {
    super(bytes, base)
    const internals = this as unknown as Internals
    const decodeByType = internals.decodeByType.bind(this)
    internals.decodeByType = (type, offset, size) => {
      // The library makes room for as many members as an array says before it reads one.
      if (type === ARRAY || type === MAP) {
        if (size > MAX_VALUES) throw new Error(`it says a list or map of ${size}`)
      } else if (size > MAX_TEXT_BYTES) throw new Error(`it says a text of ${size} bytes`)
      // The library would give the part that is there.
      else if (type !== BOOLEAN && offset + size > bytes.length) throw new Error('it is cut')
      return decodeByType(type, offset, size)
    }
  }

  /** The value at `offset`. Throws what is wrong with it. */
  record(offset: number): unknown {
    this.values = 0
    this.depth = 0
    return this.decode(offset).value
  }

  override decode(offset: number): Cursor {
    if (++this.values > MAX_VALUES) throw new Error(`it has more than ${MAX_VALUES} values`)
    if (++this.depth > MAX_DEPTH) throw new Error(`it is nested deeper than ${MAX_DEPTH} levels`)
    const cursor = super.decode(offset) as Cursor
    this.depth--
    return cursor
  }
}

/** Its size is its value. */
const BOOLEAN = 14
