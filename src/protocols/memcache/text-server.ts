/** The server's direction of the text protocol: lines, values behind some of them, and lists that END closes. */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { shown } from '../shared/shown-text.js'
import { LOST, type MemcacheMessage, PIECE, Response } from './messages.js'
import { replyWords } from './names.js'
import type { MemcacheOptions } from './options.js'
import { CR, findLf, MAX_LINE, small, whole, words } from './text-line.js'
import { MAX_KEYS } from './text-request.js'
import { PassingValue } from './value.js'

/** Statistics kept of one reply; `stats items` of a large server has a thousand. */
export const MAX_STATS = 4096
/** Largest value believed. */
const MAX_VALUE = 2 ** 31

type Into = (message: MemcacheMessage) => void

export class TextServer implements Parser<MemcacheMessage> {
  /** A list that is not closed yet. */
  private open: Response | undefined
  private readonly value = new PassingValue()
  private valueSize = 0
  /** What the value belongs to; a meta value is a reply of its own. */
  private holder: Response | undefined
  private scanned = 0
  private seeking = false
  private lineSure = true
  private begun = false

  constructor(
    private readonly options: MemcacheOptions,
    private readonly anomaly: (code: string, detail?: string) => void,
  ) {}

  next(cur: Cursor, into: Into): Verdict {
    const { buf, pos, end } = cur
    if (this.holder) {
      cur.pos = this.value.take(buf, pos, end)
      this.valueTaken(into)
      return 'message'
    }
    const lf = findLf(buf, pos, end, this.scanned)
    if (lf < 0) {
      if (end - pos >= MAX_LINE) {
        this.scanned = 0
        if (this.begun && !this.seeking) this.anomaly('memcache.line-length')
        this.seeking = true
        this.lineSure = false
        cur.pos = end
        return 'message'
      }
      this.scanned = end - pos
      return 'need-more'
    }
    this.scanned = 0
    const stop = lf > pos && buf[lf - 1] === CR ? lf - 1 : lf
    cur.pos = lf + 1
    const line = shown(buf, pos, stop)
    const all = words(line)
    const word = all[0] ?? ''
    if (this.seeking || !this.begun) {
      const fits = this.lineSure && isReply(all)
      this.lineSure = true
      this.begun = true
      this.seeking = !fits
      if (!fits) return 'message'
    }
    if (!this.read(line, word, all, into)) {
      this.anomaly('memcache.reply-malformed', 'a line that is no reply')
      this.giveOpen(into)
      this.seeking = true
      return 'message'
    }
    if (this.holder) {
      if (cur.pos < end) cur.pos = this.value.take(buf, cur.pos, end)
      this.valueTaken(into)
    }
    return 'message'
  }

  gap(bytes: number, into: Into): 'resync' | 'stop' {
    this.scanned = 0
    const holder = this.holder
    if (holder && this.value.left > bytes + 1) {
      this.value.left -= bytes
      holder.missing += bytes
      return 'resync'
    }
    const response = holder ?? this.open
    if (response) response.lost = true
    this.giveOpen(into)
    into(LOST)
    this.begun = true
    this.seeking = true
    // A segment begins with a line more often than not.
    this.lineSure = true
    return 'resync'
  }

  close(held: Cursor, _why: EndReason, into: Into): void {
    if (!this.open && !this.holder) return
    held.pos = held.end
    this.giveOpen(into)
  }

  private giveOpen(into: Into): void {
    const response = this.holder ?? this.open
    this.holder = undefined
    this.open = undefined
    if (!response) return
    response.cut = true
    into(response)
  }

