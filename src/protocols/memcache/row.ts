/** Makes the rows: a request with its reply, or what was seen of the two. */
import type { Trace } from '../../model/trace.js'
import type { Completeness, Transaction } from '../../model/transaction.js'
import type { Session } from '../protocol.js'
import type { MemcacheRow } from './fields.js'
import type { Request, Response } from './messages.js'
import type { MemcacheOptions } from './options.js'

export type MemcacheSession = Session<MemcacheRow, MemcacheOptions>
type Tx = { -readonly [K in keyof Transaction<MemcacheRow>]: Transaction<MemcacheRow>[K] }

/** Characters of a query; a get may name thousands of keys. */
const MAX_QUERY = 8192
const SERVER_ERRORS = new Set(['SERVER_ERROR', 'BUSY', 'BADCLASS', 'NOSPARE', 'NOTFULL', 'UNSAFE', 'SAME'])
/** Out of memory, internal error, busy, temporary failure. */
const SERVER_CODES = new Set([0x82, 0x84, 0x85, 0x86])

export class RowMaker {
  user: string | undefined

  constructor(private readonly session: MemcacheSession) {}

  pair(
    request: Request,
    asked: Trace,
    response: Response | undefined,
    told: Trace | undefined,
    extra?: readonly string[],
    complete?: Completeness,
  ): void {
    const row: MemcacheRow = { protocol_type: request.binary ? 'binary' : 'text', action: `memcache.${request.family.toLowerCase()}` }
    this.fillRequest(row, request)
    if (response) this.fillResponse(row, response)
    const answerless = request.noreply || request.optional || (request.command === 'quit' && (!request.binary || request.quiet))
    const unanswered = !response && !answerless && request.command !== 'quit'
    const notes: string[] = extra ? [...extra] : []
    if (request.lost || request.missing > 0) notes.push('packet loss while capturing request')
    if (response && (response.lost || response.missing > 0)) notes.push('packet loss while capturing response')
    if (request.cut && !request.lost) notes.push('The request was not seen to its end.')
    if (response?.cut && !response.lost) notes.push('The reply was not seen to its end.')
    if (unanswered && notes.length === 0) notes.push('missing response for non-quiet request')
    if (request.shortened || response?.shortened) notes.push('More keys, values or statistics than are kept.')
    const status = response ? statusOf(response) : unanswered ? 'Server Error' : 'OK'
    const query = this.queryOf(request)
    const tx: Tx = {
      request: asked,
      response: told,
      complete: complete ?? completeness(request, response, unanswered),
      status,
      user: (request.family === 'Auth' ? request.user : undefined) ?? this.user,
      method: request.command,
      resource: request.family === 'Auth' ? undefined : request.keys?.[0],
      query,
      error: status === 'OK' || !response ? undefined : errorOf(response),
      rows: response ? rowsOf(response) : undefined,
      row,
    }
    if (notes.length > 0) tx.notes = notes
    if (request.missing > 0) tx.request_bytes = asked.bytes + request.missing
    if (response && response.missing > 0 && told) tx.response_bytes = told.bytes + response.missing
    const { options } = this.session
    if (options.send_request) tx.request_text = query
    if (options.send_response && response) tx.response_text = responseText(response)
    this.session.emit(tx)
  }

  orphan(response: Response, at: Trace): void {
    const row: MemcacheRow = { protocol_type: response.binary ? 'binary' : 'text', action: `memcache.${response.family.toLowerCase()}` }
    this.fillResponse(row, response)
    const lost = response.lost || response.missing > 0
    const tx: Tx = {
      response: at,
      complete: lost ? 'lost' : 'orphan-response',
      status: 'Client Error',
      user: this.user,
      error: errorOf(response),
      resource: response.keys?.[0],
      rows: rowsOf(response),
      notes: ['missing request'],
      row,
    }
    if (this.session.options.send_response) tx.response_text = responseText(response)
    this.session.emit(tx)
  }

  log(response: Response, at: Trace): void {
    const row: MemcacheRow = { protocol_type: 'text', action: 'memcache.log', log: response.log }
    const key = /(?:^| )key=(\S+)/.exec(response.log ?? '')?.[1]
    this.session.emit({ response: at, complete: 'complete', status: 'OK', user: this.user, method: 'log', resource: key, row })
  }

  private queryOf(request: Request): string {
    const secret = request.login !== undefined && !request.doubtful ? this.session.secret(request.login) : undefined
    if (!request.binary) return secret === undefined ? request.line : `${request.line} ${request.user ?? ''} ${secret}`
    const words = [request.command]
    if (request.exptime !== undefined && request.command === 'gat') words.push(String(request.exptime))
    if (request.keys) words.push(...request.keys)
    if (request.delta !== undefined) words.push(String(request.delta))
    if (secret !== undefined) words.push(request.user ?? '', secret)
    const query = words.filter((word) => word !== '').join(' ')
    return query.length > MAX_QUERY ? `${query.slice(0, MAX_QUERY)}…` : query
  }

