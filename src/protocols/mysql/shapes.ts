/** Could a packet begin here, and which? For detection, and for finding the way back after a loss. Looks, never moves. */
import { isColumn } from './columns.js'
import { Cap, Com, isCommand } from './names.js'

/** sure = hardly anything else; weak = it fits; more = too short to say. */
export type Shape = 'sure' | 'weak' | 'no' | 'more'

const HEADER = 4
/** Characters of a statement that are looked at. */
const LOOK = 64
const VERBS =
  /^(?:select|insert|update|delete|replace|set|show|create|drop|alter|use|begin|start|commit|rollback|call|explain|desc|describe|truncate|grant|revoke|load|lock|unlock|with|do|flush|kill|analyze|optimize|check|repair|rename|prepare|execute|deallocate|handler|savepoint|release|stop|change|reset|purge|install|uninstall|xa|values|table|help|shutdown|binlog|import|clone|restart|checksum|cache|get|signal|resignal|open|fetch|close|end)(?![a-z0-9_])/i
const VERB_BEGINS = /^[a-z]{1,11}$/i

/** A command as a client sends it. */
export function commandShape(buf: Buffer, at: number, end: number): Shape {
  const left = end - at
  if (left < HEADER + 1) return left >= HEADER && (buf[at + 3] !== 0 || buf.readUIntLE(at, 3) === 0) ? 'no' : 'more'
  const length = buf.readUIntLE(at, 3)
  const command = buf[at + HEADER]!
  if (buf[at + 3] !== 0 || length === 0 || !isCommand(command)) return 'no'
  const from = at + HEADER + 1
  const there = Math.min(end, from + length - 1)
  switch (command) {
    case Com.Quit:
    case Com.Statistics:
    case Com.ProcessInfo:
    case Com.Debug:
    case Com.Ping:
    case Com.ResetConnection:
      return length === 1 ? alone(buf, from, end) : 'no'
    case Com.Query:
    case Com.StmtPrepare:
      return length < 3 ? 'no' : statementShape(buf, from, there, command === Com.Query)
    case Com.InitDb:
    case Com.CreateDb:
    case Com.DropDb:
      return length < 260 && isPrintable(buf, from, there) ? 'weak' : 'no'
    case Com.FieldList:
      return length < 600 && length > 1 ? 'weak' : 'no'
    case Com.Refresh:
    case Com.Shutdown:
      return length <= 2 ? 'weak' : 'no'
    case Com.ProcessKill:
    case Com.StmtClose:
    case Com.StmtReset:
      return length === 5 ? 'weak' : 'no'
    case Com.SetOption:
      return length === 3 && (there < from + 2 || buf.readUInt16LE(from) <= 1) ? 'weak' : 'no'
    case Com.StmtFetch:
      return length === 9 ? 'weak' : 'no'
    case Com.StmtExecute:
      if (length < 10) return 'no'
      if (there < from + 9) return 'more'
      return buf.readUInt32LE(from + 5) === 1 && (buf[from + 4]! & 0xf0) === 0 ? 'sure' : 'no'
    case Com.StmtBulkExecute:
      if (length < 7) return 'no'
      if (there < from + 6) return 'more'
      return (buf.readUInt16LE(from + 4) & ~0xc0) === 0 ? 'weak' : 'no'
    case Com.StmtSendLongData:
      return length >= 7 ? 'weak' : 'no'
    case Com.ChangeUser:
      return length > 3 && length < 70_000 && buf.indexOf(0, from) >= from && (from >= there || buf[from]! >= 0x20) ? 'weak' : 'no'
    case Com.BinlogDump:
    case Com.BinlogDumpGtid:
    case Com.RegisterSlave:
    case Com.TableDump:
      return length >= 10 && length < 65_536 ? 'weak' : 'no'
    default:
      return 'no'
  }
}

/** One byte is little: what follows must be a command as well. */
const alone = (buf: Buffer, next: number, end: number): Shape =>
  next === end ? 'weak' : end - next >= HEADER && buf[next + 3] === 0 && buf[next + 2] === 0 ? 'weak' : end - next < HEADER ? 'more' : 'no'

