/**
 * The bodies and files that the rows of a case name: what HTTP requests and responses carried, and mails with the files in them. Read
 * from the tables themselves, as `case-rows` does, and without any capture.
 */
import type { Database } from 'better-sqlite3'
import { toIso } from '../model/instant.js'
import { quoted, transactionTable } from '../schema/sql.js'
import { edited, protocolsOf } from './case-rows.js'

/**
 * complete   all of it was captured
 * partial    all of it, and it is a range of something larger (206)
 * truncated  its end, or the ends of its packets, are not in the capture
 * lost       bytes of it were lost
 */
export type Wholeness = 'complete' | 'partial' | 'truncated' | 'lost'

export interface Hashes {
  readonly md5?: string | undefined
  readonly sha1?: string | undefined
  readonly sha256?: string | undefined
}

/** One body or file, as the case tells. */
export interface CarriedRow {
  /** Of the transaction. */
  readonly id: number
  readonly tx: string
  readonly flowId: number
  readonly protocol: string
  /** When the transaction began, ISO 8601. */
  readonly ts: string
  /** Which of the transaction's bodies: request, response, message, or the ordinal of a file in the message, from 1. */
  readonly part: string
  readonly sender: 'client' | 'server'
  readonly name: string | undefined
  /** As declared, without parameters. */
  readonly declaredType: string | undefined
  /** Content codings, as the response said. */
  readonly encoding: string | undefined
  /** Bytes as they were transferred; of a file in a message, decoded. Lost ones included. */
  readonly size: number
  readonly hashes: Hashes
  /** The hashes are over the body as transferred, though a coding lies around its content. */
  readonly hashOfEncoded: boolean
  readonly complete: Wholeness
  readonly client: string
  readonly server: string
  readonly captureId: number
  readonly frames: string
}

export interface CarriedChoice {
  /** http, smtp; all of them when absent. */
  readonly protocols?: readonly string[] | undefined
  /** Ids of transactions. */
  readonly transactions?: ReadonlySet<number> | undefined
}

/** The protocols whose rows name bodies or files. */
export const CARRIERS = ['http', 'smtp'] as const

/** Files read from one row: the walker lists a thousand, and a case may have been edited. */
const MAX_FILES_OF_A_ROW = 10_000

type Raw = Record<string, unknown>

const COMMON = ['id', 'tx', 'flow_id', 'ts_ns', 'complete', 'capture_id', 'frames'] as const
const OWN: Readonly<Record<(typeof CARRIERS)[number], readonly string[]>> = {
  http: [
    ...['path', 'url', 'status_code', 'response_filename', 'response_encoding'],
    ...['request_body_bytes', 'request_mime_type', 'request_body_sha256', 'request_body_hash_of', 'request_missing_bytes'],
    ...['response_body_bytes', 'response_mime_type', 'response_body_sha256', 'response_body_hash_of', 'response_missing_bytes'],
  ],
  smtp: ['subject', 'message_bytes', 'message_lost_bytes', 'message_sha256', 'attachments'],
}
const ENDS = ['client_ip', 'client_port', 'server_ip', 'server_port']
const ANY: Readonly<Record<(typeof CARRIERS)[number], string>> = {
  http: '(t.request_body_bytes > 0 OR t.response_body_bytes > 0)',
  smtp: 't.message_bytes IS NOT NULL',
}

/** In the order of the transactions, and in each as it was sent. Throws UserError for rows that no analysis wrote. */
export function* carriedRows(db: Database, choice: CarriedChoice = {}): Generator<CarriedRow> {
  const there = new Set(protocolsOf(db))
  const wanted = CARRIERS.filter((name) => there.has(name) && (choice.protocols?.includes(name) ?? true))
  const lists = wanted.map((protocol) => ({ protocol, rows: rawRows(db, protocol, choice.transactions) }))
  const heads = lists.map((list) => ({ ...list, next: list.rows.next() }))
  for (;;) {
    // The lists are each in the order of ids: the smallest head is next.
    let first: (typeof heads)[number] | undefined
    for (const head of heads) if (!head.next.done && (!first || idOf(head.next.value) < idOf(first.next.value as Raw))) first = head
    if (!first) return
    const row = first.next.value as Raw
    first.next = first.rows.next()
    yield* first.protocol === 'http' ? httpBodies(row) : mailFiles(row)
  }
}

const idOf = (row: Raw): bigint => (typeof row.id === 'bigint' ? row.id : -1n)

function* rawRows(db: Database, protocol: (typeof CARRIERS)[number], ids: ReadonlySet<number> | undefined): Generator<Raw> {
  const table = transactionTable(protocol)
  const has = new Set(db.prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[])
  // An older case lacks columns: what they would say is not known.
  const columns = [...COMMON, ...OWN[protocol]].map((name) => (has.has(name) ? `t.${quoted(name)}` : `NULL AS ${quoted(name)}`))
  const ends = ENDS.map((name) => `f.${name}`)
  const select = `SELECT ${[...columns, ...ends].join(', ')} FROM main.${quoted(table)} t LEFT JOIN main.flow f ON f.id = t.flow_id`
  const which = ids ? ' AND t.id IN (SELECT value FROM json_each(?))' : ''
  const statement = db.prepare(`${select} WHERE ${ANY[protocol]}${which} ORDER BY t.id`).safeIntegers()
  yield* statement.iterate(...(ids ? [JSON.stringify([...ids])] : [])) as Iterable<Raw>
}

