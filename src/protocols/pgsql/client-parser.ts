/**
 * The client's direction.
 *
 *   start        packets without letter: SSLRequest, GSSENCRequest -> asked; StartupMessage, CancelRequest -> typed;
 *                anything else: the capture began later -> typed
 *   asked        the answer decides: TLS or GSSAPI begins, or another packet without letter comes
 *   typed        messages with a letter
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { Verdict } from '../protocol.js'
import type { Dialogue } from './dialogue.js'
import { Framing, type Into } from './framing.js'
import type { PgsqlMessage } from './messages.js'
import { untyped } from './plausible.js'
import { at, CODE_CANCEL, CODE_GSS, CODE_SSL, lengthAt, MAX_STARTUP } from './wire.js'

/** Startup parameters kept; clients send three to ten. */
const MAX_PARAMETERS = 64
/** Types of parameters: a statement has at most this many. */
const MAX_TYPES = 65_535
/** Bytes of a login response kept: tickets are the longest. */
const MAX_PASSWORD = 4096
const NOTHING = Buffer.alloc(0)

const FLUSH: PgsqlMessage = { kind: 'flush' }
const SYNC: PgsqlMessage = { kind: 'sync' }
const TERMINATE: PgsqlMessage = { kind: 'terminate' }
const COPY_DONE: PgsqlMessage = { kind: 'copy-done' }
const COPY_LETTER = at('d')
const TLS_HANDSHAKE = 0x16

export class ClientParser extends Framing {
  private mode: 'start' | 'asked' | 'typed' = 'start'

  constructor(dialogue: Dialogue) {
    super(dialogue, true)
  }

  override gap(bytes: number): 'resync' | 'stop' {
    this.mode = 'typed'
    return super.gap(bytes)
  }

  protected special(cur: Cursor, into: Into): Verdict | undefined {
    const first = cur.peek()
    if (first < 0) return this.mode !== 'typed' && this.dialogue.encrypted ? 'upgrade' : 'need-more'
    if (this.mode === 'typed') return first === COPY_LETTER ? this.copyRun(cur, into) : undefined
    if (this.mode === 'asked' && first === TLS_HANDSHAKE) {
      this.dialogue.accepted ??= 'ssl'
      this.dialogue.encrypt()
      return 'upgrade'
    }
    if (first !== 0) {
      this.mode = 'typed'
      return this.special(cur, into)
    }
    if (cur.left < 8) {
      cur.want = 8
      return 'need-more'
    }
    if (this.dialogue.accepted === 'gss' && untyped(cur.buf, cur.pos, cur.end) === 'no') {
      this.dialogue.encrypt()
      return 'upgrade'
    }
    return this.startup(cur, into)
  }

  private startup(cur: Cursor, into: Into): Verdict | undefined {
    const { buf, pos } = cur
    const length = lengthAt(buf, pos)
    const code = lengthAt(buf, pos + 4)
    if (length < 8 || length > MAX_STARTUP) {
      this.mode = 'typed'
      return undefined
    }
    if (cur.left < length) {
      cur.want = length
      return 'need-more'
    }
    const message = this.packet(buf, pos + 8, pos + length, code)
    if (!message) {
      this.mode = 'typed'
      return undefined
    }
    cur.pos = pos + length
    if (message.kind === 'negotiate') {
      this.mode = 'asked'
      this.dialogue.asked = message.what
    } else this.mode = 'typed'
    if (message.kind === 'startup' && this.dialogue.accepted) this.dialogue.anomaly('pgsql.plaintext-after-ssl')
    into(message)
    return 'message'
  }

  private packet(buf: Buffer, pos: number, end: number, code: number): PgsqlMessage | undefined {
    if (code === CODE_SSL || code === CODE_GSS) return { kind: 'negotiate', what: code === CODE_SSL ? 'ssl' : 'gss' }
    const body = this.body.reset(buf, pos, end)
    if (code === CODE_CANCEL) return { kind: 'cancel', pid: body.u32(), key: body.rest().toString('hex') }
    if (code >>> 16 !== 3) return undefined
    const parameters: [string, string][] = []
    while (body.pos < end && parameters.length < MAX_PARAMETERS) {
      const name = body.text()
      if (name === '') break
      parameters.push([name, body.text()])
    }
    return { kind: 'startup', major: 3, minor: code & 0xffff, parameters }
  }

  /** CopyData after CopyData: counted, not looked at. */
  private copyRun(cur: Cursor, into: Into): Verdict | undefined {
    const { buf, end } = cur
    let messages = 0
    let bytes = 0
    while (cur.left >= 5 && buf[cur.pos] === COPY_LETTER && this.passing === 0) {
      const length = lengthAt(buf, cur.pos + 1)
      if (length < 4 || length > 0x3fffffff) break
      messages++
      bytes += length - 4
      const next = cur.pos + 1 + length
      this.passing = Math.max(0, next - end)
      cur.pos = Math.min(next, end)
    }
    if (messages === 0) return undefined
    into({ kind: 'copy-data', messages, bytes, wal: 0, walBytes: 0, keepalives: 0, lsn: undefined })
    return 'message'
  }

  protected read(letter: number, buf: Buffer, pos: number, end: number, size: number): PgsqlMessage {
    const body = this.body.reset(buf, pos, end)
    const cut = end - pos < size
    switch (letter) {
      case 0x51: {
        // Q
        const text = body.text()
        return { kind: 'query', text, size: cut ? size - 1 : body.pos - pos - 1, cut }
      }
      case 0x50: {
        // P
        const name = body.text()
        const from = body.pos
        const text = body.text()
        const types: number[] = []
        if (!cut && !body.short) for (let left = Math.min(body.u16(), MAX_TYPES); left > 0 && !body.short; left--) types.push(body.u32())
        return { kind: 'parse', name, text, size: cut ? size - (from - pos) - 3 : text.length, cut, types }
      }
      case 0x42: // B
        return { kind: 'bind', portal: body.text(), statement: body.text(), values: body.rest(), cut }
      case 0x44: // D
      case 0x43: // C
        return {
          kind: letter === 0x44 ? 'describe' : 'close',
          what: body.u8() === at('S') ? 'statement' : 'portal',
          name: body.text(),
        }
      case 0x45: // E
        return { kind: 'execute', portal: body.text(), maxRows: body.u32() }
      case 0x48: // H
        return FLUSH
      case 0x53: // S
        return SYNC
      case 0x58: // X
        return TERMINATE
      case 0x63: // c
        return COPY_DONE
      case 0x66: // f
        return { kind: 'copy-fail', reason: body.text() }
      case 0x70: // p
        return { kind: 'password', body: Buffer.from(buf.subarray(pos, Math.min(end, pos + MAX_PASSWORD))) }
      case 0x46: // F
        return { kind: 'function', oid: body.u32(), values: cut ? NOTHING : body.rest(), cut }
      default:
        return { kind: 'unknown', letter: String.fromCharCode(letter) }
    }
  }
}
