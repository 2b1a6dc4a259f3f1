/** One exchange as a transaction. */
import type { Side } from '../../model/side.js'
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Session } from '../protocol.js'
import { Program, procedureName, programName } from '../shared/oncrpc/programs.js'
import type { Args, CallBody, Op, ReplyBody, Result } from './bodies.js'
import { crc32OfHex } from './crc32.js'
import type { Facts, NfsRow } from './fields.js'
import type { Files, Tree } from './files.js'
import { mountStatusName, statusName } from './names.js'
import { notes } from './notes.js'
import { followCompound, joined } from './places.js'
import { mainOp } from './v4/op-names.js'

export interface Exchange {
  /** The side that called. */
  readonly asker: Side
  readonly call: CallBody | undefined
  readonly reply: ReplyBody | undefined
  readonly request: Trace | undefined
  readonly response: Trace | undefined
  readonly requestBytes: number
  readonly responseBytes: number
  readonly complete: Completeness
  readonly retransmissions: number
  readonly fragments: number
  readonly notes: string[]
}

/** Values of the main operation that have a column of their own. */
const FROM_MAIN = [
  ...['offset', 'count', 'moved', 'eof', 'stable', 'committed', 'access_asked', 'access_granted', 'create_mode', 'set_attributes'],
  ...['entries', 'entry_names', 'open_access', 'open_deny', 'claim', 'delegation', 'owner', 'lock_type', 'stateid', 'client_id'],
  ...['target_path', 'auth_flavors'],
] as const
const FROM_OPEN = ['open_access', 'open_deny', 'create_mode', 'claim', 'delegation', 'owner', 'client_id'] as const
const FROM_SEQUENCE = ['session_id', 'slot', 'sequence'] as const

export class RowMaker {
  private readonly files: Files
  private handles: Tree | undefined

  constructor(private readonly session: Session<NfsRow, { send_request?: boolean; send_response?: boolean }, Files>) {
    this.files = session.shared
  }

  transaction(e: Exchange): Transaction<NfsRow> {
    const { call, reply } = e
    const row = emptyRow()
    const remarks = e.notes
    head(row, e)
    let error = failure(row, reply)
    if (call !== undefined) {
      this.body(row, call, reply?.result, remarks)
      const { status } = reply?.result ?? {}
      if (status !== undefined && status !== 0 && error === undefined) error = row.nfs_status
      if (call.args.sealed) remarks.push(notes.sealed)
      if (call.header.rpcVersion !== 2) remarks.push(notes.version)
    }
    if (e.asker === 'server') {
      remarks.push(notes.calledBack)
      row.callback = true
    } else if (row.program === 'nfs_cb') row.callback = true
    if (e.retransmissions > 0) remarks.push(notes.repeats(e.retransmissions))
    const resource = row.path ?? row.name ?? (row.handle_hash === undefined ? undefined : `handle ${row.handle_hash}`)
    const query = [row.opcode, resource, row.rename_to === undefined ? undefined : `to ${row.target_path ?? row.rename_to}`, rangeText(row)]
    const { send_request, send_response } = this.session.options
    return {
      request: e.request,
      response: e.response,
      complete: e.complete,
      status: reply === undefined ? 'NO_REPLY' : error === undefined && call !== undefined ? 'OK' : 'Error',
      user: row.uid === undefined ? undefined : String(row.uid),
      method: row.opcode,
      resource,
      query: query.filter((part) => part !== undefined).join(' '),
      error,
      rows: reply?.result.rows ?? row.entries,
      request_bytes: e.requestBytes,
      response_bytes: e.responseBytes,
      notes: remarks.length === 0 ? undefined : remarks,
      session_event: row.program !== 'nfs' ? true : undefined,
      request_text: send_request === true && call !== undefined ? textOf(call.args.ops, call.args.row) : undefined,
      response_text: send_response === true && reply !== undefined ? textOf(reply.result.ops, reply.result.row) : undefined,
      row,
    }
  }

