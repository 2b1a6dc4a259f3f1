/** Can this reply answer that request? What one pair says wrong, a lost packet may have put out of step. */
import type { Request, Response } from './messages.js'

const STORES = ['STORED', 'NOT_STORED', 'EXISTS', 'NOT_FOUND']
/** Commands with replies of their own; any other may be answered with any status. */
const ANSWERS: Readonly<Record<string, readonly string[]>> = {
  get: ['VALUE', 'END'],
  gets: ['VALUE', 'END'],
  gat: ['VALUE', 'END'],
  gats: ['VALUE', 'END'],
  set: STORES,
  add: STORES,
  replace: STORES,
  append: STORES,
  prepend: STORES,
  cas: STORES,
  delete: ['DELETED', 'NOT_FOUND'],
  touch: ['TOUCHED', 'NOT_FOUND'],
  incr: ['UNKNOWN', 'NOT_FOUND'],
  decr: ['UNKNOWN', 'NOT_FOUND'],
  version: ['VERSION'],
  stats: ['STAT', 'ITEM', 'END', 'RESET', 'OK'],
  flush_all: ['OK'],
  verbosity: ['OK'],
  mg: ['VA', 'HD', 'EN'],
  ms: ['HD', 'NS', 'EX', 'NF'],
  md: ['HD', 'NF', 'EX'],
  ma: ['VA', 'HD', 'NF', 'NS', 'EX'],
  mn: ['MN'],
  me: ['ME', 'EN'],
}
/** What a quiet meta command keeps to itself. */
const HUSHED: Readonly<Record<string, readonly string[]>> = { mg: ['EN'], ms: ['HD'], md: ['HD', 'NF'], ma: ['HD', 'NF'] }

export function fits(request: Request, response: Response): boolean {
  if (request.binary !== response.binary) return false
  if (request.binary) return request.opaque === response.opaque && request.opcode_value === response.opcode_value
  const word = response.command
  if (word.endsWith('ERROR')) return !request.optional || request.token === response.token
  const answers = ANSWERS[request.command]
  if (!answers) return word !== 'VALUE' && word !== 'STORED'
  if (!answers.includes(word)) return false
  if (request.optional && HUSHED[request.command]?.includes(word)) return false
  if (request.token !== response.token) return response.token === undefined && request.token === undefined
  const { keys } = response
  if (!keys || keys.length === 0 || !request.keys) return true
  // Keys come back in the order they were asked for; the first tells enough.
  return request.shortened || request.keys.includes(keys[0]!)
}
