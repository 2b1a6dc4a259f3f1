/**
 * The server's direction: the greeting, then answers. What an answer looks like depends on its command, which stands first in
 * the line of those that wait. Where the login was not seen, the bytes tell which framing was agreed on.
 */
import type { Cursor } from '../../bytes/cursor.js'
import type { EndReason } from '../../model/side.js'
import type { Parser, Verdict } from '../protocol.js'
import { columnCount } from './column-count.js'
import { type Column, isColumn, readColumn } from './columns.js'
import type { CsvRows } from './csv.js'
import { Exchange, LOGIN, ORPHAN, UNASKED } from './exchange.js'
import type { Link } from './link.js'
import { readGreeting } from './login.js'
import { Com, Status } from './names.js'
import { Packets, type Side } from './packets.js'
import { unknownStatement } from './params.js'
import { isEof, type Ok, readError, readOk } from './results.js'
import { responseShape } from './shapes.js'
import { xFromServer } from './x-protocol.js'

/** Bytes kept of one packet that goes over segments: rows are shown by their beginning. */
const MAX_KEPT = 65_536
/** Columns remembered of a result set; MySQL and MariaDB allow 4096. */
const MAX_COLUMNS = 4096
/** Tables a result set came from that are listed. */
const MAX_PATH = 64

enum State {
  Start,
  Columns,
  AfterColumns,
  Rows,
  Params,
  AfterParams,
  PreparedColumns,
  AfterPreparedColumns,
  /** All came, unless an EOF follows: the client's framing is not known. */
  Settling,
  Binlog,
}

export class ServerParser implements Parser<Exchange>, Side {
  pause = false
  private readonly packets: Packets
  private state = State.Start
  private ex: Exchange | undefined
  private left = 0
  private columns: Column[] = []
  private rowsBefore = 0
  /** Columns of the result set that is being read. */
  private fieldsNow = 0
  /** Column definitions that follow those of the parameters. */
  private pendingColumns = 0
  private seq = -1
  private begun = false

  constructor(
    private readonly link: Link,
    private readonly csv: CsvRows | undefined,
    private readonly toTls: () => void,
    hold: ((bytes: number) => boolean) | undefined,
  ) {
    this.packets = new Packets(link, this, MAX_KEPT, hold)
  }

  next(cur: Cursor, into: (exchange: Exchange) => void): Verdict {
    const { link } = this
    if (link.tls) return 'upgrade'
    const first = cur.peek()
    if (first < 0) return 'need-more'
    if (link.x) {
      cur.pos = cur.end
      return 'message'
    }
    // TLS where only the server's side was captured: a record where the answer to the login should be.
    if (link.greeting && !link.loginSeen && first === 0x16 && cur.peek(1) === 3) {
      const login = link.shift()
      if (login) {
        login.tls = login.answered = login.asked = true
        link.listener.settled(login)
      }
      link.tls = true
      this.toTls()
      return 'upgrade'
    }
    if (!this.begun && !link.loginSeen && (link.doubtful || !link.first) && xFromServer(cur.buf, cur.pos, cur.end)) {
      cur.pos = cur.end
      into(link.speaksX())
      return 'message'
    }
    return this.packets.next(cur, into)
  }

  gap(bytes: number): 'resync' {
    const { link } = this
    if (this.packets.gap(bytes)) {
      if (this.ex) this.ex.lostResponse = true
      return 'resync'
    }
    if (this.ex?.settling) this.settle(this.ex)
    if (this.ex?.command === ORPHAN) {
      this.ex.lostResponse = this.ex.answered = true
      link.listener.settled(this.ex)
    }
    this.ex = undefined
    this.state = State.Start
    // Which of the answers the bytes held, nobody can tell.
    for (let one = link.shift(); one; one = link.shift()) {
      one.lostResponse = one.answered = true
      if (one.command === LOGIN || one.command === Com.ChangeUser) {
        link.accepted(one)
        if (link.compression) link.compressed = undefined
      }
      if (link.infile === one) link.infile = undefined
      link.listener.settled(one)
    }
    return 'resync'
  }

  close(_held: Cursor, _why: EndReason): void {
    this.packets.close()
    if (this.ex?.settling) this.settle(this.ex)
    if (this.ex?.command === ORPHAN) {
      this.ex.answered = true
      this.link.listener.settled(this.ex)
    }
  }

