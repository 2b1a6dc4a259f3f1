/** The bodies of responses, native protocol §4.2 and §9. */
import { Cursor } from '../../bytes/cursor.js'
import type { Header } from './header.js'
import { hexOf, type Metadata, readMetadata } from './metadata.js'
import { consistencyName, errorName, Flag, hasKeyspaceFlag, Op } from './names.js'
import {
  readAddress,
  readBytes,
  readBytesMap,
  readInt,
  readShortBytes,
  readString,
  readStringList,
  readStringMultimap,
  readUuid,
} from './notation.js'

export interface SchemaChange {
  change: string
  target: string
  keyspace: string
  table?: string
  object?: string
  name?: string
  args?: string[]
}

export interface ResponseBody {
  cut: boolean
  traceId?: string
  warnings?: string[]
  payload?: [string, Buffer | undefined][]
  /** void, rows, set_keyspace, prepared, schemaChanged. */
  result?: string
  metadata?: Metadata
  rows?: number
  /** Where the rows themselves begin in the body. */
  rowsAt?: number
  keyspace?: string
  schemaChange?: SchemaChange
  preparedId?: string
  parameters?: Metadata
  results?: Metadata
  supported?: Record<string, string[]>
  authenticator?: string
  event?: { type: string; change?: string; host?: string; port?: number; schemaChange?: SchemaChange }
  error?: { code: number; message: string; details: Record<string, unknown> | undefined }
}

const cursor = new Cursor()

export function readResponse(h: Header, body: Buffer): ResponseBody {
  const cur = cursor.reset(body, 0, body.length)
  const out: ResponseBody = { cut: false }
  if ((h.flags & Flag.TRACING) !== 0) {
    const id = readUuid(cur)
    if (!cur.short) out.traceId = id
  }
  if ((h.flags & Flag.WARNING) !== 0) out.warnings = readStringList(cur)
  if ((h.flags & Flag.CUSTOM_PAYLOAD) !== 0) out.payload = readBytesMap(cur)
  switch (h.op) {
    case Op.ERROR:
      readError(cur, h.version, out)
      break
    case Op.AUTHENTICATE: {
      const name = readString(cur)
      if (!cur.short) out.authenticator = name
      break
    }
    case Op.SUPPORTED:
      out.supported = readStringMultimap(cur)
      break
    case Op.EVENT:
      readEvent(cur, h.version, out)
      break
    case Op.RESULT:
      readResult(cur, h.version, out)
      break
  }
  out.cut = cur.short
  return out
}

function readResult(cur: Cursor, version: number, out: ResponseBody): void {
  const kind = readInt(cur)
  if (cur.short) return
  switch (kind) {
    case 1:
      out.result = 'void'
      break
    case 2: {
      out.result = 'rows'
      const metadata = readMetadata(cur, version, false)
      const rows = readInt(cur)
      out.metadata = metadata
      if (cur.short) break
      out.rows = rows
      out.rowsAt = cur.pos
      break
    }
    case 3: {
      out.result = 'set_keyspace'
      const keyspace = readString(cur)
      if (!cur.short) out.keyspace = keyspace
      break
    }
    case 4: {
      out.result = 'prepared'
      const id = hexOf(readShortBytes(cur))
      if (cur.short) break
      out.preparedId = id
      if (hasKeyspaceFlag(version)) readShortBytes(cur)
      const parameters = readMetadata(cur, version, true)
      if (cur.short) break
      out.parameters = parameters
      if (version < 2) break
      const results = readMetadata(cur, version, false)
      if (!cur.short) out.results = results
      break
    }
    case 5: {
      out.result = 'schemaChanged'
      const change = readSchemaChange(cur, version)
      if (!cur.short) out.schemaChange = change
      break
    }
    default:
      out.result = `unknown_${kind}`
  }
}

