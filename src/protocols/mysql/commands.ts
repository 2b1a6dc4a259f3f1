/** What a command asks, read from its payload. */
import { readStatement } from '../shared/sql/statement.js'
import type { Exchange } from './exchange.js'
import type { Link } from './link.js'
import { readChangeUser } from './login.js'
import { Com, optionName } from './names.js'
import { readAttributes, readBulk, readExecute, unknownStatement } from './params.js'
import { addLongData, Statement } from './statements.js'
import { bytesText } from './values.js'
import { Reader } from './wire.js'

/** Characters of a name or of another argument. */
const MAX_ARGUMENT = 1024
/** Bytes of an execution kept until its statement is prepared. */
const MAX_DEFERRED = 65_536

const reader = new Reader()

/**
 * @param to where the bytes that are here end; the payload has `length` of them
 */
export function readCommand(
  ex: Exchange,
  buf: Buffer,
  from: number,
  to: number,
  length: number,
  link: Link,
  secret: (text: string) => string,
): void {
  const at = from + 1
  const whole = to - from === length && !ex.lostRequest
  switch (ex.command) {
    case Com.Query: {
      const text = readAttributes(ex, buf, at, to)
      readSql(ex, buf, text, to, length - (text - from), whole, secret)
      break
    }
    case Com.StmtPrepare: {
      readSql(ex, buf, at, to, length - 1, whole, secret)
      const statement = new Statement(ex.sql!, ex.fullLength)
      statement.params = -1
      ex.statement = statement
      link.preparing = statement
      break
    }
    case Com.StmtExecute:
    case Com.StmtBulkExecute:
      execute(ex, buf, at, to, whole, link, secret)
      break
    case Com.StmtSendLongData: {
      const r = reader.reset(buf, at, to)
      named(ex, r.u32(), link, secret)
      const param = r.u16()
      ex.amount = Math.max(0, length - 7)
      ex.argument = `parameter ${param}`
      if (ex.statement) addLongData(ex.statement, param, ex.amount)
      break
    }
    case Com.StmtClose: {
      const id = reader.reset(buf, at, to).u32()
      named(ex, id, link, secret)
      link.statements.remove(id)
      break
    }
    case Com.StmtReset:
      named(ex, reader.reset(buf, at, to).u32(), link, secret)
      if (ex.statement) ex.statement.longData = undefined
      break
    case Com.StmtFetch: {
      const r = reader.reset(buf, at, to)
      named(ex, r.u32(), link, secret)
      ex.amount = r.u32()
      break
    }
    case Com.InitDb:
    case Com.CreateDb:
    case Com.DropDb:
    case Com.TableDump:
      ex.argument = bytesText(buf, at, Math.min(to, at + MAX_ARGUMENT))
      break
    case Com.FieldList: {
      const r = reader.reset(buf, at, to)
      ex.argument = r.zeroString(MAX_ARGUMENT)
      break
    }
    case Com.ProcessKill:
      ex.argument = String(reader.reset(buf, at, to).u32())
      break
    case Com.SetOption:
      ex.argument = optionName(reader.reset(buf, at, to).u16())
      break
    case Com.ChangeUser:
      ex.login = readChangeUser(buf, at, to, link.capabilities)
      if (!ex.login) ex.notes.push('the new user could not be read')
      break
    case Com.BinlogDump: {
      const r = reader.reset(buf, at, to)
      const position = r.u32()
      r.skip(2)
      const server = r.u32()
      ex.argument = `${r.rest(MAX_ARGUMENT) || '(first log)'}:${position} to server ${server}`
      break
    }
    case Com.BinlogDumpGtid: {
      const r = reader.reset(buf, at, to)
      r.skip(2)
      const server = r.u32()
      const name = r.take(Math.min(r.u32(), MAX_ARGUMENT))
      const file = name < 0 ? '' : buf.toString('utf8', name, r.at)
      ex.argument = `${file || '(by GTID)'}:${r.u64()} to server ${server}`
      break
    }
    case Com.RegisterSlave:
      registerReplica(ex, reader.reset(buf, at, to))
      break
  }
  if (!whole && ex.sql === undefined && ex.command !== Com.StmtExecute && ex.command !== Com.StmtSendLongData)
    ex.notes.push('the command was not seen whole')
}

/** Latin-1 and its like, where bytes above 0x7f are no UTF-8. */
const LATIN1 = new Set([5, 8, 15, 31, 47, 48, 49, 94])

function readSql(
  ex: Exchange,
  buf: Buffer,
  from: number,
  to: number,
  length: number,
  whole: boolean,
  secret: (text: string) => string,
): void {
  let text = buf.toString('utf8', from, to)
  if (text.includes('\ufffd') && LATIN1.has(ex.charset ?? 0)) text = buf.toString('latin1', from, to)
  // Some clients send the NUL that ended their string.
  ex.sql = text.replace(/\0+$/, '').trim()
  ex.facts = readStatement(ex.sql, 'mysql', secret)
  if (!whole && length > to - from) {
    ex.fullLength = length
    if (!ex.lostRequest) ex.notes.push(`the statement has ${length} bytes, the first ${to - from} are kept`)
  }
}

/** The statement that a number stands for. */
function named(ex: Exchange, id: number, link: Link, secret: (text: string) => string): void {
  ex.statementId = id
  const statement = id === 0xffffffff ? (link.preparing ?? link.statements.last) : link.statements.use(id)
  if (!statement) return
  ex.statement = statement
  if (statement.sql === '') return
  ex.sql = statement.sql
  ex.fullLength = statement.fullLength
  ex.facts = readStatement(statement.sql, 'mysql', secret)
}

function execute(ex: Exchange, buf: Buffer, at: number, to: number, whole: boolean, link: Link, secret: (text: string) => string): void {
  const id = reader.reset(buf, at, to).u32()
  named(ex, id, link, secret)
  if (!ex.statement && id !== 0xffffffff) {
    ex.statement = unknownStatement(id)
    link.statements.add(ex.statement)
  }
  if (ex.sql === undefined) ex.notes.push('unknown prepared statement: its PREPARE was not seen')
  else if (ex.statement && ex.statement.params < 0) {
    // Sent together with its PREPARE (MariaDB): the answer to that tells how many values there are.
    ex.deferred = Buffer.from(buf.subarray(at + 4, Math.min(to, at + 4 + MAX_DEFERRED)))
    ex.deferredWhole = whole && to - at - 4 <= MAX_DEFERRED
    return
  }
  readBody(ex, buf, at + 4, to, whole, link)
}

const readBody = (ex: Exchange, buf: Buffer, at: number, to: number, whole: boolean, link: Link): void =>
  ex.command === Com.StmtBulkExecute ? readBulk(ex, buf, at, to, whole) : readExecute(ex, buf, at, to, whole, link.queryAttributes)

/** The values of an execution that had to wait for the answer to its PREPARE. */
export function readDeferred(ex: Exchange, link: Link): void {
  const body = ex.deferred
  if (!body) return
  ex.deferred = undefined
  readBody(ex, body, 0, body.length, ex.deferredWhole, link)
}

/** COM_REGISTER_SLAVE: who replicates. Its password is nobody's business. */
function registerReplica(ex: Exchange, r: Reader): void {
  const server = r.u32()
  const short = (): string => {
    const length = r.u8()
    const at = r.take(length)
    return at < 0 ? '' : r.buf.toString('utf8', at, at + length)
  }
  const host = short()
  const user = short()
  short()
  const port = r.u16()
  ex.argument = `server ${server}${host ? ` at ${host}:${port}` : ''}${user ? ` as ${user}` : ''}`
}