  current(): Exchange | undefined {
    return this.ex ?? this.link.first
  }

  plausible(buf: Buffer, at: number, end: number): 'yes' | 'no' | 'more' {
    if (!this.begun && end - at >= 5 && buf[at + 3] === 0) {
      const first = buf[at + 4]
      if (first === 0x0a || first === 0x09 || first === 0xff) return 'yes'
    }
    // An answer to the login counts on from the client's packets.
    const login = this.link.first?.command === LOGIN || this.link.first?.command === Com.ChangeUser
    if (login && end - at >= 5 && buf[at + 3]! > 0 && buf[at + 3]! < 16) {
      const first = buf[at + 4]!
      if (first === 0 || first === 1 || first === 0xfe || first === 0xff) return 'yes'
    }
    const shape = responseShape(buf, at, end)
    if (shape === 'sure') return 'yes'
    // Little speaks for it: believed where an answer is due.
    if (shape === 'weak') return this.link.first || !this.begun ? 'yes' : 'no'
    return shape
  }

  begin(buf: Buffer, from: number, to: number, _length: number, seq: number): void {
    if (this.ex || this.link.first || from >= to) return
    // Whose bytes these are must be known before the packet is whole.
    if (!this.begun && seq === 0 && buf[from] !== 0xff) this.link.push(new Exchange(LOGIN, undefined, undefined))
    else this.ex = this.unasked(buf[from]!, seq)
  }

  packet(buf: Buffer, from: number, to: number, length: number, seq: number, bytes: number): boolean {
    this.pause = false
    const first = length > 0 ? buf[from]! : -1
    if (!this.begun) {
      this.begun = true
      if (seq === 0 && this.greeting(buf, from, to, bytes)) return true
    }
    if (this.ex?.settling) {
      const ex = this.ex
      const eof = isEof(buf, from, length) && seq === ((this.seq + 1) & 0xff)
      this.link.deprecateEof ??= !eof
      if (eof) {
        ex.responseBytes += bytes
        this.packets.touch(ex)
        ex.settling = false
        this.over(ex)
        return true
      }
      this.settle(ex)
    }
    const ex = this.ex ?? this.link.first ?? this.unasked(first, seq)
    this.ex = ex
    this.seq = seq
    ex.responseBytes += bytes
    this.packets.touch(ex)
    // MariaDB reports how far a long statement has come in packets that look like errors.
    if (first === 0xff && length >= 3 && to - from >= 3 && buf[from + 1] === 0xff && buf[from + 2] === 0xff) return true
    if (this.read(ex, buf, from, to, length, first)) return true
    this.link.listener.odd('mysql.malformed', 'from the server')
    ex.notes.push('the answer stopped making sense')
    ex.lostResponse = true
    this.over(ex)
    return false
  }

  private greeting(buf: Buffer, from: number, to: number, bytes: number): boolean {
    const greeting = readGreeting(buf, from, to)
    if (!greeting) return false
    const { link } = this
    link.greeting = greeting
    let login = link.login
    if (!login) {
      login = new Exchange(LOGIN, undefined, undefined)
      link.push(login)
    } else if (login.login) link.agree(login.login.capabilities, login.login.extended)
    login.responseBytes += bytes
    this.packets.touch(login)
    return true
  }

  /** Nothing waits for an answer: the command was not captured, or the server speaks for itself before it hangs up. */
  private unasked(first: number, seq: number): Exchange {
    const { link } = this
    const exchange = new Exchange(seq === 0 && first === 0xff ? UNASKED : ORPHAN, link.user, link.database)
    exchange.asked = true
    return exchange
  }

  /** One packet of an answer; false when it cannot be one. */
  private read(ex: Exchange, buf: Buffer, from: number, to: number, length: number, first: number): boolean {
    switch (this.state) {
      case State.Start:
        return this.start(ex, buf, from, to, length, first)
      case State.Columns:
        if (first === 0xff) return this.error(ex, buf, from, to)
        if (isEof(buf, from, length)) return this.afterColumns(ex, buf, from, to, length, first)
        if (!this.column(ex, buf, from, to)) return false
        if (--this.left === 0) this.state = State.AfterColumns
        return true
      case State.AfterColumns:
        return this.afterColumns(ex, buf, from, to, length, first)
      case State.Rows:
        return this.row(ex, buf, from, to, length, first)
      case State.Binlog:
        if (first === 0xff) return this.error(ex, buf, from, to)
        if (isEof(buf, from, length)) this.over(ex)
        else ex.events++
        return true
      default:
        return this.prepared(ex, buf, from, to, length)
    }
  }

