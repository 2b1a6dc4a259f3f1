/**
 * Memcache over UDP: each datagram begins with 8 bytes, the request's id, its number, how many there are, and two of nothing.
 * What one datagram holds is read where it lies; what several hold is put together first.
 */
import { Cursor } from '../../bytes/cursor.js'
import type { Side } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import type { Dialogue } from './dialogue.js'
import type { MemcacheMessage } from './messages.js'
import type { MemcacheOptions } from './options.js'
import { StreamParser } from './stream-parser.js'

export const UDP_HEADER = 8
/** Messages in several datagrams that are put together at a time, and bytes of each: the largest item of default settings. */
const MAX_ASSEMBLIES = 64
const MAX_ASSEMBLY = (1 << 20) + 65536

type Into = (message: MemcacheMessage) => void

interface Assembly {
  readonly parts: (Buffer | undefined)[]
  seen: number
  bytes: number
}

export class UdpParser implements Parser<MemcacheMessage> {
  private readonly assemblies = new Map<number, Assembly>()

  constructor(
    private readonly side: Side,
    private readonly dialogue: Dialogue,
    private readonly options: MemcacheOptions,
    private readonly anomaly: (code: string, detail?: string) => void,
    private readonly hold: (bytes: number) => boolean,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    const id = cur.u16()
    const number = cur.u16()
    const total = cur.u16()
    cur.skip(2)
    if (cur.short || total === 0 || number >= total) return 'malformed'
    if (total === 1) {
      this.read(cur, id, into)
      return 'message'
    }
    const whole = this.collect(cur, id, number, total)
    cur.pos = cur.end
    into({ kind: 'fragment', id, total, whole: whole !== undefined })
    if (whole) {
      const all = new Cursor().reset(whole, 0, whole.length, true)
      this.read(all, id, into)
    }
    return 'message'
  }

  private collect(cur: Cursor, id: number, number: number, total: number): Buffer | undefined {
    let assembly = this.assemblies.get(id)
    if (!assembly || assembly.parts.length !== total) {
      if (assembly) this.drop(id, assembly)
      if (this.assemblies.size >= MAX_ASSEMBLIES) {
        const [oldest, first] = this.assemblies.entries().next().value!
        this.anomaly('memcache.fragments', 'too many messages are incomplete at once')
        this.drop(oldest, first)
      }
      assembly = { parts: new Array<Buffer | undefined>(total).fill(undefined), seen: 0, bytes: 0 }
      this.assemblies.set(id, assembly)
    }
    if (assembly.parts[number]) return undefined
    const size = cur.left
    if (assembly.bytes + size > MAX_ASSEMBLY || !this.hold(size)) {
      this.anomaly('memcache.fragments', 'a message in several datagrams is too long')
      this.drop(id, assembly)
      return undefined
    }
    assembly.parts[number] = Buffer.from(cur.buf.subarray(cur.pos, cur.end))
    assembly.bytes += size
    if (++assembly.seen < total) return undefined
    this.drop(id, assembly)
    return Buffer.concat(assembly.parts as Buffer[])
  }

  private drop(id: number, assembly: Assembly): void {
    this.assemblies.delete(id)
    this.hold(-assembly.bytes)
  }

  private read(cur: Cursor, id: number, into: Into): void {
    // A datagram is text or binary on its own.
    const parser = new StreamParser(this.side, { ...this.dialogue, binary: false }, this.options, this.anomaly)
    const give: Into = (message) => {
      if (message.kind === 'request' || message.kind === 'response') {
        message.id = id
        into(message)
      }
    }
    while (cur.left > 0) {
      const from = cur.pos
      const verdict = parser.next(cur, give)
      if (verdict === 'need-more' || cur.pos === from) break
    }
    parser.close(cur, cur.cut > 0 ? 'lost' : 'eof', give)
    cur.pos = cur.end
  }
}
