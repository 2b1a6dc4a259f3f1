/** The client's direction of the text protocol: command lines, and the values behind those that store. */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import type { Dialogue } from './dialogue.js'
import { LOST, type MemcacheMessage, PIECE, type Request } from './messages.js'
import { textCommands } from './names.js'
import type { MemcacheOptions } from './options.js'
import { CR, findLf, MAX_LINE } from './text-line.js'
import { readRequest } from './text-request.js'
import { PassingValue } from './value.js'

/** Bytes of a value that may be a login: a user's name and a password. */
const MAX_LOGIN = 512
/** Largest value believed; servers refuse more than 1 GB whatever is asked. */
const MAX_VALUE = 2 ** 31

type Into = (message: MemcacheMessage) => void

export class TextClient implements Parser<MemcacheMessage> {
  private request: Request | undefined
  private readonly value = new PassingValue()
  private valueSize = 0
  private scanned = 0
  private seeking = false
  private lineSure = true
  private begun = false

  constructor(
    private readonly dialogue: Dialogue,
    private readonly options: MemcacheOptions,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    const { request } = this
    if (request) {
      cur.pos = this.value.take(buf, pos, end)
      if (this.value.left > 0) into(PIECE)
      else this.finish(request, into)
      return 'message'
    }
    const lf = findLf(buf, pos, end, this.scanned)
    if (lf < 0) {
      if (end - pos >= MAX_LINE) {
        this.scanned = 0
        if (!this.seeking) this.anomaly('memcache.line-length')
        this.seek(false)
        cur.pos = end
        return 'message'
      }
      this.scanned = end - pos
      return 'need-more'
    }
    this.scanned = 0
    const stop = lf > pos && buf[lf - 1] === CR ? lf - 1 : lf
    cur.pos = lf + 1
    if (stop === pos) {
      into(PIECE)
      return 'message'
    }
    const name = firstWord(buf, pos, stop)
    const known = textCommands.has(name)
    if (this.seeking || !this.begun) {
      // Behind a loss a line counts when it is a command; the first line may be the rest of one.
      const fits = known && this.lineSure
      this.lineSure = true
      if (!fits) {
        this.begun = true
        this.seeking = true
        return 'message'
      }
    } else if (!known && !this.options.parseunknown && !/^[A-Za-z_]\w{0,63}$/.test(name)) {
      this.anomaly('memcache.request-malformed', 'a line that is no command')
      this.seek(true)
      return 'message'
    }
    this.begun = true
    this.seeking = false
    const { request: read, value } = readRequest(buf, pos, stop)
    if (value < 0) {
      into(read)
      return 'message'
    }
    if (value > MAX_VALUE) {
      this.anomaly('memcache.value-length')
      read.cut = true
      this.seek(true)
      into(read)
      return 'message'
    }
    this.request = read
    this.valueSize = value
    const login = read.command === 'set' && value <= MAX_LOGIN && this.dialogue.maybeLogin()
    const wanted = this.options.maxvalues !== 0 ? this.options.maxbytespervalue : 0
    this.value.begin(value + 2, login ? value : Math.min(wanted, value))
    if (cur.pos < end) cur.pos = this.value.take(buf, cur.pos, end)
    if (this.value.left > 0) into(PIECE)
    else this.finish(read, into)
    return 'message'
  }

  gap(bytes: number, into: Into): 'resync' | 'stop' {
    this.scanned = 0
    const { request } = this
    if (request && this.value.left > bytes + 1) {
      this.value.left -= bytes
      request.missing += bytes
      return 'resync'
    }
    if (request) request.lost = true
    this.giveCut(into)
    into(LOST)
    this.begun = true
    // A segment begins with a line more often than not.
    this.seek(true)
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    if (!this.request) return
    held.pos = held.end
    this.giveCut(into)
  }

  private seek(lineSure: boolean): void {
    this.seeking = true
    this.lineSure = lineSure
  }

  private finish(request: Request, into: Into): void {
    this.request = undefined
    const kept = this.value.bytes()
    const wanted = this.options.maxvalues !== 0 ? Math.min(this.options.maxbytespervalue, this.valueSize) : 0
    if (kept.length > 0 && kept.length <= MAX_LOGIN && this.dialogue.maybeLogin() && request.command === 'set') {
      // The login of the text protocol is a set whose value is "user password".
      const found = /^(\S{1,250}) (\S{1,250})$/.exec(kept.toString('utf8', 0, Math.min(kept.length, this.valueSize)))
      if (found) {
        request.user = found[1]
        request.login = found[2]
      }
    }
    if (wanted > 0 && request.missing === 0 && request.login === undefined)
      request.values = [kept.toString('base64', 0, Math.min(wanted, kept.length))]
    into(request)
  }

  private giveCut(into: Into): void {
    const { request } = this
    if (!request) return
    this.request = undefined
    request.cut = true
    into(request)
  }
}

function firstWord(buf: Buffer, from: number, to: number): string {
  let at = from
  while (at < to && buf[at] !== 0x20 && at - from < 64) at++
  return buf.toString('latin1', from, at)
}
