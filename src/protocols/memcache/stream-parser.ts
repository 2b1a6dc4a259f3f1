/** One side of a connection: text or binary, as its first byte says, once for all. */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason, Side } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { BinaryReader, REQUEST, RESPONSE } from './binary-reader.js'
import type { Dialogue } from './dialogue.js'
import type { MemcacheMessage } from './messages.js'
import type { MemcacheOptions } from './options.js'
import { TextClient } from './text-client.js'
import { TextServer } from './text-server.js'

type Into = (message: MemcacheMessage) => void

export class StreamParser implements Parser<MemcacheMessage> {
  private reader: Parser<MemcacheMessage> | undefined

  constructor(
    private readonly side: Side,
    private readonly dialogue: Dialogue,
    private readonly options: MemcacheOptions,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    this.reader ??= this.choose(cur.buf[cur.pos]!)
    return this.reader.next(cur, into)
  }

  gap(bytes: number, into: Into, held: Cursor): 'resync' | 'stop' {
    return this.reader?.gap?.(bytes, into, held) ?? 'resync'
  }

  close(held: Cursor, why: EndReason, into: Into): void {
    this.reader?.close?.(held, why, into)
  }

  private choose(first: number): Parser<MemcacheMessage> {
    const { side, options, anomaly } = this
    if (first === (side === 'client' ? REQUEST : RESPONSE)) {
      this.dialogue.binary = true
      return new BinaryReader(side, options, anomaly)
    }
    // The other side speaks binary: here the capture begins in the middle of a value.
    if (this.dialogue.binary) return new BinaryReader(side, options, anomaly)
    return side === 'client' ? new TextClient(this.dialogue, options, anomaly) : new TextServer(options, anomaly)
  }
}