  private fillRequest(row: MemcacheRow, request: Request): void {
    row.request_command = request.command
    row.request_type = request.family
    if (request.binary) {
      row.request_opcode = request.opcode
      row.request_opcode_value = request.opcode_value
      row.request_opaque = request.opaque
      row.request_vbucket = request.vbucket
      row.request_quiet = request.quiet
    } else {
      row.request_noreply = request.noreply
      if (request.optional) row.request_quiet = true
      if (request.token !== undefined) row.request_token = request.token
      if (request.unknown) row.request_line = request.line
    }
    if (request.id !== undefined) row.udp_id = request.id
    if (request.keys && request.keys.length > 0) row.request_keys = request.keys
    if (request.flags !== undefined) row.request_flags = request.flags
    if (request.exptime !== undefined) row.request_exptime = request.exptime
    if (request.cas !== undefined) row.request_cas_unique = request.cas
    if (request.delta !== undefined) row.request_delta = request.delta
    if (request.initial !== undefined) row.request_initial = request.initial
    if (request.verbosity !== undefined) row.request_verbosity = request.verbosity
    if (request.raw_args !== undefined) row.request_raw_args = request.raw_args
    if (request.source_class !== undefined) row.request_source_class = request.source_class
    if (request.dest_class !== undefined) row.request_dest_class = request.dest_class
    if (request.automove !== undefined) row.request_automove = request.automove
    if (request.sleep_us !== undefined) row.request_sleep_us = request.sleep_us
    if (request.count !== undefined) {
      row.request_count_values = request.count
      row.request_value_bytes = request.bytes
    }
    // What may be a password is not shown, be it one or not.
    if (request.values)
      row.request_values = request.login === undefined ? request.values : request.values.map((one) => this.session.secret(one))
  }

  private fillResponse(row: MemcacheRow, response: Response): void {
    row.response_command = response.command
    row.response_type = response.family
    if (response.binary) {
      row.response_opcode = response.opcode
      row.response_opcode_value = response.opcode_value
      row.response_opaque = response.opaque
      row.response_status = response.status
      row.response_status_code = response.status_code
    } else if (response.token !== undefined) row.response_token = response.token
    if (response.id !== undefined) row.udp_id = response.id
    if (response.keys && response.keys.length > 0) row.response_keys = response.keys
    if (response.flags !== undefined) row.response_flags = response.flags
    if (response.cas !== undefined) row.response_cas_unique = response.cas
    if (response.count !== undefined) {
      row.response_count_values = response.count
      row.response_value_bytes = response.bytes
    }
    if (response.values && response.values.length > 0) row.response_values = response.values
    if (response.value !== undefined) row.response_value = response.value
    if (response.version !== undefined) row.response_version = response.version
    if (response.error_msg !== undefined) row.response_error_msg = response.error_msg
    if (response.stats) row.response_stats = response.stats
  }
}

/** Packetbeat's words: a miss of the text protocol is no error, one of the binary protocol is. */
function statusOf(response: Response): Tx['status'] {
  if (response.binary) {
    const code = response.status_code!
    if (code === 0 || code === 0x09 || code === 0x21) return 'OK'
    return SERVER_CODES.has(code) ? 'Server Error' : 'Error'
  }
  if (response.family !== 'Fail') return 'OK'
  if (response.command === 'CLIENT_ERROR') return 'Client Error'
  return SERVER_ERRORS.has(response.command) ? 'Server Error' : 'Error'
}

function errorOf(response: Response): string | undefined {
  if (response.binary) return response.status_code === 0 ? undefined : (response.error_msg ?? response.status)
  if (response.family !== 'Fail') return undefined
  return response.error_msg === undefined ? response.command : `${response.command} ${response.error_msg}`
}

function rowsOf(response: Response): number | undefined {
  if (response.count !== undefined) return response.count
  if (response.stats && response.family === 'Stats') return response.stats.length
  return response.command === 'END' || response.command === 'EN' ? 0 : undefined
}

function responseText(response: Response): string {
  if (response.binary) return response.status ?? ''
  if (response.value !== undefined) return String(response.value)
  return [response.command, ...(response.keys ?? []), response.version, response.error_msg].filter((word) => word !== undefined).join(' ')
}

function completeness(request: Request, response: Response | undefined, unanswered: boolean): Completeness {
  if (request.lost || request.missing > 0 || response?.lost || (response && response.missing > 0)) return 'lost'
  if (request.cut || response?.cut) return 'truncated'
  return unanswered ? 'no-response' : 'complete'
}
