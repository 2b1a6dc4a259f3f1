/**
 * What both directions' parsers have in common: the frame of a message, passing by what is too long to be looked at, and
 * finding the next message after a loss.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { Body } from './body.js'
import type { Dialogue } from './dialogue.js'
import type { PgsqlMessage, Piece } from './messages.js'
import { type Belief, chain } from './plausible.js'
import { CLIENT_LETTERS, headerFits, lengthAt, MAX_BODY, SERVER_LETTERS } from './wire.js'

export type Into = (message: PgsqlMessage) => void

/** Bytes that may wait for a message to prove itself after a loss. */
const MAX_SEEK_HELD = 16 * 1024
/** Bytes without any message in them before a side is given up: larger than the longest value that is common. */
const MAX_SEEK = 64 << 20
/** Places kept that may be it. */
const MAX_CANDIDATES = 64
const PIECE: Piece = { kind: 'piece' }

export abstract class Framing implements Parser<PgsqlMessage> {
  /** Bytes of the current message that still pass by. */
  protected passing = 0
  private seeking = false
  private sought = 0
  /** Places, counted from where reading stands, that may be the next message; what else was searched is none. */
  private candidates: number[] = []
  private searched = 0
  protected readonly body: Body

  constructor(
    protected readonly dialogue: Dialogue,
    private readonly client: boolean,
  ) {
    this.body = new Body(dialogue)
  }

  /** A message whose body's first `end - pos` bytes of `size` are here; the others then pass by. */
  protected abstract read(letter: number, buf: Buffer, pos: number, end: number, size: number): PgsqlMessage
  /** Anything but a message with a letter: before the login, or a run of messages. undefined = an ordinary message. */
  protected abstract special(cur: Cursor, into: Into): Verdict | undefined

  next(cur: Cursor, into: Into): Verdict {
    if (this.passing > 0) {
      if (cur.left === 0) return 'need-more'
      const here = Math.min(cur.left, this.passing)
      cur.pos += here
      this.passing -= here
      into(PIECE)
      return 'message'
    }
    if (this.seeking) {
      const verdict = this.seek(cur)
      // Found where we stand: read on at once, for a verdict must move.
      if (verdict !== undefined) return verdict
    }
    const special = this.special(cur, into)
    if (special !== undefined) return special
    if (cur.left < 5) {
      cur.want = 5
      return 'need-more'
    }
    const { buf, pos } = cur
    const letter = buf[pos]!
    const length = lengthAt(buf, pos + 1)
    if (!headerFits(this.client, letter, length) && !this.isUnknown(letter, length)) return this.misfit(cur)
    const total = length + 1
    const here = Math.min(total, MAX_BODY)
    if (cur.left < here) {
      cur.want = here
      return 'need-more'
    }
    const message = this.read(letter, buf, pos + 5, pos + here, length - 4)
    cur.pos = pos + here
    this.passing = total - here
    into(message)
    return 'message'
  }

  gap(bytes: number): 'resync' | 'stop' {
    // A loss inside what passes by leaves nothing in doubt.
    if (this.passing >= bytes) {
      this.passing -= bytes
      return 'resync'
    }
    this.passing = 0
    this.startSeeking()
    return 'resync'
  }

  close(_held: Cursor, _why: EndReason, _into: Into): void {}

  /** A letter nobody knows, with a length that a small message has: a fork's own message. */
  private isUnknown(letter: number, length: number): boolean {
    const isLetter = (letter >= 0x41 && letter <= 0x5a) || (letter >= 0x61 && letter <= 0x7a)
    return isLetter && length >= 4 && length <= 0xffff && (this.client ? CLIENT_LETTERS : SERVER_LETTERS)[letter] === 0
  }

  private misfit(cur: Cursor): Verdict {
    this.dialogue.anomaly('pgsql.framing')
    this.startSeeking()
    cur.pos++
    return 'message'
  }

  /** Moves to where the next message begins; undefined when that is here. */
  private seek(cur: Cursor): Verdict | undefined {
    const { buf, pos: base, end } = cur
    if (base === end) return 'need-more'
    const open: number[] = []
    for (const candidate of this.candidates) {
      const belief = this.believe(buf, base + candidate, end)
      if (belief === 'yes') return this.found(cur, base + candidate)
      if (belief === 'maybe') open.push(candidate)
    }
    for (let pos = base + this.searched; pos < end; pos++) {
      if (end - pos >= 5 && !headerFits(this.client, buf[pos]!, lengthAt(buf, pos + 1))) continue
      const belief = this.believe(buf, pos, end)
      if (belief === 'yes') return this.found(cur, pos)
      if (belief === 'maybe' && open.length < MAX_CANDIDATES) open.push(pos - base)
    }
    const skip = open[0] ?? end - base
    this.candidates = open.map((candidate) => candidate - skip)
    this.searched = end - base - skip
    if (skip === 0) return 'need-more'
    this.sought += skip
    if (this.sought > MAX_SEEK) {
      this.dialogue.anomaly('pgsql.framing', 'Nothing was found to go on with.')
      return 'malformed'
    }
    cur.pos = base + skip
    return 'message'
  }

  /** What may be a message must show it before too much waits for it. */
  private believe(buf: Buffer, pos: number, end: number): Belief {
    const belief = chain(buf, pos, end, this.client)
    return belief === 'maybe' && end - pos > MAX_SEEK_HELD ? 'no' : belief
  }

  private found(cur: Cursor, pos: number): Verdict | undefined {
    this.seeking = false
    this.sought = 0
    this.forget()
    if (pos === cur.pos) return undefined
    cur.pos = pos
    return 'message'
  }

  private startSeeking(): void {
    this.seeking = true
    this.forget()
  }

  private forget(): void {
    this.candidates = []
    this.searched = 0
  }
}
