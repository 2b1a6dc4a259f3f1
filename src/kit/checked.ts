/**
 * Holds a protocol to its declaration while it runs. The compiler does that for TypeScript; of a plugin in JavaScript a misspelt
 * column would be dropped in silence and a missing trace would date a row to 1970. What is found is thrown where it happens: in a
 * run the engine records it and goes on, in a test it is the failure.
 */
import type { Trace } from '../model/trace.js'
import type { Transaction } from '../model/transaction.js'
import type { AnyProtocol, Conversation, Parser, Session, Verdict } from '../protocols/protocol.js'
import type { FieldKind, FieldSet, Row } from '../schema/fields.js'

const COMPLETE = ['complete', 'no-response', 'orphan-response', 'truncated', 'lost']
const STATUS = ['OK', 'Error', 'Client Error', 'Server Error', 'NO_REPLY']
const VERDICTS = ['message', 'need-more', 'malformed', 'upgrade']
const TEXTS = ['user', 'method', 'resource', 'query', 'params', 'error', 'request_text', 'response_text'] as const
const COUNTS = ['rows', 'request_bytes', 'response_bytes'] as const

const isMap = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value)
const isWhole = (value: unknown): boolean => typeof value === 'bigint' || Number.isSafeInteger(value)
/** What kind of thing it is; never a text itself, which may be secret. */
const gist = (value: unknown): string => (Array.isArray(value) ? 'a list' : typeof value === 'number' ? String(value) : typeof value)
/** By shape: a plugin may have its own copy of the kit. */
const isTrace = (value: unknown): boolean => Array.isArray((value as Trace | null)?.refs)
const FITS: Readonly<Record<FieldKind, (value: unknown) => boolean>> = {
  text: (value) => typeof value === 'string',
  int: isWhole,
  real: (value) => typeof value === 'number',
  bool: (value) => typeof value === 'boolean',
  list: Array.isArray,
  json: (value) => typeof value !== 'function' && typeof value !== 'symbol',
}

/** The same protocol, told at once what it does wrong. */
export function checked(protocol: AnyProtocol): AnyProtocol {
  const open: AnyProtocol['open'] = (session: Session<Row, Readonly<Record<string, unknown>>>): Conversation<unknown> => {
    const emit = session.emit.bind(session)
    // On the session itself: the engine keeps its own state there.
    ;(session as { emit: typeof emit }).emit = (tx, ready) => {
      const problem = problemOf(tx, protocol.fields, ready !== undefined)
      if (problem !== undefined) throw new TypeError(`${protocol.name} emits a transaction that cannot be written: ${problem}`)
      emit(tx, ready)
    }
    const conversation = protocol.open(session) as Conversation<unknown>
    const { client, server, correlator } = conversation ?? {}
    if (typeof client?.next !== 'function' || typeof server?.next !== 'function')
      throw new TypeError(`${protocol.name}: open: want parsers "client" and "server" with a function "next"`)
    if (typeof correlator?.see !== 'function' || typeof correlator.end !== 'function')
      throw new TypeError(`${protocol.name}: open: want a "correlator" with functions "see" and "end"`)
    for (const parser of new Set([client, server])) watch(parser, protocol.name)
    return conversation
  }
  // Not a copy: the methods of a class are no properties of its object.
  return Object.create(protocol, { open: { value: open, enumerable: true } }) as AnyProtocol
}

function watch(parser: Parser<unknown>, name: string): void {
  const next = parser.next.bind(parser)
  parser.next = (cur, into): Verdict => {
    const verdict = next(cur, into)
    if (!VERDICTS.includes(verdict)) throw new TypeError(`${name}: next: want one of ${VERDICTS.join(', ')}, got ${String(verdict)}`)
    return verdict
  }
}

/** @param later the row is filled in until a promise resolves */
function problemOf(tx: Transaction<Row>, fields: FieldSet, later: boolean): string | undefined {
  if (!isMap(tx)) return `want an object, got ${String(tx)}`
  const { request, response, complete, status, row, notes } = tx as unknown as Transaction<Row>
  for (const [name, trace] of Object.entries({ request, response }))
    if (trace !== undefined && !isTrace(trace)) return `${name}: want the trace that "see" was given`
  if (!request && !response) return 'want the trace of a request, of a response or of both'
  if (!COMPLETE.includes(complete)) return `complete: want one of ${COMPLETE.join(', ')}, got ${String(complete)}`
  if (!STATUS.includes(status)) return `status: want one of ${STATUS.join(', ')}, got ${String(status)}`
  for (const name of TEXTS) if (tx[name] !== undefined && typeof tx[name] !== 'string') return `${name}: want text, got ${gist(tx[name])}`
  for (const name of COUNTS) if (tx[name] !== undefined && !isWhole(tx[name])) return `${name}: want a whole number, got ${gist(tx[name])}`
  if (notes !== undefined && !(Array.isArray(notes) && notes.every((note) => typeof note === 'string')))
    return 'notes: want a list of texts'
  if (!isMap(row)) return 'row: want an object, {} for one without columns'
  for (const column of Object.keys(row)) if (!Object.hasOwn(fields, column)) return `row.${column}: there is no such field`
  for (const [column, { kind, optional }] of Object.entries(fields)) {
    const value = row[column]
    if (value === undefined || value === null) {
      if (!optional && !later) return `row.${column}: the field is not optional`
    } else if (!FITS[kind](value)) return `row.${column}: want ${kind}, got ${gist(value)}`
  }
  return undefined
}