  private start(ex: Exchange, buf: Buffer, from: number, to: number, length: number, first: number): boolean {
    if (first === 0xff) return this.error(ex, buf, from, to)
    switch (ex.command) {
      case LOGIN:
      case Com.ChangeUser:
        return this.authentication(ex, buf, from, to, length, first)
      case Com.Statistics:
        ex.info = buf.toString('utf8', from, Math.min(to, from + 1024))
        this.over(ex)
        return true
      case Com.FieldList:
        if (first === 0xfe) return this.end(ex, buf, from, to, length)
        if (!this.column(ex, buf, from, to)) return false
        ex.hasRows = true
        ex.fields++
        return true
      case Com.StmtPrepare:
        return this.prepareOk(ex, buf, from, to, length, first)
      case Com.StmtFetch:
        ex.hasRows = true
        this.state = State.Rows
        return this.row(ex, buf, from, to, length, first)
      case Com.BinlogDump:
      case Com.BinlogDumpGtid:
      case Com.TableDump:
      case Com.Clone:
        this.state = State.Binlog
        return this.read(ex, buf, from, to, length, first)
    }
    if (ex.command === ORPHAN && isPrepared(buf, from, length)) {
      // The statement is known by its number and its parameters at least.
      ex.command = Com.StmtPrepare
      ex.statement = unknownStatement(0)
      return this.prepareOk(ex, buf, from, to, length, first)
    }
    if (first === 0xfe && length < 0xffffff) return this.end(ex, buf, from, to, length)
    if (first === 0xfb) return this.wantsFile(ex, buf, from, to)
    const count = columnCount(buf, from, to, this.link.cacheMetadata)
    if (count === undefined) return first === 0 ? this.ok(ex, buf, from, to) : false
    this.beginRows(ex, count.columns)
    // Metadata the client has already is not sent again.
    this.left = count.follow ? count.columns : 0
    this.state = this.left > 0 ? State.Columns : State.AfterColumns
    return true
  }

  private beginRows(ex: Exchange, fields: number): void {
    ex.hasRows = true
    if (ex.fields === 0) ex.fields = fields
    this.columns = []
    this.rowsBefore = ex.rows
    this.fieldsNow = fields
    this.csv?.begin(ex)
  }

  /** The server asks for a file of the client's. */
  private wantsFile(ex: Exchange, buf: Buffer, from: number, to: number): boolean {
    ex.infile = buf.toString('utf8', from + 1, Math.min(to, from + 1 + 1024))
    if (!ex.lostRequest) this.link.infile = ex
    return true
  }

  private authentication(ex: Exchange, buf: Buffer, from: number, to: number, length: number, first: number): boolean {
    const login = ex.login
    if (first === 0) {
      const ok = readOk(buf, from, to, this.link.sessionTrack)
      if (ok) this.take(ex, ok)
      if (ex.command === Com.ChangeUser || ex.command === LOGIN) this.link.accepted(ex)
      ex.addResult({ kind: 'ok' })
      this.over(ex)
      return true
    }
    // Another plugin is wanted, or more data of this one.
    if (first === 0xfe && login) {
      const nul = buf.indexOf(0, from + 1)
      login.plugin = length === 1 ? 'mysql_old_password' : buf.toString('latin1', from + 1, nul > from && nul < to ? nul : to).slice(0, 256)
    }
    return first === 0xfe || first === 1 || first === 2
  }

  private prepareOk(ex: Exchange, buf: Buffer, from: number, to: number, length: number, first: number): boolean {
    if (first !== 0 || length < 12 || to - from < 12) return false
    const { link } = this
    const id = buf.readUInt32LE(from + 1)
    const columns = buf.readUInt16LE(from + 5)
    const params = buf.readUInt16LE(from + 7)
    ex.warnings = buf.readUInt16LE(from + 10)
    ex.statementId = id
    ex.paramCount = params
    ex.columnCount = columns
    ex.fields = columns
    ex.addResult({ kind: 'ok' })
    const statement = ex.statement
    if (statement) {
      statement.id = id
      statement.params = params
      statement.columns = columns
      if (!link.statements.add(statement)) link.listener.odd('mysql.statements-forgotten')
    }
    // MySQL may leave the definitions out; the byte behind the warnings says so.
    if (length > 12 && buf[from + 12] === 0) {
      this.settleOrEnd(ex)
      return true
    }
    this.columns = []
    this.prepareStep(ex, params, columns)
    return true
  }

