/**
 * The server's direction.
 *
 *   start      the one byte that answers SSLRequest or GSSENCRequest -> accepted when it is yes; or a message -> typed
 *   accepted   TLS or GSSAPI begins; readable text: the capture was decrypted, or somebody spoke too early -> typed
 *   typed      messages with a letter
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Verdict } from '../protocol.js'
import type { Dialogue } from './dialogue.js'
import { Framing, type Into } from './framing.js'
import type { Column, PgsqlMessage } from './messages.js'
import { at, COPY_HEAD, headerFits, lengthAt, MAX_BODY, ROW_HEAD } from './wire.js'

/** Columns of a result; a server has at most this many. */
const MAX_COLUMNS = 1664
/** An error without length, as servers send that cannot start a process: recognised as clients do. */
const MAX_ERROR = 30_000
/** Characters kept of each field of an error; some quote the whole statement. */
const MAX_FIELD = 8192
/** Bytes kept of an authentication message. */
const MAX_AUTH = 4096

const ROW = at('D')
const COPY = at('d')
const SIMPLE: Readonly<Record<number, PgsqlMessage>> = {
  [at('1')]: { kind: 'parsed' },
  [at('2')]: { kind: 'bound' },
  [at('3')]: { kind: 'closed' },
  [at('n')]: { kind: 'no-data' },
  [at('s')]: { kind: 'suspended' },
  [at('I')]: { kind: 'empty' },
  [at('c')]: { kind: 'copy-done' },
}
/** Encodings of one byte a character that Latin 1 is near enough to. */
const LATIN = /^(?:LATIN\d+|WIN125\d|ISO_?8859.*|SQL_ASCII_LATIN)$/i
const TLS_FIRST = 0x14
const TLS_LAST = 0x17

export class ServerParser extends Framing {
  private mode: 'start' | 'accepted' | 'typed' = 'start'
  /** Rows of the current result that were copied for the response text. */
  private sampled = 0
  /** Copy messages belong to a replication stream. */
  private both = false

  constructor(
    dialogue: Dialogue,
    /** Rows of a result to copy; 0 when nobody asks for the response text. */
    private readonly samples: number,
  ) {
    super(dialogue, false)
  }

  override gap(bytes: number): 'resync' | 'stop' {
    if (this.mode === 'start') this.mode = 'typed'
    return super.gap(bytes)
  }

  override close(held: Cursor, _why: EndReason, into: Into): void {
    // A lone answer whose request was not seen: nothing more came that could tell it from a message.
    if (this.mode === 'start' && held.left === 1 && isAnswer(held.peek())) {
      const letter = String.fromCharCode(held.u8())
      into({ kind: 'answer', letter })
    }
  }

  protected special(cur: Cursor, into: Into): Verdict | undefined {
    const first = cur.peek()
    if (this.mode === 'typed') {
      if (first === ROW) return this.rowRun(cur, into)
      return first === COPY ? this.copyRun(cur, into) : first < 0 ? 'need-more' : undefined
    }
    if (first < 0) return this.dialogue.encrypted ? 'upgrade' : 'need-more'
    if (this.mode === 'accepted') {
      if (this.dialogue.accepted === 'gss' ? first === 0 : first >= TLS_FIRST && first <= TLS_LAST) {
        this.dialogue.encrypt()
        return 'upgrade'
      }
      this.dialogue.anomaly('pgsql.plaintext-after-ssl')
    } else if (isAnswer(first)) {
      if (this.dialogue.asked === undefined && cur.left < 5) {
        cur.want = 5
        return 'need-more'
      }
      if (this.dialogue.asked !== undefined || !headerFits(false, first, lengthAt(cur.buf, cur.pos + 1))) return this.answer(cur, into)
    } else if (first === at('E')) {
      if (cur.left < 5) {
        cur.want = 5
        return 'need-more'
      }
      if (lengthAt(cur.buf, cur.pos + 1) > MAX_ERROR) return this.bareError(cur, into)
    }
    this.mode = 'typed'
    return this.special(cur, into)
  }

  private answer(cur: Cursor, into: Into): Verdict {
    const letter = String.fromCharCode(cur.u8())
    this.dialogue.asked = undefined
    if (letter !== 'N') {
      this.dialogue.accepted = letter === 'G' ? 'gss' : 'ssl'
      this.mode = 'accepted'
    }
    into({ kind: 'answer', letter })
    return 'message'
  }

  private bareError(cur: Cursor, into: Into): Verdict | undefined {
    const { buf, pos } = cur
    const to = Math.min(cur.end, pos + MAX_ERROR)
    const nul = buf.subarray(pos + 1, to).indexOf(0)
    if (nul < 0) {
      if (cur.left < MAX_ERROR) return 'need-more'
      this.mode = 'typed'
      return undefined
    }
    const text = this.dialogue.text(buf, pos + 1, pos + 1 + nul).trim()
    cur.pos = pos + nul + 2
    this.mode = 'typed'
    into({ kind: 'error', fields: { S: 'FATAL', V: 'FATAL', M: text } })
    return 'message'
  }

