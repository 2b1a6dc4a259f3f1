/** The bodies of requests, native protocol §4.1, as far as they are there: what is cut off is absent and `cut` is set. */
import { Cursor } from '../../bytes/cursor.js'
import type { Header } from './header.js'
import { hexOf } from './metadata.js'
import { batchTypeName, consistencyName, Flag, hasIntFlags, hasKeyspaceFlag, Op } from './names.js'
import { readBytes, readBytesMap, readLongString, readShortBytes, readString, readStringList, readStringMap } from './notation.js'

/** Values bound to one statement: their bytes, borrowed until the request was dealt with. */
export interface Bound {
  readonly count: number
  readonly values: readonly (Buffer | 'unset' | undefined)[]
  /** Given by the client with the values. */
  readonly names: readonly string[] | undefined
}

export interface BatchPart {
  /** Text, or the id of a prepared statement in hex. */
  readonly query: string | undefined
  readonly id: string | undefined
  readonly bound: Bound
}

export interface RequestBody {
  /** Not all of it could be read. */
  cut: boolean
  query?: string
  /** Hex. */
  statementId?: string
  bound?: Bound
  consistency?: string
  serialConsistency?: string
  pageSize?: number
  /** Hex. */
  pagingState?: string
  /** Microseconds since 1970. */
  timestamp?: bigint
  keyspace?: string
  nowInSeconds?: number
  batchType?: string
  /** Statements that the batch says it has; `batch` holds those that were read. */
  batchCount?: number
  batch?: BatchPart[]
  startup?: [string, string][]
  events?: string[]
  credentials?: [string, string][]
  token?: Buffer | undefined
  payload?: [string, Buffer | undefined][]
}

/** Values of one statement, and statements of one batch, that are read; the server's own limits are 65535. */
const MAX_VALUES = 1024
const MAX_BATCH = 256

const cursor = new Cursor()

export function readRequest(h: Header, body: Buffer): RequestBody {
  const cur = cursor.reset(body, 0, body.length)
  const out: RequestBody = { cut: false }
  if ((h.flags & Flag.CUSTOM_PAYLOAD) !== 0) out.payload = readBytesMap(cur)
  switch (h.op) {
    case Op.STARTUP:
      out.startup = readStringMap(cur)
      break
    case Op.CREDENTIALS:
      out.credentials = readStringMap(cur)
      break
    case Op.AUTH_RESPONSE: {
      const token = readBytes(cur)
      if (token !== 'unset') out.token = token
      break
    }
    case Op.REGISTER:
      out.events = readStringList(cur)
      break
    case Op.QUERY:
      out.query = text(cur)
      if (h.version === 1) out.consistency = consistencyName(cur.u16())
      else parameters(cur, h.version, out)
      break
    case Op.PREPARE:
      out.query = text(cur)
      if (hasKeyspaceFlag(h.version) && (cur.u32() & 0x01) !== 0) out.keyspace = readString(cur)
      break
    case Op.EXECUTE:
      out.statementId = hexOf(readShortBytes(cur))
      if (hasKeyspaceFlag(h.version)) readShortBytes(cur)
      if (h.version === 1) {
        out.bound = values(cur, false)
        out.consistency = consistencyName(cur.u16())
      } else parameters(cur, h.version, out)
      break
    case Op.BATCH:
      batch(cur, h.version, out)
      break
  }
  out.cut = cur.short
  return out
}

/** A long string: what there is of it when it was cut. */
function text(cur: Cursor): string {
  const at = cur.pos
  const query = readLongString(cur)
  if (!cur.short || cur.end - at <= 4) return query
  return cur.buf.toString('utf8', at + 4, cur.end)
}

/** <query_parameters>, §4.1.4. */
function parameters(cur: Cursor, version: number, out: RequestBody): void {
  const consistency = cur.u16()
  const flags = hasIntFlags(version) ? cur.u32() : cur.u8()
  if (cur.short) return
  out.consistency = consistencyName(consistency)
  if ((flags & 0x01) !== 0) out.bound = values(cur, (flags & 0x40) !== 0)
  if ((flags & 0x04) !== 0) {
    const size = cur.u32()
    if (!cur.short) out.pageSize = size | 0
  }
  if ((flags & 0x08) !== 0) {
    const state = readBytes(cur)
    if (state instanceof Buffer && !cur.short) out.pagingState = hexOf(state)
  }
  trailing(cur, version, flags, out)
}

/** What QUERY, EXECUTE and BATCH have in common behind the values. */
function trailing(cur: Cursor, version: number, flags: number, out: RequestBody): void {
  if ((flags & 0x10) !== 0) {
    const serial = cur.u16()
    if (!cur.short) out.serialConsistency = consistencyName(serial)
  }
  if ((flags & 0x20) !== 0) {
    const timestamp = BigInt.asIntN(64, cur.u64())
    if (!cur.short) out.timestamp = timestamp
  }
  if (!hasKeyspaceFlag(version)) return
  if ((flags & 0x80) !== 0) {
    const keyspace = readString(cur)
    if (!cur.short) out.keyspace = keyspace
  }
  if (version < 0x40 && (flags & 0x100) !== 0) {
    const now = cur.u32()
    if (!cur.short) out.nowInSeconds = now | 0
  }
}

function values(cur: Cursor, named: boolean): Bound {
  const count = cur.u16()
  const list: (Buffer | 'unset' | undefined)[] = []
  const names: string[] = []
  for (let i = 0; i < count && !cur.short; i++) {
    const name = named ? readString(cur) : undefined
    const value = readBytes(cur)
    if (cur.short || list.length >= MAX_VALUES) continue
    list.push(value)
    if (name !== undefined) names.push(name)
  }
  return { count, values: list, names: named ? names : undefined }
}

/** §4.1.7. v2 has no flags; names were never possible, so their flag is not looked at before v5. */
function batch(cur: Cursor, version: number, out: RequestBody): void {
  out.batchType = batchTypeName(cur.u8())
  const count = cur.u16()
  out.batchCount = count
  const parts: BatchPart[] = []
  out.batch = parts
  for (let i = 0; i < count && !cur.short; i++) {
    const prepared = cur.u8() === 1
    const query = prepared ? undefined : readLongString(cur)
    const id = prepared ? hexOf(readShortBytes(cur)) : undefined
    const bound = values(cur, false)
    if (parts.length < MAX_BATCH && !(cur.short && (query ?? id) === '')) parts.push({ query, id, bound })
  }
  const consistency = cur.u16()
  if (cur.short) return
  out.consistency = consistencyName(consistency)
  if (version <= 2) return
  const flags = hasIntFlags(version) ? cur.u32() : cur.u8()
  if (!cur.short) trailing(cur, version, flags, out)
}
