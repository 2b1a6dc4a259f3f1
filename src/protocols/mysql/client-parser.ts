/**
 * The client's direction. Commands begin with sequence number 0; what has another one continues something: a login, an answer to
 * an authentication plugin, a file the server asked for. So commands are found without the server's side.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { readCommand } from './commands.js'
import { Exchange, LOGIN } from './exchange.js'
import type { Link } from './link.js'
import { isSslRequest, notePassword, readLogin } from './login.js'
import { Com, isCommand } from './names.js'
import { Packets, type Side } from './packets.js'
import { commandShape, loginShape } from './shapes.js'
import { xFromClient } from './x-protocol.js'

/** Bytes kept of one command: statements longer than that are loads of data, of which the beginning tells what they are. */
const MAX_COMMAND = 1 << 18

/** Who answers nothing. */
const SILENT = new Set<number>([Com.Quit, Com.StmtClose, Com.StmtSendLongData])

export class ClientParser implements Parser<Exchange>, Side {
  pause = false
  private readonly packets: Packets
  private last: Exchange | undefined

  constructor(
    private readonly link: Link,
    private readonly secret: (text: string) => string,
    private readonly toTls: () => void,
    hold: ((bytes: number) => boolean) | undefined,
  ) {
    this.packets = new Packets(link, this, MAX_COMMAND, hold)
  }

  next(cur: Cursor, into: (exchange: Exchange) => void): Verdict {
    const { link } = this
    if (link.tls) return 'upgrade'
    if (cur.peek() < 0) return 'need-more'
    if (link.x) {
      cur.pos = cur.end
      return 'message'
    }
    if (this.last === undefined && !link.loginSeen && !link.greeting && xFromClient(cur.buf, cur.pos, cur.end) === 'yes') {
      cur.pos = cur.end
      into(link.speaksX())
      return 'message'
    }
    const verdict = this.packets.next(cur, into)
    return verdict === 'message' && link.tls ? 'upgrade' : verdict
  }

  gap(bytes: number): 'resync' {
    const { coming } = this.link
    const whole = this.packets.gap(bytes)
    if (coming) coming.lostRequest = true
    else if (this.link.infile) this.link.infile.lostRequest = true
    if (!whole) this.link.coming = undefined
    if (coming && !whole) {
      coming.asked = true
      if (coming.answered) this.link.listener.settled(coming)
    }
    return 'resync'
  }

  close(_held: Cursor, _why: EndReason, into: (exchange: Exchange) => void): void {
    const { coming } = this.link
    const open = this.packets.close()
    if (!coming || !open) return
    // The head of a command that never ended.
    readCommand(coming, open.head, 0, open.head.length, open.length, this.link, this.secret)
    coming.lostRequest = coming.asked
    into(coming)
  }

  current(): Exchange | undefined {
    const { coming, infile, first } = this.link
    if (coming ?? infile) return coming ?? infile
    if (first && (first.command === LOGIN || first.command === Com.ChangeUser)) return first
    return this.last?.emitted ? undefined : this.last
  }

  plausible(buf: Buffer, at: number, end: number): 'yes' | 'no' | 'more' {
    if (!this.link.loginSeen) {
      const login = loginShape(buf, at, end)
      if (login === 'sure') return 'yes'
      if (login === 'more') return 'more'
    }
    if (this.link.login && !this.link.login.asked && end - at >= 4 && buf[at + 3] === 1) return 'yes'
    const shape = commandShape(buf, at, end)
    return shape === 'sure' || shape === 'weak' ? 'yes' : shape
  }

  begin(buf: Buffer, from: number, to: number, length: number, seq: number): void {
    const { link } = this
    if (seq === 1 && !link.loginSeen && !link.first && this.last === undefined) link.push(new Exchange(LOGIN, undefined, undefined))
    if (seq !== 0 || link.infile || length === 0 || from >= to || !isCommand(buf[from]!)) return
    this.link.coming = this.open(buf[from]!)
  }

  packet(buf: Buffer, from: number, to: number, length: number, seq: number, bytes: number): boolean {
    this.pause = false
    const coming = this.link.coming
    this.link.coming = undefined
    if (coming) return this.command(coming, buf, from, to, length, bytes)
    const { link } = this
    if (link.infile) return this.fileData(link.infile, length, bytes)
    const login = link.login
    if (login ? !login.asked : !link.loginSeen && this.last === undefined && seq === 1)
      return this.login(login, buf, from, to, length, bytes)
    if (seq === 0) {
      if (length === 0 || !isCommand(buf[from]!)) return this.malformed()
      return this.command(this.open(buf[from]!), buf, from, to, length, bytes)
    }
    return this.continued(buf, from, to, length, seq, bytes)
  }

  private malformed(): boolean {
    this.link.listener.odd('mysql.malformed', 'from the client')
    return false
  }

  private open(command: number): Exchange {
    const { link } = this
    // A login whose answer was not seen was accepted, or there would be no commands.
    const login = link.login?.login
    const exchange = new Exchange(command, link.user ?? login?.user, link.database ?? login?.database)
    exchange.charset = link.charset
    if (command === Com.Quit && this.last === undefined && !link.loginSeen && !link.greeting) {
      this.last = link.doubtful = exchange
      return exchange
    }
    this.last = exchange
    if (SILENT.has(command)) exchange.silent = exchange.answered = true
    else link.push(exchange)
    return exchange
  }

  private command(exchange: Exchange, buf: Buffer, from: number, to: number, length: number, bytes: number): boolean {
    exchange.requestBytes += bytes
    exchange.asked = true
    this.packets.touch(exchange)
    this.pause = true
    readCommand(exchange, buf, from, to, length, this.link, this.secret)
    return true
  }

  private login(opened: Exchange | undefined, buf: Buffer, from: number, to: number, length: number, bytes: number): boolean {
    const { link } = this
    const exchange = opened ?? new Exchange(LOGIN, undefined, undefined)
    if (length === to - from && isSslRequest(buf, from, to)) {
      link.loginSeen = true
      exchange.tls = exchange.answered = true
      if (opened) link.shift()
      link.tls = true
      this.toTls()
    } else {
      const facts = readLogin(buf, from, to)
      if (!facts) return this.malformed()
      exchange.login = facts
      link.loginSeen = true
      link.agree(facts.capabilities, facts.extended)
      if (!opened) link.push(exchange)
    }
    exchange.asked = true
    exchange.requestBytes += bytes
    this.packets.touch(exchange)
    this.pause = true
    return true
  }

  /** Neither a command nor a login: an answer to an authentication plugin, or a file whose asking was not seen. */
  private continued(buf: Buffer, from: number, to: number, length: number, seq: number, bytes: number): boolean {
    const { link } = this
    const first = link.first
    if (first && (first.command === LOGIN || first.command === Com.ChangeUser)) {
      first.requestBytes += bytes
      this.packets.touch(first)
      if (first.login) notePassword(first.login, first.login.plugin, buf, from, to)
      return true
    }
    const last = this.last
    if (seq === 2 && last && !last.answered && (last.command === Com.Query || last.command === Com.StmtExecute)) {
      link.infile = last
      return this.fileData(last, length, bytes)
    }
    if (last && !last.emitted) this.packets.touch(last)
    return last !== undefined
  }

  private fileData(exchange: Exchange, length: number, bytes: number): boolean {
    exchange.requestBytes += bytes
    exchange.infileBytes += length
    this.packets.touch(exchange)
    // An empty packet is the end of the file.
    if (length === 0) {
      this.link.infile = undefined
      this.pause = true
    }
    return true
  }
}
