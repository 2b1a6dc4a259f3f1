/** Reads an answer: did it work, how much came back, what the server says about itself. */
import { T } from './bson.js'
import { Doc } from './doc.js'
import type { MongodbRow } from './fields.js'
import { Masking, Secrecy } from './masking.js'
import type { Message } from './messages.js'
import { errorNames, flagNames, MsgFlag, Op, opNames, ReplyFlag, replyFlags } from './names.js'
import type { MongodbOptions } from './options.js'
import { type Range, rangesIn, rangesOf, Shown } from './shown.js'

export interface Answer {
  readonly requestId: number
  readonly responseTo: number
  readonly opcode: string | undefined
  readonly compressor: string | undefined
  readonly bytes: number
  /** Columns it fills. */
  readonly row: MongodbRow
  failed: boolean
  error?: string | undefined
  rows?: number | undefined
  text?: string | undefined
  /** Another answer follows, which names this one as what it answers. */
  more: boolean
  /** The cursor it leaves open; 0n for none. */
  cursor?: bigint | undefined
  /** It answers a hello: nothing was asked but who is there. */
  hello: boolean
  /** A step of a login: finished, or to be continued. */
  login?: 'done' | 'continues' | undefined
  readonly notes: string[]
  lost: boolean
  truncated: boolean
}

/** What stands around every answer: no part of what went wrong. */
const AROUND = (name: string): boolean => name.startsWith('$') || name === 'operationTime'
const MAX_WORDS = 4096

/**
 * @param command whether it answers a command; undefined when the request was not seen
 * @param known secrets of the request, which servers like to quote
 * @param secrecy of what the request was about: logins are answered with secrets too
 */
export function readAnswer(
  message: Message,
  options: MongodbOptions,
  secret: (text: string) => string,
  command: boolean | undefined,
  known: readonly string[],
  secrecy: Secrecy,
): Answer {
  const masking = new Masking(secret, known)
  masking.openEnds = message.shortened === true
  const shown = new Shown(masking, options)
  const answer: Answer = {
    requestId: message.requestId,
    responseTo: message.responseTo,
    opcode: opNames.get(message.op),
    compressor: message.compressor,
    bytes: message.length,
    row: {},
    failed: false,
    more: message.op === Op.msg && (message.flags & MsgFlag.moreToCome) !== 0,
    hello: false,
    notes: [],
    lost: message.lost === true,
    truncated: message.truncated === true,
  }
  if (message.undecoded !== undefined) answer.notes.push(message.undecoded)
  const { body } = message
  const isCommand = message.op !== Op.reply || (command ?? looksLikeCommand(message))
  if (message.op === Op.reply) legacyReply(answer, message, shown, isCommand)
  if (body && isCommand) commandReply(answer, body, shown)
  if (options.send_response) answer.text = textOf(message, isCommand, shown, options, secrecy)
  if (shown.cut.includes('error_document')) answer.row.shortened = ['error_document']
  return answer
}

const looksLikeCommand = ({ body, returned, cursorId }: Message): boolean =>
  returned === 1 && cursorId === 0n && body?.number('ok') !== undefined

function legacyReply(answer: Answer, message: Message, shown: Shown, isCommand: boolean): void {
  const { row } = answer
  row.starting_from = message.startingFrom
  row.number_returned = message.returned
  row.reply_flags = flagNames(replyFlags, message.flags)
  if (!isCommand) {
    answer.cursor = message.cursorId
    answer.rows = message.returned
  }
  if ((message.flags & ReplyFlag.cursorNotFound) !== 0) {
    answer.failed = true
    answer.error = 'CursorNotFound'
    row.error_code = 43
    row.error_code_name = 'CursorNotFound'
  }
  const { body } = message
  if (body && ((message.flags & ReplyFlag.queryFailure) !== 0 || body.names[0] === '$err')) {
    fail(
      answer,
      shown,
      body.text('$err', MAX_WORDS) ?? body.text('errmsg', MAX_WORDS) ?? 'query failure',
      body.count('code'),
      body.text('codeName'),
    )
    row.error_document = shown.doc('error_document', body, Secrecy.none, AROUND)
    answer.rows = 0
  }
}

function commandReply(answer: Answer, doc: Doc, shown: Shown): void {
  const { row } = answer
  counts(answer, doc)
  const ok = doc.truth('ok')
  if (ok === false) {
    fail(answer, shown, doc.text('errmsg', MAX_WORDS) ?? doc.text('err', MAX_WORDS), doc.count('code'), doc.text('codeName'))
    row.error_document = shown.doc('error_document', doc, Secrecy.none, AROUND)
  }
  const writes = doc.find('writeErrors')
  const failures = doc.lengthOf('writeErrors') ?? 0
  if (failures > 0) {
    row.write_errors = failures
    const first = doc.subAt(writes)?.subAt(0)
    if (!answer.failed) {
      fail(answer, shown, first?.text('errmsg', MAX_WORDS), first?.count('code'), undefined)
      row.error_document = shown.element('error_document', doc, writes)
    }
  }
  // bulkWrite tells its failures in the batch of its cursor.
  const errors = doc.count('nErrors') ?? 0
  if (errors > 0 && !answer.failed) {
    row.write_errors = errors
    const batch = doc.sub('cursor')?.sub('firstBatch')
    const items = batch ? rangesIn(batch, batch.size).map(({ buf, from, to }) => new Doc(buf, from, to)) : []
    const first = items.find((item) => item.truth('ok') === false)
    fail(answer, shown, first?.text('errmsg', MAX_WORDS), first?.count('code'), undefined)
    if (first) row.error_document = shown.doc('error_document', first)
  }
  const concern = doc.find('writeConcernError')
  if (concern >= 0 && !answer.failed) {
    const said = doc.subAt(concern)
    fail(answer, shown, said?.text('errmsg', MAX_WORDS), said?.count('code'), said?.text('codeName'))
    row.error_document = shown.element('error_document', doc, concern)
  }
  // getLastError: the failure of the write before it.
  const last = doc.text('err', MAX_WORDS)
  if (last !== undefined && !answer.failed) {
    fail(answer, shown, last, doc.count('code'), doc.text('codeName'))
    row.error_document = shown.doc('error_document', doc, Secrecy.none, AROUND)
  }
  server(answer, doc)
}