  /** One line; false when it is none of the protocol's. Gives a reply, or opens one, or a value. */
  private read(line: string, word: string, all: readonly string[], into: Into): boolean {
    switch (word) {
      case 'VALUE': {
        const size = small(all[3])
        if (all.length < 4 || size === undefined || size < 0 || size > MAX_VALUE) return false
        const response = this.list('VALUE')
        this.addKey(response, all[1]!)
        response.flags ??= small(all[2])
        response.cas ??= whole(all[4])
        this.beginValue(response, size)
        return true
      }
      case 'VA': {
        const size = small(all[1])
        if (size === undefined || size < 0 || size > MAX_VALUE) return false
        const response = this.meta('VA', all.slice(2))
        this.beginValue(response, size)
        return true
      }
      case 'STAT':
      case 'ITEM': {
        const response = this.list(word)
        response.stats ??= []
        if (response.stats.length < MAX_STATS) response.stats.push({ name: all[1] ?? '', value: all.slice(2).join(' ') })
        else response.shortened = true
        into(PIECE)
        return true
      }
      case 'END': {
        const response = this.open ?? new Response(false, 'END', 'Load')
        this.open = undefined
        into(response)
        return true
      }
      case 'HD':
      case 'NS':
      case 'EX':
      case 'NF':
      case 'EN':
      case 'MN':
        if (word === 'EN' && this.open?.command === 'mg') {
          // The end of what mgdump lists.
          const dump = this.open
          this.open = undefined
          into(dump)
          return true
        }
        this.giveOpen(into)
        into(this.meta(word, all.slice(1)))
        return true
      case 'ME': {
        const response = new Response(false, 'ME', 'Info')
        this.addKey(response, all[1] ?? '')
        response.stats = all.slice(2, 2 + 64).map((pair) => ({ name: pair.split('=', 1)[0]!, value: pair.slice(pair.indexOf('=') + 1) }))
        into(response)
        return true
      }
    }
    if (/^\d{1,20}$/.test(word)) {
      const response = new Response(false, 'UNKNOWN', 'Counter')
      response.value = whole(word)
      into(response)
      return true
    }
    const family = replyWords[word]
    if (family !== undefined) {
      // An error in the middle of a list ends it.
      const response = new Response(false, word, family)
      const rest = line.slice(word.length).trim()
      if (word === 'VERSION') response.version = rest.slice(0, 256)
      else if (family === 'Fail' && rest !== '') response.error_msg = rest.slice(0, 1024)
      this.giveOpen(into)
      into(response)
      return true
    }
    if (word.startsWith('key=')) {
      // lru_crawler metadump: a line for each item.
      const response = this.list('UNKNOWN')
      response.family = 'Stats'
      this.addKey(response, word.slice(4))
      into(PIECE)
      return true
    }
    if (word === 'mg' && all.length === 2) {
      const response = this.list('mg')
      this.addKey(response, all[1]!)
      into(PIECE)
      return true
    }
    if (word.startsWith('ts=') || word === 'skipped=') {
      const response = new Response(false, 'LOG', 'Info')
      response.log = line.slice(0, 4096)
      into(response)
      return true
    }
    return false
  }

  private list(word: string): Response {
    this.open ??= new Response(false, word, replyWords[word] ?? 'Stats')
    return this.open
  }

  private addKey(response: Response, key: string): void {
    response.keys ??= []
    if (response.keys.length < MAX_KEYS) response.keys.push(key)
    else response.shortened = true
  }

  private meta(word: string, flags: readonly string[]): Response {
    const response = new Response(false, word, replyWords[word]!)
    for (const flag of flags) {
      const rest = flag.slice(1)
      if (flag[0] === 'O') response.token = rest
      else if (flag[0] === 'k') response.keys = [rest]
      else if (flag[0] === 'f') response.flags = small(rest)
      else if (flag[0] === 'c') response.cas = whole(rest)
    }
    return response
  }

  private beginValue(response: Response, size: number): void {
    const { maxvalues, maxbytespervalue } = this.options
    const keeps = maxvalues < 0 || (response.values?.length ?? 0) < maxvalues
    this.holder = response
    this.valueSize = size
    response.count = (response.count ?? 0) + 1
    response.bytes = (response.bytes ?? 0) + size
    this.value.begin(size + 2, keeps ? Math.min(size, maxbytespervalue) : 0)
  }

  private valueTaken(into: Into): void {
    if (this.value.left > 0) {
      into(PIECE)
      return
    }
    const response = this.holder!
    this.holder = undefined
    const { maxvalues } = this.options
    if ((maxvalues < 0 || (response.values?.length ?? 0) < maxvalues) && response.missing === 0) {
      response.values ??= []
      // More values than are looked at would be kept with them.
      if (response.values.length < MAX_KEYS) response.values.push(this.value.bytes().toString('base64', 0, this.valueSize))
    }
    if (response === this.open) into(PIECE)
    else into(response)
  }
}

/** Could this line be a reply? Asked behind a loss, where it may stand inside a value. */
function isReply(all: readonly string[]): boolean {
  const word = all[0] ?? ''
  if (word === 'VALUE') return all.length >= 4 && small(all[3]) !== undefined
  if (word === 'STAT') return all.length >= 3
  if (word === 'VA') return small(all[1]) !== undefined
  if (word === 'ITEM' || word === 'VERSION' || word.endsWith('_ERROR')) return word in replyWords && all.length > 1
  return (word in replyWords && all.length === 1) || /^(?:HD|EN|NS|EX|NF)$/.test(word) || word.startsWith('ts=')
}