  private body(row: NfsRow, call: CallBody, result: Result | undefined, remarks: string[]): void {
    const { args, header } = call
    const { program, version, procedure } = header
    row.program = programName(program)
    row.program_version = version
    row.opcode = procedureName(program, version, procedure)
    row.network_protocol = `${row.program}v${version}`
    if (program === Program.nfs) row.version = version
    Object.assign(row, args.row)
    if (result !== undefined) {
      Object.assign(row, result.row)
      if (result.status !== undefined)
        row.nfs_status = program === Program.mount ? mountStatusName(result.status, version) : statusName(result.status, version)
    }
    const tree = this.tree
    if (args.ops !== undefined) this.compound(row, args, args.ops, result, tree, remarks)
    else this.single(row, program, args, result, tree)
    row.offset = inRange(row.offset)
    row.count = inRange(row.count)
    row.file_size = inRange(row.file_size)
    row.event_action = `${row.program}.${row.opcode}`
    if (row.handle !== undefined) row.handle_hash = crc32OfHex(row.handle)
  }

  /** NFSv2 and v3, MOUNT: one object, or a name in a directory. */
  private single(row: NfsRow, program: number, args: Args, result: Result | undefined, tree: Tree): void {
    const { files } = this
    const { handle, name, toHandle, toName } = args
    const ok = result?.status === 0
    row.handle = handle
    row.result_handle = result?.handle
    if (args.path !== undefined) {
      row.path = args.path
      if (program === Program.mount && ok && result.handle) files.mounted(tree, result.handle, args.path)
      return
    }
    if (handle === undefined) return
    const node = files.find(tree, handle)
    if (toName !== undefined && toHandle !== undefined) {
      const path = node && files.path(node)
      row.name = name ?? (node?.rooted ? undefined : node?.name)
      row.path = name === undefined ? path : joined(files, node, name)
      row.rename_from = row.name
      row.rename_to = toName
      row.target_path = joined(files, files.find(tree, toHandle), toName)
      if (ok && name !== undefined) files.renamed(files.at(tree, handle), name, files.at(tree, toHandle), toName)
      return
    }
    if (name === undefined) {
      row.path = node && files.path(node)
      row.name = node?.rooted ? undefined : node?.name
      if (ok && result.learned !== undefined) {
        const directory = files.at(tree, handle)
        for (const entry of result.learned) files.child(directory, entry.name, entry.handle)
      }
      return
    }
    row.name = name
    row.path = name === '.' ? node && files.path(node) : joined(files, node, name)
    if (!ok) return
    if (result.handle !== undefined && result.handle !== '') files.child(files.at(tree, handle), name, result.handle)
    else if (row.opcode === 'REMOVE' || row.opcode === 'RMDIR') files.removed(files.at(tree, handle), name)
  }

  private compound(row: NfsRow, args: Args, ops: readonly Op[], result: Result | undefined, tree: Tree, remarks: string[]): void {
    const callback = row.program !== 'nfs'
    const results = result?.ops
    const main = mainOp(ops, callback)
    row.operations = merged(ops, results)
    if (main < 0) return
    const op = ops[main]!
    row.opcode = op.op
    if (op.values.number !== undefined) remarks.push(notes.illegal(op.values.number))
    else if (ops.length < args.opCount && Number(row.minor_version) > 2) remarks.push(notes.minor(row.minor_version))
    const answer = results?.[main]
    const facts = row as Record<string, unknown>
    const values: Record<string, unknown> = { ...op.values, ...answer?.values }
    for (const key of FROM_MAIN) if (values[key] !== undefined) facts[key] = values[key]
    if (op.op !== 'OPEN') {
      // Some clients check access and open in one COMPOUND: what was opened how must not hide behind the main operation.
      const open = ops.findIndex((one) => one.op === 'OPEN')
      const opened: Record<string, unknown> = open < 0 ? {} : { ...ops[open]!.values, ...results?.[open]?.values }
      for (const key of FROM_OPEN) if (opened[key] !== undefined) facts[key] ??= opened[key]
    }
    if (typeof row.moved === 'bigint') row.moved = Number(row.moved)
    const sequence = callback ? ops.find((one) => one.op === 'CB_SEQUENCE') : ops[0]?.op === 'SEQUENCE' ? ops[0] : undefined
    for (const key of FROM_SEQUENCE) {
      const value = sequence?.values[key] ?? values[key]
      if (value !== undefined) facts[key] = value
    }
    if (answer?.status !== undefined && answer.status !== result?.status) row.main_status = statusName(answer.status, 4)
    if (callback) {
      const handle = typeof values.handle === 'string' && values.handle !== '' ? values.handle : undefined
      const node = handle === undefined ? undefined : this.files.find(tree, handle)
      row.handle = handle
      row.path = node && this.files.path(node)
      row.name = node?.rooted ? undefined : node?.name
      return
    }
    const place = followCompound(this.files, tree, ops, results, result?.learned ?? [], main)
    row.handle = place.handle
    row.path = place.path
    row.name = place.name ?? (typeof values.name === 'string' ? values.name : undefined)
    row.result_handle = place.resultHandle
    if (place.toName !== undefined) {
      row.rename_from = place.name
      row.rename_to = place.toName
      row.target_path = place.toPath
    }
    objectAttributes(row, place.attributes)
  }