function fail(answer: Answer, shown: Shown, words: string | undefined, code: number | undefined, name: string | undefined): void {
  const { row } = answer
  answer.failed = true
  row.error_code = code
  row.error_code_name = name ?? (code === undefined ? undefined : errorNames.get(code))
  const said = words === undefined || words === '' ? row.error_code_name : shown.masking.script(words)
  answer.error = said ?? 'the command failed'
}

function counts(answer: Answer, doc: Doc): void {
  const { row } = answer
  const n = doc.count('n')
  row.n = n
  row.n_modified = doc.count('nModified')
  let rows = n
  const upserted = doc.lengthOf('upserted')
  if (upserted !== undefined) row.n_upserted = upserted
  const cursor = doc.sub('cursor')
  if (cursor) {
    const id = cursor.number('id')
    if (id !== undefined) answer.cursor = BigInt.asIntN(64, BigInt(typeof id === 'number' ? Math.trunc(id) || 0 : id))
    const batch = cursor.lengthOf('firstBatch') ?? cursor.lengthOf('nextBatch')
    if (batch !== undefined) row.number_returned = rows = batch
  }
  const inserted = doc.count('nInserted')
  if (inserted !== undefined) {
    // bulkWrite.
    row.n = (doc.count('nMatched') ?? 0) + inserted + (doc.count('nDeleted') ?? 0)
    row.n_upserted = doc.count('nUpserted')
    rows = inserted + (row.n_modified ?? 0) + (row.n_upserted ?? 0) + (doc.count('nDeleted') ?? 0)
  }
  // findAndModify, distinct, mapReduce and geoNear inline, killCursors.
  const last = doc.sub('lastErrorObject')
  if (last) row.n = rows = last.count('n')
  rows ??= doc.lengthOf('values') ?? doc.lengthOf('results') ?? doc.lengthOf('cursorsKilled')
  // A list of one command's own: listDatabases, usersInfo, rolesInfo.
  rows ??= doc.lengthOf('databases') ?? doc.lengthOf('users') ?? doc.lengthOf('roles')
  answer.rows = rows
}

/** What it says about the server, and of a login. */
function server(answer: Answer, doc: Doc): void {
  const { row } = answer
  const wire = doc.count('maxWireVersion')
  if (wire !== undefined || (doc.has('ismaster') && (doc.has('maxBsonObjectSize') || doc.has('hosts')))) {
    answer.hello = true
    row.max_wire_version = wire
    row.replica_set = doc.text('setName', 256)
    row.server_role = roleOf(doc)
    const hosts = doc.sub('hosts')
    if (hosts) row.hosts = hosts.names.flatMap((_, i) => hosts.textAt(i, 256) ?? [])
    const speculative = doc.sub('speculativeAuthenticate')
    if (speculative) answer.login = speculative.truth('done') === false ? 'continues' : 'done'
  } else if (doc.has('conversationId')) answer.login = doc.truth('done') === true ? 'done' : 'continues'
  if (doc.has('gitVersion')) row.server_version = doc.text('version', 64)
}

function roleOf(doc: Doc): string {
  if (doc.text('msg') === 'isdbgrid') return 'mongos'
  if (doc.truth('arbiterOnly')) return 'arbiter'
  if (doc.truth('secondary')) return 'secondary'
  const writable = doc.truth('isWritablePrimary') ?? doc.truth('ismaster')
  if (!doc.has('setName')) return writable === false ? 'other' : 'standalone'
  return writable ? 'primary' : 'other'
}

function textOf(message: Message, isCommand: boolean, shown: Shown, options: MongodbOptions, secrecy: Secrecy): string | undefined {
  const most = options.max_docs || Number.MAX_SAFE_INTEGER
  const { body } = message
  if (message.op === Op.reply && !isCommand) {
    const docs = message.sequences[0]
    // The header counts what was sent, also behind what is read here.
    return docs && shown.lines(rangesOf(docs, most), Math.max(docs.count, message.returned ?? 0))
  }
  if (!body) return undefined
  const cursor = body.sub('cursor')
  const name = cursor?.has('firstBatch') ? 'firstBatch' : 'nextBatch'
  const batch = cursor?.sub(name)
  if (!cursor || !batch || body.truth('ok') === false) return shown.line(body.buf, body.at, body.end, secrecy)
  const docs: Range[] = batch.types.includes(T.document) ? rangesIn(batch, most) : []
  return shown.lines(docs, cursor.lengthOf(name) ?? docs.length)
}
