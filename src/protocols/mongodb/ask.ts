/** Reads a request: what is asked, of what, by which columns. All that is kept of it is text. */

import { T } from './bson.js'
import { Doc } from './doc.js'
import { type MongodbRow, newRow } from './fields.js'
import { readLegacy } from './legacy-ask.js'
import { type Login, readLogin } from './login.js'
import { isLoginCommand, Masking, Secrecy } from './masking.js'
import type { Message } from './messages.js'
import { isHello, isSessionCommand, MsgFlag, namesCollection, namesNamespace, Op, opNames } from './names.js'
import type { MongodbOptions } from './options.js'
import { collectionOf, databaseOf, join, uuid } from './paths.js'
import { type Range, rangesIn, rangesOf, Shown } from './shown.js'

export interface Ask {
  readonly row: MongodbRow
  readonly requestId: number
  readonly bytes: number
  method?: string | undefined
  resource?: string | undefined
  query?: string | undefined
  text?: string | undefined
  /** It is a command, by whatever opcode: the answer is a document with `ok`. */
  command: boolean
  /** No answer will come. */
  silent: boolean
  /** More than one may. */
  exhaust: boolean
  sessionEvent: boolean
  login?: Login | undefined
  client?: ClientFacts | undefined
  readonly secrets: readonly string[]
  readonly notes: string[]
  lost: boolean
  truncated: boolean
}
export interface ClientFacts {
  readonly application?: string | undefined
  readonly driver?: string | undefined
  readonly platform?: string | undefined
  readonly os?: string | undefined
}

/** Left out of `query`: what drivers add to every command. */
const AROUND = new Set([
  '$db',
  'lsid',
  '$clusterTime',
  '$readPreference',
  '$configTime',
  '$topologyTime',
  'txnNumber',
  'autocommit',
  'startTransaction',
  'apiVersion',
  'apiStrict',
  'apiDeprecationErrors',
  '$audit',
  '$client',
  '$configServerState',
  'mayBypassWriteBlocking',
])
/** And the data itself, which has columns of its own. */
const PAYLOAD: Readonly<Record<string, readonly string[]>> = {
  insert: ['documents'],
  update: ['updates'],
  findandmodify: ['update'],
  bulkwrite: ['ops', 'nsInfo'],
}

export function readAsk(message: Message, options: MongodbOptions, secret: (text: string) => string): Ask {
  const masking = new Masking(secret)
  masking.openEnds = message.shortened === true
  const shown = new Shown(masking, options)
  const row = newRow()
  row.opcode = opNames.get(message.op)
  row.request_id = message.requestId
  if (message.compressor !== undefined) row.compressor = message.compressor
  const ask: Ask = {
    row,
    requestId: message.requestId,
    bytes: message.length,
    command: true,
    silent: message.op === Op.msg && (message.flags & MsgFlag.moreToCome) !== 0,
    exhaust: message.op === Op.msg && (message.flags & MsgFlag.exhaustAllowed) !== 0,
    sessionEvent: false,
    secrets: masking.secrets,
    notes: [],
    lost: message.lost === true,
    truncated: message.truncated === true,
  }
  if (message.undecoded !== undefined) ask.notes.push(message.undecoded)
  const body = commandOf(message)
  if (body) readCommand(ask, message, body, shown, options)
  else readLegacy(ask, message, shown, options)
  if (ask.silent) row.acknowledged = false
  if (shown.cut.length > 0) row.shortened = [...new Set(shown.cut)].filter((name) => name !== 'request')
  if (row.shortened?.length === 0) row.shortened = undefined
  return ask
}

/** The command's own document, out of whatever it came in; undefined for a legacy operation. */
function commandOf(message: Message): Doc | undefined {
  const { body } = message
  if (message.op === Op.msg || message.op === Op.command) return body
  if (message.op !== Op.query || !message.namespace?.endsWith('.$cmd') || !body) return undefined
  const first = body.names[0]
  return first === '$query' || (first === 'query' && body.names[1]?.startsWith('$')) ? (body.subAt(0) ?? body) : body
}