function statementShape(buf: Buffer, from: number, there: number, attributes: boolean): Shape {
  let at = from
  if (there - at < 2) return 'more'
  // Query attributes come first: their number, and one set of them. No statement begins so.
  if (attributes && buf[at + 1] === 1 && buf[at]! < 0xfb) {
    if (buf[at] !== 0) return 'weak'
    at += 2
  }
  const stop = Math.min(there, at + LOOK)
  if (!isPrintable(buf, at, stop)) return 'no'
  const text = buf.toString('latin1', at, stop).trimStart()
  if (text === '') return 'more'
  if (VERBS.test(text)) return 'sure'
  if (/^(?:\/\*|--|#|\(|\{)/.test(text)) return 'weak'
  return VERB_BEGINS.test(text) && text.length < 12 && stop - at < LOOK ? 'weak' : /^[a-z]/i.test(text) ? 'weak' : 'no'
}

/** No control characters but white space. Anything above 0x7f may be text in some character set. */
export function isPrintable(buf: Buffer, from: number, to: number): boolean {
  for (let i = from; i < to; i++) {
    const c = buf[i]!
    if (c < 0x20 && c !== 0x0a && c !== 0x0d && c !== 0x09) return false
  }
  return true
}

/** The client's answer to a greeting: a HandshakeResponse41, or the SSLRequest that is its head. */
export function loginShape(buf: Buffer, at: number, end: number): Shape {
  const left = end - at
  if (left < HEADER) return 'more'
  const length = buf.readUIntLE(at, 3)
  if (buf[at + 3] !== 1 || length > 65_535) return 'no'
  if (left < HEADER + 32) return length < 32 ? 'no' : 'more'
  if (length < 32) return 'no'
  const from = at + HEADER
  const capabilities = buf.readUInt32LE(from)
  if ((capabilities & Cap.Protocol41) === 0) return 'no'
  for (let i = from + 9; i < from + 28; i++) if (buf[i] !== 0) return 'no'
  if ((capabilities & Cap.Mysql) !== 0 && buf.readUInt32LE(from + 28) !== 0) return 'no'
  return 'sure'
}

/** The first packet of an answer to a command. */
export function responseShape(buf: Buffer, at: number, end: number): Shape {
  const left = end - at
  if (left < HEADER + 1) return left >= HEADER && buf[at + 3] !== 1 ? 'no' : 'more'
  const length = buf.readUIntLE(at, 3)
  if (buf[at + 3] !== 1 || length === 0) return 'no'
  const from = at + HEADER
  const next = from + length
  const first = buf[from]!
  if (first === 0) return okShape(buf, from, next, end)
  if (first === 0xff) return errorShape(buf, from, next, end)
  if (first === 0xfb) return length < 1024 && isPrintable(buf, from + 1, Math.min(end, next)) ? 'weak' : 'no'
  if (first === 0xfe) return length === 5 || (length >= 7 && length < 600) ? 'weak' : 'no'
  if (first === 3 && length > 20) return isColumn(buf, from, Math.min(end, next)) ? 'sure' : left < 30 ? 'more' : 'no'
  if (length <= 10) {
    // A column count, and the first column.
    if (end < next + HEADER + 4) return end < next + HEADER || buf[next + 3] === 2 ? 'more' : 'no'
    if (buf[next + 3] !== 2) return 'no'
    return buf[next + 4] === 3 && buf[next + 5] === 0x64 && buf[next + 6] === 0x65 ? 'sure' : 'no'
  }
  return buf.toString('latin1', from, Math.min(end, from + 7)) === 'Uptime:' ? 'weak' : 'no'
}

function okShape(buf: Buffer, from: number, next: number, end: number): Shape {
  const length = next - from
  if (length < 7 || length > 65_535) return 'no'
  if (end < next) return end - from < 7 ? 'more' : 'weak'
  if (end > next && (end < next + HEADER ? false : buf[next + 3] !== 2 && buf[next + 3] !== 1)) return 'no'
  // Prepared: the filler is zero. Else two integers, status, warnings.
  if (length === 12 && buf[from + 9] === 0 && end > next && buf[next + 3] === 2) return 'sure'
  const affected = lenencSize(buf[from + 1]!)
  const insert = affected > 0 ? lenencSize(buf[from + 1 + affected]!) : 0
  if (affected === 0 || insert === 0 || 1 + affected + insert + 4 > length) return 'no'
  return 'weak'
}

function errorShape(buf: Buffer, from: number, next: number, end: number): Shape {
  const length = next - from
  if (length < 4 || length > 4096) return 'no'
  if (end < from + 9) return 'more'
  const code = buf.readUInt16LE(from + 1)
  if (code === 0xffff) return 'weak'
  if (code < 1000 || code > 20_000) return 'no'
  if (!isPrintable(buf, from + 3, Math.min(end, next))) return 'no'
  return buf[from + 3] === 0x23 && /^[0-9A-Z]{5}$/.test(buf.toString('latin1', from + 4, from + 9)) ? 'sure' : 'weak'
}

const lenencSize = (first: number): number => (first < 0xfb ? 1 : first === 0xfc ? 3 : first === 0xfd ? 4 : first === 0xfe ? 9 : 0)
