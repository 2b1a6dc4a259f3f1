/**
 * Compressed frame bodies of v1 to v4: lz4 with the length in front, or snappy. STARTUP names which; without it the bytes are
 * tried, since both say what length comes out.
 */
import { type Compression, decompress } from '../shared/decompress.js'

/** Most bytes that come out: sixteen pages of results. A longer body is a row without content. */
const MAX_UNCOMPRESSED = 16 << 20
const NOTHING = Buffer.alloc(0)

type Algorithm = Extract<Compression, 'lz4' | 'snappy'>
const isAlgorithm = (name: string): name is Algorithm => name === 'lz4' || name === 'snappy'

export class BodyCompression {
  /** What STARTUP said, or what worked last. */
  private agreed: Algorithm | undefined

  constructor(hint: string) {
    this.agree(hint)
  }

  agree(name: string): void {
    const lower = name.toLowerCase()
    if (isAlgorithm(lower)) this.agreed = lower
  }

  get name(): string | undefined {
    return this.agreed
  }

  undo(body: Buffer): Buffer | undefined {
    const first = this.agreed ?? 'lz4'
    const plain = undone(first, body)
    if (plain) {
      this.agreed = first
      return plain
    }
    const second = first === 'lz4' ? 'snappy' : 'lz4'
    const other = undone(second, body)
    if (other) this.agreed = second
    return other
  }
}

function undone(algorithm: Algorithm, body: Buffer): Buffer | undefined {
  if (algorithm === 'snappy') {
    if (body.length === 1 && body[0] === 0) return NOTHING
    const size = snappySize(body)
    return size === undefined ? undefined : decompress('snappy', body, MAX_UNCOMPRESSED, size)
  }
  if (body.length < 4) return undefined
  const size = body.readUInt32BE(0)
  if (size === 0) return body.length <= 5 ? NOTHING : undefined
  return decompress('lz4', body.subarray(4), MAX_UNCOMPRESSED, size)
}

/** The length that stands in front, a little-endian base-128 number. */
function snappySize(body: Buffer): number | undefined {
  let size = 0
  for (let i = 0; i < 5 && i < body.length; i++) {
    const byte = body[i]!
    size += (byte & 0x7f) * 2 ** (7 * i)
    if (byte < 0x80) return size
  }
  return undefined
}