  /** DataRow after DataRow as one message: large results are rows and little else. */
  private rowRun(cur: Cursor, into: Into): Verdict | undefined {
    const { buf, end } = cur
    let count = 0
    let fields = 0
    let samples: Buffer[] | undefined
    while (this.passing === 0 && cur.left >= ROW_HEAD && buf[cur.pos] === ROW) {
      const { pos } = cur
      const length = lengthAt(buf, pos + 1)
      if (!headerFits(false, ROW, length)) break
      const next = pos + 1 + length
      if (this.sampled < this.samples) {
        const here = Math.min(next, pos + MAX_BODY)
        if (here > end) {
          if (count === 0) cur.want = here - pos
          break
        }
        samples ??= []
        samples.push(Buffer.from(buf.subarray(pos + 5, here)))
        this.sampled++
      }
      if (count === 0) fields = (buf[pos + 5]! << 8) | buf[pos + 6]!
      count++
      this.passing = Math.max(0, next - end)
      cur.pos = Math.min(next, end)
    }
    if (count > 0) {
      into({ kind: 'rows', count, fields, samples })
      return 'message'
    }
    if (cur.left < ROW_HEAD) cur.want = ROW_HEAD
    return cur.left < ROW_HEAD || cur.want > 0 ? 'need-more' : undefined
  }

  private copyRun(cur: Cursor, into: Into): Verdict | undefined {
    const { buf, end } = cur
    let messages = 0
    let bytes = 0
    let wal = 0
    let walBytes = 0
    let keepalives = 0
    let lsn: bigint | undefined
    while (this.passing === 0 && cur.left >= 5 && buf[cur.pos] === COPY) {
      const { pos } = cur
      const length = lengthAt(buf, pos + 1)
      if (length < 4 || length > 0x3fffffff) break
      const next = pos + 1 + length
      if (this.both) {
        const head = Math.min(next, pos + COPY_HEAD)
        if (head > end) {
          if (messages === 0) cur.want = head - pos
          break
        }
        // XLogData: WAL start and end, clock, data. Keepalive: WAL end, clock, wish for an answer.
        if (buf[pos + 5] === 0x77 && length >= 29) {
          wal++
          walBytes += length - 29
          lsn = buf.readBigUInt64BE(pos + 14)
        } else if (buf[pos + 5] === 0x6b && length >= 21) {
          keepalives++
          lsn = buf.readBigUInt64BE(pos + 6)
        }
      }
      messages++
      bytes += length - 4
      this.passing = Math.max(0, next - end)
      cur.pos = Math.min(next, end)
    }
    if (messages > 0) {
      into({ kind: 'copy-data', messages, bytes, wal, walBytes, keepalives, lsn })
      return 'message'
    }
    return cur.want > 0 ? 'need-more' : undefined
  }

  protected read(letter: number, buf: Buffer, pos: number, end: number, size: number): PgsqlMessage {
    const body = this.body.reset(buf, pos, end)
    const simple = SIMPLE[letter]
    if (simple) {
      this.sampled = 0
      if (letter === at('c')) this.both = false
      return simple
    }
    switch (letter) {
      case 0x5a: // Z
        this.sampled = 0
        this.both = false
        return { kind: 'ready', state: String.fromCharCode(body.u8()) }
      case 0x43: // C
        this.sampled = 0
        return { kind: 'complete', tag: body.text() }
      case 0x54: // T
        this.sampled = 0
        return { kind: 'columns', columns: this.columns() }
      case 0x44: // D, of which too little is here to be part of a run
        return { kind: 'rows', count: 1, fields: body.u16(), samples: undefined }
      case 0x74: {
        // t
        const types: number[] = []
        for (let left = body.u16(); left > 0 && !body.short; left--) types.push(body.u32())
        return { kind: 'types', types }
      }
      case 0x45: // E
      case 0x4e: // N
        if (letter === 0x45) this.sampled = 0
        return { kind: letter === 0x45 ? 'error' : 'notice', fields: this.diagnostics() }
      case 0x53: {
        // S
        const name = body.text()
        const value = body.text()
        if (name === 'client_encoding') this.dialogue.latin = LATIN.test(value)
        return { kind: 'parameter', name, value }
      }
      case 0x52: // R
        return { kind: 'auth', code: body.u32(), body: Buffer.from(buf.subarray(body.pos, Math.min(end, body.pos + MAX_AUTH))) }
      case 0x4b: // K
        return { kind: 'key', pid: body.u32(), key: body.rest().toString('hex') }
      case 0x76: {
        // v
        const minor = body.u32() & 0xffff
        const refused: string[] = []
        for (let left = Math.min(body.u32(), 64); left > 0 && !body.short; left--) refused.push(body.text())
        return { kind: 'version', minor, refused }
      }
      case 0x41: // A
        return { kind: 'notification', pid: body.u32(), channel: body.text(), payload: body.text() }
      case 0x47: // G
      case 0x48: // H
      case 0x57: // W
        this.both = letter === 0x57
        return {
          kind: 'copy',
          how: letter === 0x47 ? 'in' : letter === 0x48 ? 'out' : 'both',
          binary: body.u8() === 1,
          columns: body.u16(),
        }
      case 0x56: // V
        return { kind: 'function-result', size: size - 4 }
      default:
        return { kind: 'unknown', letter: String.fromCharCode(letter) }
    }
  }

  private columns(): readonly Column[] {
    const { body } = this
    const columns: Column[] = []
    for (let left = Math.min(body.u16(), MAX_COLUMNS); left > 0 && !body.short; left--) {
      const name = body.text()
      body.pos += 6
      const type = body.u32()
      body.pos += 6
      columns.push({ name, type, format: body.u16() })
    }
    return columns
  }

  private diagnostics(): Record<string, string> {
    const { body } = this
    const fields: Record<string, string> = {}
    for (;;) {
      const code = body.u8()
      if (code === 0) return fields
      fields[String.fromCharCode(code)] = body.text().slice(0, MAX_FIELD)
    }
  }
}

const isAnswer = (byte: number): boolean => byte === 0x53 || byte === 0x4e || byte === 0x47