  private prepareStep(ex: Exchange, params: number, columns: number): void {
    this.pendingColumns = columns
    this.left = params > 0 ? params : columns
    this.state = params > 0 ? State.Params : columns > 0 ? State.PreparedColumns : State.Start
    if (this.left === 0) this.over(ex)
  }

  private prepared(ex: Exchange, buf: Buffer, from: number, to: number, length: number): boolean {
    const { link } = this
    const eof = isEof(buf, from, length)
    if (buf[from] === 0xff) return this.error(ex, buf, from, to)
    if (this.state === State.AfterParams || this.state === State.AfterPreparedColumns) {
      if (eof) {
        link.deprecateEof ??= false
        if (this.state === State.AfterPreparedColumns || this.pendingColumns === 0) {
          this.over(ex)
          return true
        }
        this.state = State.PreparedColumns
        this.left = this.pendingColumns
        return true
      }
      // No EOF between the two lists: columns come at once.
      if (this.state !== State.AfterParams || this.pendingColumns === 0) return false
      link.deprecateEof ??= true
      this.state = State.PreparedColumns
      this.left = this.pendingColumns
    }
    if (eof || !isColumn(buf, from, to)) return false
    if (this.state === State.PreparedColumns && !this.column(ex, buf, from, to)) return false
    if (--this.left > 0) return true
    const last = this.state === State.PreparedColumns || this.pendingColumns === 0
    this.state = this.state === State.Params ? State.AfterParams : State.AfterPreparedColumns
    if (last) this.settleOrEnd(ex)
    else if (link.deprecateEof === true) {
      this.state = State.PreparedColumns
      this.left = this.pendingColumns
    }
    return true
  }

  /** The lists are through. Whether an EOF follows, the login said, or the next packet will. */
  private settleOrEnd(ex: Exchange): void {
    const { deprecateEof } = this.link
    if (deprecateEof === true) this.over(ex)
    else if (deprecateEof === undefined) {
      this.state = State.Settling
      ex.settling = true
    } else if (this.state === State.Start) this.over(ex)
  }

  /** It was over before this packet. */
  private settle(ex: Exchange): void {
    ex.settling = false
    this.finish(ex)
    this.link.listener.settled(ex)
  }

  private column(ex: Exchange, buf: Buffer, from: number, to: number): boolean {
    if (!isColumn(buf, from, to)) return false
    const column = readColumn(buf, from, to)
    if (!column) return false
    if (this.columns.length < MAX_COLUMNS) this.columns.push(column)
    if (column.table !== '' && ex.path.length < MAX_PATH) {
      const name = column.schema === '' ? column.table : `${column.schema}.${column.table}`
      if (!ex.path.includes(name)) ex.path.push(name)
    }
    return true
  }

  private afterColumns(ex: Exchange, buf: Buffer, from: number, to: number, length: number, first: number): boolean {
    const { link } = this
    if (this.left > 0 && this.columns.length === 0) return false
    this.state = State.Rows
    this.csv?.columns(ex, this.columns)
    if (isEof(buf, from, length)) {
      const status = buf.readUInt16LE(from + 3)
      // A cursor: rows come when they are asked for.
      if ((status & Status.CursorExists) !== 0 && (ex.command === Com.StmtExecute || ex.command === ORPHAN) && ex.cursor)
        return this.end(ex, buf, from, to, length)
      link.deprecateEof ??= false
      return true
    }
    if (first !== 0xff) link.deprecateEof ??= true
    return this.row(ex, buf, from, to, length, first)
  }

  private row(ex: Exchange, buf: Buffer, from: number, to: number, length: number, first: number): boolean {
    if (first === 0xff) return this.error(ex, buf, from, to)
    // A row may begin with 0xfe as well: a text longer than 16 MB, which takes a packet of that length.
    if (first === 0xfe && length < 0xffffff) return this.end(ex, buf, from, to, length)
    ex.rows++
    this.csv?.row(ex, this.columns, buf, from, to, this.isBinary(ex))
    return true
  }