  /** Handles are the server's, whatever the port, and whoever calls. */
  private get tree(): Tree {
    this.handles ??= this.files.tree(this.session.flow.server.ip)
    return this.handles
  }
}

/** Columns hold signed 64 bits. All ones stand for everything up to the end. */
const inRange = (n: number | bigint | undefined): number | bigint | undefined => (typeof n === 'bigint' && n >= 1n << 63n ? undefined : n)

function emptyRow(): NfsRow {
  return { network_protocol: 'rpc', program: 'unknown', opcode: 'unknown', event_action: 'rpc.unknown', xid: '' }
}

function head(row: NfsRow, { call, reply, fragments, retransmissions }: Exchange): void {
  const { cred } = call?.header ?? {}
  row.xid = ((call ?? reply)?.header.xid ?? 0).toString(16).padStart(8, '0')
  if (cred !== undefined) {
    row.auth_flavor = cred.flavor
    row.cred_stamp = cred.stamp
    row.machine = cred.machine
    row.uid = cred.uid
    row.gid = cred.gid
    row.gids = cred.gids
    row.gss_procedure = cred.gssProcedure
    row.gss_service = cred.gssService
  }
  if (fragments > 1) row.fragments = fragments
  if (retransmissions > 0) row.retransmissions = retransmissions
  if (reply === undefined) return
  const { status, authStatus, low, high } = reply.header
  row.rpc_status = status
  row.rpc_auth_status = authStatus
  if (low !== undefined) row.rpc_versions = low === high ? String(low) : `${low}-${high}`
}

/** What RPC refused. */
function failure(row: Facts, reply: ReplyBody | undefined): string | undefined {
  if (reply === undefined || reply.header.status === 'success') return undefined
  const { status, authStatus } = reply.header
  if (authStatus !== undefined) return authStatus
  return row.rpc_versions === undefined ? status : `${status}, supported: ${row.rpc_versions}`
}

/** `operations`: arguments, status and results of each in one object. */
function merged(ops: readonly Op[], results: readonly Op[] | undefined): Record<string, unknown>[] {
  return ops.map((op, i) => {
    const result = results?.[i]
    const { values } = op
    if (result === undefined) return { op: op.op, ...values }
    return { op: op.op, ...values, status: statusName(result.status ?? 0, 4), ...result.values }
  })
}

/** Attributes by GETATTR as columns. */
function objectAttributes(row: NfsRow, attributes: Record<string, unknown> | undefined): void {
  if (attributes === undefined) return
  const { type, mode, owner, group, size, fileid, mtime } = attributes
  if (typeof type === 'string') row.file_type = type
  if (typeof mode === 'string') row.file_mode = mode
  if (typeof owner === 'string') row.file_uid = owner
  if (typeof group === 'string') row.file_gid = group
  if (typeof size === 'number' || typeof size === 'bigint') row.file_size = size
  if (typeof fileid === 'string') row.file_inode = fileid
  if (typeof mtime === 'string') row.file_mtime = mtime
}

function rangeText(row: Facts): string | undefined {
  if (row.offset === undefined) return undefined
  return `offset ${row.offset}${row.count === undefined ? '' : ` count ${row.count}`}`
}

const plain = (_key: string, value: unknown): unknown => (typeof value === 'bigint' ? value.toString() : value)

/** For send_request and send_response: what was read, as JSON. */
const textOf = (ops: readonly Op[] | undefined, row: Facts): string =>
  JSON.stringify(ops === undefined ? row : { ...row, operations: merged(ops, undefined) }, plain)
