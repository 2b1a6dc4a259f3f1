/** Reads requests of the opcodes before OP_MSG that are no commands: OP_QUERY on a collection, OP_INSERT and its kin. */
import type { Ask } from './ask.js'
import type { Message } from './messages.js'
import { deleteFlags, flagNames, insertFlags, Op, QueryFlag, queryFlags, updateFlags } from './names.js'
import type { MongodbOptions } from './options.js'
import { collectionOf, databaseOf } from './paths.js'
import { rangesOf, type Shown } from './shown.js'

export function readLegacy(ask: Ask, message: Message, shown: Shown, options: MongodbOptions): void {
  ask.command = false
  const { row } = ask
  if (message.namespace !== undefined) {
    row.full_collection_name = message.namespace
    row.database = databaseOf(message.namespace)
    row.collection = collectionOf(message.namespace)
    ask.resource = message.namespace
  }
  let params = ''
  let after = ''
  switch (message.op) {
    case Op.query: {
      ask.method = 'find'
      ask.exhaust = (message.flags & QueryFlag.exhaust) !== 0
      row.flags = flagNames(queryFlags, message.flags)
      row.number_to_skip = message.skip
      row.number_to_return = message.wanted
      if (message.projection && message.projection.size > 0) row.projection = shown.doc('projection', message.projection)
      const { body } = message
      if (body) {
        params = shown.doc('filter', body)
        row.legacy_query = params
        // Modifiers ({$query: {...}, $orderby: {...}}) stand around the filter.
        const inner = body.names[0] === '$query' || body.names[0] === 'query' ? body.subAt(0) : undefined
        row.filter = inner ? shown.doc('filter', inner) : params
        const order = inner ? (body.sub('$orderby') ?? body.sub('orderby')) : undefined
        if (order) row.sort = shown.doc('sort', order)
        row.comment = inner && shown.masking.text(body.text('$comment') ?? '')
        row.comment ||= undefined
      }
      if (message.skip !== undefined && message.skip > 0) after += `.skip(${message.skip})`
      if (message.wanted !== undefined && message.wanted > 0 && message.wanted < 0x7fffffff) after += `.limit(${message.wanted})`
      break
    }
    case Op.insert: {
      ask.method = 'insert'
      ask.silent = true
      row.flags = flagNames(insertFlags, message.flags)
      const docs = message.sequences[0]
      if (docs) {
        row.document_count = docs.count
        row.documents = shown.list('documents', rangesOf(docs, options.max_docs || docs.count), docs.count)
        if (message.shortened) ask.notes.push('the message was too long to be held: the documents at its end are not counted')
      }
      break
    }
    case Op.update:
      ask.method = 'update'
      ask.silent = true
      row.flags = flagNames(updateFlags, message.flags)
      if (message.body) row.legacy_selector = row.filter = shown.doc('filter', message.body)
      if (message.update) row.changes = shown.doc('changes', message.update)
      params = row.filter ?? ''
      break
    case Op.delete:
      ask.method = 'delete'
      ask.silent = true
      row.flags = flagNames(deleteFlags, message.flags)
      if (message.body) row.legacy_selector = row.filter = shown.doc('filter', message.body)
      params = row.filter ?? ''
      break
    case Op.getMore:
      ask.method = 'getMore'
      row.number_to_return = message.wanted
      if (message.cursorId !== undefined) row.cursor_id = params = String(message.cursorId)
      break
    case Op.killCursors:
      ask.method = 'killCursors'
      ask.silent = true
      row.document_count = message.wanted
      if (message.cursorIds?.[0] !== undefined) row.cursor_id = String(message.cursorIds[0])
      params = (message.cursorIds ?? []).join(',')
      break
    case Op.msgOld:
      ask.method = 'msg'
      ask.silent = true
      break
    default:
      // A command whose document could not be read: compressed beyond reach, cut, damaged.
      ask.command = true
  }
  if (ask.method === undefined) return
  const name = ask.resource === undefined ? ask.method : `${ask.resource}.${ask.method}`
  ask.query = `${name}(${params === '{}' ? '' : params})${after}`
  if (!options.send_request) return
  let full = params
  if (message.op === Op.insert) full = row.documents ?? ''
  if (message.op === Op.update) full = [row.filter, row.changes].filter((part) => part !== undefined).join(', ')
  ask.text = `${name}(${full})${after}`
}