function readCommand(ask: Ask, message: Message, doc: Doc, shown: Shown, options: MongodbOptions): void {
  const { row } = ask
  const method = (message.command ?? doc.names[0] ?? '').slice(0, 128)
  ask.method = method === '' ? undefined : method
  ask.sessionEvent = isSessionCommand(method)
  const around = message.op === Op.query ? (message.body ?? doc) : doc
  row.database = message.op === Op.msg ? doc.text('$db') : message.op === Op.command ? message.namespace : databaseOf(message.namespace)
  if (message.op === Op.query) {
    row.full_collection_name = message.namespace
    if (message.skip) row.number_to_skip = message.skip
    if (message.wanted !== undefined) row.number_to_return = message.wanted
  }
  // explain asks about the command inside it.
  const inner = method === 'explain' ? (doc.subAt(0) ?? doc) : doc
  object(ask, message, inner, inner === doc ? method : (inner.names[0] ?? ''))
  const secrecy = isLoginCommand(method) ? Secrecy.login : Secrecy.none
  columns(row, message, inner, inner === doc ? method : (inner.names[0] ?? ''), shown, options)
  context(row, doc, around, shown)
  ask.login = readLogin(method, doc)
  if (isHello(method)) ask.client = clientOf(doc)
  const omitted = PAYLOAD[method.toLowerCase()] ?? []
  const scalar = doc.types[0] !== T.document && doc.types[0] !== T.array
  const first = doc.names[0]
  const text = shown.doc('query', doc, secrecy, (name) => (scalar && name === first) || AROUND.has(name) || omitted.includes(name))
  ask.query = `${ask.resource ?? ''}.${method}(${text === '{}' ? '' : text})`
  if (!options.send_request) return
  let full = shown.doc('request', doc, secrecy)
  for (const docs of message.sequences) {
    if (docs.from === docs.to) continue
    const list = shown.list('request', rangesOf(docs, options.max_docs || docs.count), docs.count)
    full = `${full.slice(0, -1)}${full === '{}' ? '' : ','}${JSON.stringify(docs.name)}:${list.startsWith('[') ? list : `[${list}]`}}`
  }
  ask.text = `${ask.resource ?? ''}.${method}(${full})`
}

/** Database, collection and `resource`: what the command acts on. */
function object(ask: Ask, message: Message, doc: Doc, command: string): void {
  const { row } = ask
  const value = doc.textAt(0)
  const database = row.database
  if (value !== undefined && namesNamespace(command) && value.includes('.')) {
    row.database = databaseOf(value)
    row.collection = collectionOf(value)
    ask.resource = value
    return
  }
  const named = value !== undefined && namesCollection(command) ? value : doc.text('collection')
  if (command === 'bulkWrite') {
    const spaces = (message.sequences.find((one) => one.name === 'nsInfo')?.first() ?? doc.sub('nsInfo')?.subAt(0))?.text('ns')
    if (spaces) {
      row.database = databaseOf(spaces)
      row.collection = collectionOf(spaces)
      ask.resource = spaces
      return
    }
  }
  if (named !== undefined && (value === undefined ? command === 'getMore' : true)) row.collection = named
  ask.resource = join(database, value ?? row.collection ?? '$cmd')
}

function columns(row: MongodbRow, message: Message, doc: Doc, command: string, shown: Shown, options: MongodbOptions): void {
  const show = (name: string, as: 'filter' | 'changes' | 'pipeline' | 'projection' | 'sort'): void => {
    const i = doc.find(name)
    if (i >= 0 && (doc.types[i] === T.document || doc.types[i] === T.array)) row[as] = shown.element(as, doc, i)
  }
  switch (command.toLowerCase()) {
    case 'find':
      show('filter', 'filter')
      show('projection', 'projection')
      show('sort', 'sort')
      row.number_to_skip = doc.count('skip') ?? row.number_to_skip
      row.number_to_return = doc.count('limit') ?? doc.count('batchSize') ?? row.number_to_return
      return
    case 'count':
    case 'distinct':
    case 'mapreduce':
      show('query', 'filter')
      return
    case 'findandmodify':
      show('query', 'filter')
      show('update', 'changes')
      show('sort', 'sort')
      show('fields', 'projection')
      return
    case 'aggregate':
      show('pipeline', 'pipeline')
      row.number_to_return = doc.sub('cursor')?.count('batchSize') ?? row.number_to_return
      return
    case 'getmore': {
      const id = doc.numberAt(0)
      if (id !== undefined) row.cursor_id = String(id)
      row.number_to_return = doc.count('batchSize') ?? row.number_to_return
      return
    }
    case 'killcursors': {
      const ids = doc.sub('cursors')
      if (ids && ids.size > 0) row.cursor_id = String(ids.numberAt(0) ?? '')
      row.document_count = doc.lengthOf('cursors')
      return
    }
    case 'insert':
      documents(row, message, doc, 'documents', shown, options)
      return
    case 'bulkwrite':
      documents(row, message, doc, 'ops', shown, options)
      return
    case 'update':
      changes(row, message, doc, 'updates', shown, options)
      return
    case 'delete':
      changes(row, message, doc, 'deletes', shown, options)
      return
  }
}

