/**
 * The copy of the data set that a master sends (RDB): '$' and its length and as many bytes, without CRLF behind them, or
 * '$EOF:' and a mark of 40 bytes that stands again at its end. Never held; its first bytes say whether it is one.
 */
import type { Cursor } from '../../bytes/cursor.js'
import { shown } from '../shared/shown-text.js'
import { Snapshot } from './messages.js'
import { CR, DOLLAR, head, LF, MAX_HEAD, readHead } from './wire.js'

const MARK = 40
/** 'REDIS' and the version of the format. */
const MAGIC = 9
const EOF_WORD = Buffer.from('$EOF:')

export class SnapshotReader {
  private state: 'head' | 'length' | 'mark' = 'head'
  private left = 0
  private mark: Buffer | undefined
  private bytes = 0
  private missing = 0
  private magic = ''

  /** 'more' = what was here is dealt with; 'no' = this is no snapshot. */
  next(cur: Cursor): 'need-more' | 'more' | 'done' | 'no' {
    const { buf, pos, end } = cur
    if (this.state === 'head') return this.readHead(cur)
    if (this.state === 'length') {
      if (this.bytes === 0 && this.missing === 0) {
        // The magic is read in one piece.
        const need = Math.min(MAGIC, this.left)
        if (end - pos < need) return 'need-more'
        this.magic = shown(buf, pos, pos + need)
      }
      const taken = Math.min(this.left, end - pos)
      this.left -= taken
      this.bytes += taken
      cur.pos = pos + taken
      return this.left === 0 ? 'done' : 'more'
    }
    if (end - pos < MARK) return 'need-more'
    const view = buf.subarray(pos, end)
    if (this.bytes === 0 && this.missing === 0) this.magic = shown(buf, pos, pos + MAGIC)
    const at = view.indexOf(this.mark!)
    if (at >= 0) {
      this.bytes += at
      cur.pos = pos + at + MARK
      return 'done'
    }
    const taken = end - pos - MARK + 1
    this.bytes += taken
    cur.pos = pos + taken
    return 'more'
  }

  private readHead(cur: Cursor): 'need-more' | 'more' | 'no' {
    const { buf, pos, end } = cur
    if (buf[pos] === LF || buf[pos] === CR) {
      cur.pos++
      return 'more'
    }
    if (buf[pos] !== DOLLAR) return 'no'
    const word = Math.min(end - pos, EOF_WORD.length)
    if (word > 1 && buf[pos + 1] === 0x45) {
      if (EOF_WORD.compare(buf, pos, pos + word, 0, word) !== 0) return 'no'
      if (end - pos < EOF_WORD.length + MARK + 2) return 'need-more'
      this.mark = Buffer.from(buf.subarray(pos + EOF_WORD.length, pos + EOF_WORD.length + MARK))
      this.state = 'mark'
      cur.pos = pos + EOF_WORD.length + MARK + 2
      return 'more'
    }
    const found = readHead(buf, pos, end)
    if (found === 'short') return end - pos > MAX_HEAD ? 'no' : 'need-more'
    if (found === 'bad' || head.value <= 0) return 'no'
    this.left = head.value
    this.state = 'length'
    cur.pos = head.next
    return 'more'
  }

  gap(bytes: number): void {
    this.missing += bytes
    if (this.state === 'length') {
      this.left = Math.max(1, this.left - bytes)
    }
  }

  end(cut: boolean): Snapshot {
    return new Snapshot(this.bytes + this.missing, this.magic, this.missing, cut)
  }
}