  private isBinary(ex: Exchange): boolean {
    return ex.command === Com.StmtExecute || ex.command === Com.StmtBulkExecute || ex.command === Com.StmtFetch
  }

  /** EOF, or the OK that stands in its place. */
  private end(ex: Exchange, buf: Buffer, from: number, to: number, length: number): boolean {
    let status: number
    let warnings: number
    if (length === 5) {
      warnings = buf.readUInt16LE(from + 1)
      status = buf.readUInt16LE(from + 3)
      ex.warnings = warnings
      ex.status = status
    } else if (length === 1) {
      // Before 4.1 an EOF had no more.
      status = warnings = 0
    } else {
      const ok = readOk(buf, from, to, this.link.sessionTrack)
      if (!ok) return false
      status = ok.status
      warnings = ok.warnings
      this.take(ex, ok)
    }
    if (ex.hasRows) ex.addResult({ kind: 'rows', rows: ex.rows - this.rowsBefore, fields: this.fieldsNow || ex.fields, warnings })
    else ex.addResult({ kind: 'ok', warnings })
    this.more(ex, status)
    return true
  }

  private ok(ex: Exchange, buf: Buffer, from: number, to: number): boolean {
    const ok = readOk(buf, from, to, this.link.sessionTrack)
    if (!ok) return false
    this.take(ex, ok)
    ex.affected = ex.affected === undefined ? ok.affected : sum(ex.affected, ok.affected)
    if (!ex.insertId) ex.insertId = ok.insertId
    ex.addResult({ kind: 'ok', affected_rows: ok.affected, insert_id: ok.insertId, warnings: ok.warnings })
    this.more(ex, ok.status)
    return true
  }

  private take(ex: Exchange, ok: Ok): void {
    ex.status = ok.status
    ex.warnings = ok.warnings
    ex.info = ok.info ?? ex.info
    if (ok.changes) {
      ex.changes = { ...ex.changes, ...ok.changes }
      if (typeof ok.changes.schema === 'string') this.link.database = ok.changes.schema || undefined
    }
  }

  private error(ex: Exchange, buf: Buffer, from: number, to: number): boolean {
    const error = readError(buf, from, to)
    if (!error) return false
    ex.error = error
    ex.addResult({ kind: 'error', error_code: error.code })
    this.over(ex)
    return true
  }

  private more(ex: Exchange, status: number): void {
    this.columns = []
    this.state = State.Start
    this.fieldsNow = 0
    if ((status & Status.MoreResults) === 0) {
      this.over(ex)
      return
    }
    this.rowsBefore = ex.rows
    ex.hasRows = ex.command === Com.FieldList
  }

  private over(ex: Exchange): void {
    this.finish(ex)
    this.pause = true
  }

  private finish(ex: Exchange): void {
    const { link } = this
    ex.answered = true
    // Only the server's side is here.
    if (ex.command === LOGIN && !ex.login && !ex.error) ex.asked = true
    if (link.first === ex) link.shift()
    if (link.infile === ex) link.infile = undefined
    this.ex = undefined
    this.state = State.Start
    this.columns = []
    if (!ex.error && !ex.lostResponse) this.effects(ex)
  }

  /** What the success of a command changes for those that follow. */
  private effects(ex: Exchange): void {
    const { link } = this
    if (ex.command === Com.InitDb) link.database = ex.argument
    else if (ex.command === Com.ResetConnection) link.statements.clear()
    else if (ex.command === Com.Query && ex.facts?.verb === 'USE' && ex.facts.statements === 1)
      link.database = /^\s*use\s+`?((?:[^`;]|``)*[^`;\s])`?\s*;?\s*$/i.exec(ex.sql ?? '')?.[1] ?? link.database
  }
}

/** The OK of a PREPARE whose command was not seen: its number, columns or parameters, and a filler that is zero. */
const isPrepared = (buf: Buffer, from: number, length: number): boolean =>
  length === 12 &&
  buf[from] === 0 &&
  buf[from + 9] === 0 &&
  buf.readUInt32LE(from + 1) > 0 &&
  buf[from + 4] === 0 &&
  buf.readUInt32LE(from + 5) > 0

const sum = (a: number | bigint, b: number | bigint): number | bigint =>
  typeof a === 'number' && typeof b === 'number' && a + b <= Number.MAX_SAFE_INTEGER ? a + b : BigInt(a) + BigInt(b)