/** Documents of the command, from its array or from a document sequence. */
function itemsOf(message: Message, doc: Doc, name: string, most: number): { ranges: Range[]; total: number } | undefined {
  const docs = message.sequences.find((one) => one.name === name)
  if (docs) return { ranges: rangesOf(docs, most), total: docs.count }
  const total = doc.lengthOf(name)
  const list = doc.sub(name)
  return list && total !== undefined ? { ranges: rangesIn(list, most), total } : undefined
}

function documents(row: MongodbRow, message: Message, doc: Doc, name: string, shown: Shown, options: MongodbOptions): void {
  const items = itemsOf(message, doc, name, options.max_docs || Number.MAX_SAFE_INTEGER)
  if (!items) return
  row.document_count = items.total
  row.documents = shown.list('documents', items.ranges, items.total)
}

function changes(row: MongodbRow, message: Message, doc: Doc, name: string, shown: Shown, options: MongodbOptions): void {
  const items = itemsOf(message, doc, name, options.max_docs || Number.MAX_SAFE_INTEGER)
  if (!items) return
  row.document_count = items.total
  const parts = items.ranges.map(({ buf, from, to }) => new Doc(buf, from, to))
  const filters = parts.flatMap((part) => rangeOf(part, 'q'))
  const updates = parts.flatMap((part) => rangeOf(part, 'u'))
  if (filters.length > 0) row.filter = shown.list('filter', filters, filters.length + items.total - parts.length)
  if (updates.length > 0) row.changes = shown.list('changes', updates, updates.length + items.total - parts.length)
}

function rangeOf(doc: Doc, name: string): Range[] {
  const i = doc.find(name)
  const type = i < 0 ? undefined : doc.types[i]
  if (type !== T.document && type !== T.array) return []
  return [{ buf: doc.buf, from: doc.from[i]!, to: doc.to[i]!, array: type === T.array }]
}

/** What drivers put around a command: session, transaction, preferences. */
function context(row: MongodbRow, doc: Doc, around: Doc, shown: Shown): void {
  const session = doc.sub('lsid')?.binary('id')
  if (session?.length === 16) row.lsid = uuid(session)
  const number = doc.number('txnNumber')
  if (number !== undefined) {
    row.txn_number = number
    if (row.lsid !== undefined && doc.truth('autocommit') === false) row.transaction_id = `${row.lsid}:${number}`
  }
  row.read_preference = around.sub('$readPreference')?.text('mode')
  row.read_concern = doc.sub('readConcern')?.text('level')
  const concern = doc.sub('writeConcern')
  if (concern && concern.size > 0) row.write_concern = shown.doc('write_concern', concern)
  row.max_time_ms = doc.count('maxTimeMS')
  const comment = doc.find('comment')
  if (comment >= 0) {
    const plain = doc.textAt(comment)
    row.comment = plain === undefined ? shown.element('comment', doc, comment) : shown.masking.text(plain)
  }
}

function clientOf(doc: Doc): ClientFacts | undefined {
  const client = doc.sub('client')
  if (!client) return undefined
  const driver = client.sub('driver')
  const os = client.sub('os')
  return {
    application: client.sub('application')?.text('name', 256),
    driver: words(driver?.text('name', 128), driver?.text('version', 128)),
    platform: client.text('platform', 256),
    os: words(os?.text('name', 128) ?? os?.text('type', 128), os?.text('architecture', 64), os?.text('version', 128)),
  }
}
const words = (...parts: (string | undefined)[]): string | undefined => parts.filter((part) => part).join(' ') || undefined