/** §4.2.5.5; v1 and v2 tell keyspace and table only. */
function readSchemaChange(cur: Cursor, version: number): SchemaChange {
  const change = readString(cur)
  if (version <= 2) {
    const keyspace = readString(cur)
    const table = readString(cur)
    return table === '' ? { change, target: 'KEYSPACE', keyspace } : { change, target: 'TABLE', keyspace, table, object: table }
  }
  const target = readString(cur)
  const out: SchemaChange = { change, target, keyspace: readString(cur) }
  if (target === 'TABLE' || target === 'TYPE') {
    out.object = readString(cur)
    if (target === 'TABLE') out.table = out.object
  } else if (target === 'FUNCTION' || target === 'AGGREGATE') {
    out.name = readString(cur)
    out.args = readStringList(cur)
  }
  return out
}

function readEvent(cur: Cursor, version: number, out: ResponseBody): void {
  const type = readString(cur)
  if (cur.short) return
  out.event = { type }
  if (type === 'SCHEMA_CHANGE') {
    const change = readSchemaChange(cur, version)
    if (!cur.short) out.event.schemaChange = change
  } else if (type === 'TOPOLOGY_CHANGE' || type === 'STATUS_CHANGE') {
    const change = readString(cur)
    const host = readAddress(cur)
    const port = readInt(cur)
    if (cur.short) return
    out.event.change = change
    if (host !== '') out.event.host = host
    out.event.port = port
  }
}

/** Failed replicas that are listed. */
const MAX_REASONS = 64

function readError(cur: Cursor, version: number, out: ResponseBody): void {
  const code = readInt(cur)
  const message = readString(cur)
  if (cur.short) {
    // The message was cut: what there is of it.
    if (cur.end - cur.pos > 2) out.error = { code, message: cur.buf.toString('utf8', cur.pos, cur.end), details: undefined }
    return
  }
  const details: Record<string, unknown> = {}
  readDetails(cur, version, code, details)
  out.error = { code, message, details: cur.short || Object.keys(details).length === 0 ? undefined : details }
}

/** What each error says besides its message, §9. The names are Packetbeat's. */
function readDetails(cur: Cursor, version: number, code: number, d: Record<string, unknown>): void {
  const answered = (): void => {
    d.read_consistency = consistencyName(cur.u16())
    d.received = readInt(cur)
    d.blockfor = readInt(cur)
  }
  switch (errorName(code)) {
    case 'errUnavailable':
      d.read_consistency = consistencyName(cur.u16())
      d.required = readInt(cur)
      d.alive = readInt(cur)
      break
    case 'errWriteTimeout':
      answered()
      d.write_type = readString(cur)
      if (version >= 5 && d.write_type === 'CAS' && cur.left >= 2) d.contentions = cur.u16()
      break
    case 'errReadTimeout':
      answered()
      d.data_present = cur.u8() !== 0
      break
    case 'errReadFailure':
      answered()
      failures(cur, version, d)
      d.data_present = cur.u8() !== 0
      break
    case 'errWriteFailure':
      answered()
      failures(cur, version, d)
      d.write_type = readString(cur)
      break
    case 'errCASWriteUnknown':
      answered()
      break
    case 'errFunctionFailure':
      d.keyspace = readString(cur)
      d.function = readString(cur)
      d.arg_types = readStringList(cur)
      break
    case 'errAlreadyExists':
      d.keyspace = readString(cur)
      d.table = readString(cur)
      break
    case 'errUnprepared':
      d.stmt_id = hexOf(readShortBytes(cur))
      break
  }
}

/** How many replicas failed; since v5 (and in DSE) also which and why. */
function failures(cur: Cursor, version: number, d: Record<string, unknown>): void {
  const count = readInt(cur)
  d.num_failures = count
  if (version < 5) return
  const reasons: Record<string, number> = {}
  for (let i = 0; i < count && !cur.short; i++) {
    const host = readAddress(cur)
    const reason = cur.u16()
    if (i < MAX_REASONS && !cur.short) reasons[host] = reason
  }
  if (Object.keys(reasons).length > 0) d.failure_reasons = reasons
}

/** A value of a row: [bytes]. */
export function readCell(cur: Cursor): Buffer | undefined {
  const value = readBytes(cur)
  return value === 'unset' ? undefined : value
}