function* httpBodies(row: Raw): Generator<CarriedRow> {
  const address = lastSegment(text(row.path) ?? text(row.url))
  for (const side of ['request', 'response'] as const) {
    const size = whole(row[`${side}_body_bytes`]) ?? 0
    if (size === 0) continue
    const sha256 = text(row[`${side}_body_sha256`])
    const missing = (whole(row[`${side}_missing_bytes`]) ?? 0) > 0
    yield {
      ...common(row, 'http'),
      part: side,
      sender: side === 'request' ? 'client' : 'server',
      name: (side === 'response' ? text(row.response_filename) : undefined) ?? address,
      declaredType: text(row[`${side}_mime_type`]),
      encoding: side === 'response' ? text(row.response_encoding) : undefined,
      size,
      hashes: { sha256 },
      hashOfEncoded: text(row[`${side}_body_hash_of`]) === 'encoded',
      complete: wholeness(sha256 !== undefined, missing && row.complete === 'lost', side === 'response' && row.status_code === 206n),
    }
  }
}

function* mailFiles(row: Raw): Generator<CarriedRow> {
  const sha256 = text(row.message_sha256)
  const lost = (whole(row.message_lost_bytes) ?? 0) > 0
  const all = { ...common(row, 'smtp'), sender: 'client' as const, encoding: undefined, hashOfEncoded: false }
  yield {
    ...all,
    part: 'message',
    name: `${text(row.subject) || 'message'}.eml`,
    declaredType: 'message/rfc822',
    size: whole(row.message_bytes) ?? 0,
    hashes: { sha256 },
    complete: wholeness(sha256 !== undefined, lost, false),
  }
  let part = 0
  for (const { file, incomplete } of attachments(row)) {
    yield {
      ...all,
      part: String(++part),
      name: typeof file.name === 'string' ? file.name : undefined,
      declaredType: typeof file.mime_type === 'string' ? file.mime_type : undefined,
      size: Number.isSafeInteger(file.size) ? (file.size as number) : 0,
      hashes: { md5: digest(file.hash?.md5, 32), sha256: digest(file.hash?.sha256, 64) },
      complete: wholeness(incomplete !== true, lost, false),
    }
  }
}

interface Attachment {
  readonly file: { readonly [key: string]: unknown; readonly hash?: { readonly md5?: unknown; readonly sha256?: unknown } }
  readonly incomplete?: unknown
}

function attachments(row: Raw): Attachment[] {
  if (row.attachments === null) return []
  let list: unknown
  try {
    list = JSON.parse(String(row.attachments))
  } catch {
    list = undefined
  }
  const isFile = (one: unknown): one is Attachment =>
    typeof (one as Attachment | null)?.file === 'object' && (one as Attachment).file !== null
  if (!Array.isArray(list) || list.length > MAX_FILES_OF_A_ROW || !list.every(isFile))
    throw edited(`transaction ${String(row.id)}`, 'its files')
  return list
}

function common(row: Raw, protocol: string) {
  const id = whole(row.id)
  const flowId = whole(row.flow_id)
  const captureId = whole(row.capture_id)
  if (id === undefined || flowId === undefined || captureId === undefined || typeof row.tx !== 'string' || typeof row.ts_ns !== 'bigint')
    throw edited(`transaction ${String(row.id)}`, 'its packets')
  return {
    id,
    tx: row.tx,
    flowId,
    protocol,
    ts: isoOf(row.ts_ns),
    client: end(row.client_ip, row.client_port),
    server: end(row.server_ip, row.server_port),
    captureId,
    frames: String(row.frames),
  }
}

function wholeness(all: boolean, lost: boolean, range: boolean): Wholeness {
  if (!all) return lost ? 'lost' : 'truncated'
  return range ? 'partial' : 'complete'
}

/** The last segment of a path, percent-decoded; undefined where there is none. */
function lastSegment(path: string | undefined): string | undefined {
  const plain = path?.split(/[?#]/, 1)[0] ?? ''
  const segment = plain.slice(plain.lastIndexOf('/') + 1)
  if (segment === '') return undefined
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

const text = (value: unknown): string | undefined => (typeof value === 'string' && value !== '' ? value : undefined)
const whole = (value: unknown): number | undefined =>
  typeof value === 'bigint' && value >= 0n && value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : undefined
const digest = (value: unknown, digits: number): string | undefined =>
  typeof value === 'string' && value.length === digits && /^[0-9a-f]+$/.test(value) ? value : undefined

function end(ip: unknown, port: unknown): string {
  const address = String(ip ?? '')
  return address.includes(':') ? `[${address}]:${String(port)}` : `${address}:${String(port)}`
}

const SECOND = 1_000_000_000n
/** Seconds that a calendar of JavaScript has. */
const MAX_SECONDS = 8_640_000_000_000n

/** Of a time that no calendar has, the number itself. */
const isoOf = (ns: bigint): string =>
  ns < 0n || ns / SECOND > MAX_SECONDS ? String(ns) : toIso({ sec: Number(ns / SECOND), nsec: Number(ns % SECOND) })
