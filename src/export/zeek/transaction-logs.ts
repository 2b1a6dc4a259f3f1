/** The logs of transactions: which protocols' rows a log is made of, and from which columns its fields come. */
import type { StoredRecord } from '../../case/case-rows.js'
import { toNanoseconds } from '../../model/instant.js'
import { durationOf } from '../../model/transaction.js'
import { RawJson } from '../../schema/json-text.js'
import { endpointFields, transportOf, type ZeekField } from './connection.js'
import { className, classNumber, rcodeNumber, typeNumber } from './dns-numbers.js'

/** A record, and which of its flow's it is in this log, from 1. */
export interface Logged extends StoredRecord {
  readonly depth: number | undefined
}

export interface TransactionLog {
  /** Name of the log and of its file. */
  readonly path: string
  /** Protocols whose rows it holds. */
  readonly from: readonly string[]
  readonly fields: readonly ZeekField<Logged>[]
}

type Of = (one: Logged) => unknown
const column =
  (name: string): Of =>
  ({ record }) => {
    const value = record.tx.row[name]
    return value instanceof RawJson ? value.value : value
  }
const member =
  (name: 'user' | 'method' | 'query' | 'rows' | 'error'): Of =>
  ({ record }) =>
    record.tx[name]
const never: Of = () => undefined
/** What Zeek always has, and we do not tell: nothing of the kind was seen. */
const none: Of = () => []

const one =
  (name: string): Of =>
  (logged) => {
    const value = column(name)(logged)
    return value === undefined ? undefined : [value]
  }

/** When it took place, as Zeek has it: the first packet of the request. */
const at: Of = ({ record: { tx } }) => {
  const first = tx.request ?? tx.response
  return first && toNanoseconds(first.first)
}

const took: Of = ({ record: { tx } }) => {
  const ns = durationOf(tx)
  return ns < 0 ? undefined : ns
}

const endpoints = endpointFields<Logged>(at, ({ record }) => record.flow)
const depth: ZeekField<Logged> = { name: 'trans_depth', type: 'count', of: (logged) => logged.depth }

const http: TransactionLog = {
  path: 'http',
  from: ['http'],
  fields: [
    ...endpoints,
    depth,
    { name: 'method', type: 'string', of: member('method') },
    { name: 'host', type: 'string', of: column('host') },
    { name: 'uri', type: 'string', of: column('url') },
    { name: 'referrer', type: 'string', of: column('referrer') },
    { name: 'version', type: 'string', of: column('version') },
    { name: 'user_agent', type: 'string', of: column('user_agent') },
    { name: 'origin', type: 'string', of: (logged) => headerOf(column('request_headers')(logged), 'origin') },
    { name: 'request_body_len', type: 'count', of: (logged) => column('request_body_bytes')(logged) ?? 0 },
    { name: 'response_body_len', type: 'count', of: (logged) => column('response_body_bytes')(logged) ?? 0 },
    { name: 'status_code', type: 'count', of: column('status_code') },
    { name: 'status_msg', type: 'string', of: column('status_phrase') },
    { name: 'info_code', type: 'count', of: (logged) => lastOf(column('interim')(logged)) },
    { name: 'info_msg', type: 'string', of: never },
    { name: 'tags', type: 'set[enum]', of: none },
    { name: 'username', type: 'string', of: member('user') },
    { name: 'password', type: 'string', of: never },
    { name: 'proxied', type: 'set[string]', of: proxies },
    { name: 'orig_fuids', type: 'vector[string]', of: never },
    { name: 'orig_filenames', type: 'vector[string]', of: never },
    { name: 'orig_mime_types', type: 'vector[string]', of: one('request_mime_type') },
    { name: 'resp_fuids', type: 'vector[string]', of: never },
    { name: 'resp_filenames', type: 'vector[string]', of: one('response_filename') },
    { name: 'resp_mime_types', type: 'vector[string]', of: one('response_mime_type') },
  ],
}

const lastOf = (value: unknown): unknown => (Array.isArray(value) ? value.at(-1) : undefined)

function headerOf(headers: unknown, name: string): unknown {
  if (typeof headers !== 'object' || headers === null) return undefined
  const value = Object.hasOwn(headers, name) ? (headers as Record<string, unknown>)[name] : undefined
  return Array.isArray(value) ? value.join(', ') : value
}

function proxies(logged: Logged): unknown {
  const value = column('forwarded_for')(logged)
  return Array.isArray(value) ? value.map((address) => `X-FORWARDED-FOR -> ${address}`) : undefined
}

interface Answer {
  readonly data?: unknown
  readonly ttl?: unknown
}
const answersOf = (logged: Logged): readonly Answer[] | undefined => {
  const value = column('answers')(logged)
  return Array.isArray(value) ? value.filter((answer): answer is Answer => typeof answer === 'object' && answer !== null) : undefined
}

const dns: TransactionLog = {
  path: 'dns',
  // Zeek reads multicast DNS and LLMNR with its DNS analyzer.
  from: ['dns', 'mdns', 'llmnr'],
  fields: [
    ...endpoints,
    { name: 'proto', type: 'enum', of: ({ record }) => transportOf(record.flow.transport) },
    { name: 'trans_id', type: 'count', of: column('dns_id') },
    { name: 'rtt', type: 'interval', of: took },
    { name: 'query', type: 'string', of: column('question_name') },
    { name: 'qclass', type: 'count', of: (logged) => classNumber(column('question_class')(logged)) },
    { name: 'qclass_name', type: 'string', of: (logged) => className(column('question_class')(logged)) },
    { name: 'qtype', type: 'count', of: (logged) => typeNumber(column('question_type')(logged)) },
    { name: 'qtype_name', type: 'string', of: (logged) => typeName(column('question_type')(logged)) },
    { name: 'rcode', type: 'count', of: (logged) => rcodeNumber(column('response_code')(logged)) },
    { name: 'rcode_name', type: 'string', of: column('response_code') },
    { name: 'AA', type: 'bool', of: column('authoritative') },
    { name: 'TC', type: 'bool', of: column('truncated_response') },
    { name: 'RD', type: 'bool', of: column('recursion_desired') },
    { name: 'RA', type: 'bool', of: column('recursion_available') },
    { name: 'Z', type: 'count', of: never },
    { name: 'answers', type: 'vector[string]', of: (logged) => answersOf(logged)?.map(({ data }) => textOf(data)) },
    { name: 'TTLs', type: 'vector[interval]', of: (logged) => answersOf(logged)?.map(({ ttl }) => secondsOf(ttl)) },
    { name: 'rejected', type: 'bool', of: never },
  ],
}

const typeName = (type: unknown): unknown => (type === 'ANY' ? '*' : type)
const textOf = (data: unknown): string | undefined =>
  data === undefined || data === null ? undefined : typeof data === 'object' ? JSON.stringify(data) : String(data)
const secondsOf = (ttl: unknown): bigint | undefined => (Number.isSafeInteger(ttl) ? BigInt(ttl as number) * 1_000_000_000n : undefined)

const smtp: TransactionLog = {
  path: 'smtp',
  from: ['smtp'],
  fields: [
    ...endpoints,
    depth,
    { name: 'helo', type: 'string', of: column('helo') },
    { name: 'mailfrom', type: 'string', of: column('mail_from') },
    { name: 'rcptto', type: 'set[string]', of: column('rcpt_to') },
    { name: 'date', type: 'string', of: column('header_date') },
    { name: 'from', type: 'string', of: (logged) => joined(column('from_address')(logged)) },
    { name: 'to', type: 'set[string]', of: column('to_address') },
    { name: 'cc', type: 'set[string]', of: column('cc_address') },
    { name: 'reply_to', type: 'string', of: (logged) => joined(column('reply_to_address')(logged)) },
    { name: 'msg_id', type: 'string', of: column('message_id') },
    { name: 'in_reply_to', type: 'string', of: column('in_reply_to') },
    { name: 'subject', type: 'string', of: column('subject') },
    { name: 'x_originating_ip', type: 'addr', of: never },
    { name: 'first_received', type: 'string', of: never },
    { name: 'second_received', type: 'string', of: never },
    { name: 'last_reply', type: 'string', of: lastReply },
    { name: 'path', type: 'vector[addr]', of: never },
    { name: 'user_agent', type: 'string', of: column('x_mailer') },
    { name: 'tls', type: 'bool', of: column('tls') },
    { name: 'fuids', type: 'vector[string]', of: never },
  ],
}

const joined = (value: unknown): unknown => (Array.isArray(value) ? value.join(', ') : value)

function lastReply(logged: Logged): string | undefined {
  const parts = ['reply_code', 'enhanced_status', 'reply_text'].map((name) => column(name)(logged))
  return parts[0] === undefined ? undefined : parts.filter((part) => part !== undefined).join(' ')
}

const ssl: TransactionLog = {
  path: 'ssl',
  from: ['tls'],
  fields: [
    ...endpoints,
    { name: 'version', type: 'string', of: versionOf },
    { name: 'cipher', type: 'string', of: column('cipher') },
    { name: 'curve', type: 'string', of: column('curve') },
    { name: 'server_name', type: 'string', of: column('server_name') },
    { name: 'resumed', type: 'bool', of: column('resumed') },
    { name: 'last_alert', type: 'string', of: (logged) => lastOf(column('alert_types')(logged)) },
    { name: 'next_protocol', type: 'string', of: column('next_protocol') },
    { name: 'established', type: 'bool', of: column('established') },
    { name: 'ssl_history', type: 'string', of: never },
    { name: 'cert_chain_fps', type: 'vector[string]', of: (logged) => fingerprint(logged, 'server_sha256') },
    { name: 'client_cert_chain_fps', type: 'vector[string]', of: (logged) => fingerprint(logged, 'client_sha256') },
    { name: 'subject', type: 'string', of: column('server_subject') },
    { name: 'issuer', type: 'string', of: column('server_issuer') },
    { name: 'client_subject', type: 'string', of: column('client_subject') },
    { name: 'client_issuer', type: 'string', of: column('client_issuer') },
  ],
}

/** TLSv12, DTLSv12, SSLv3. */
function versionOf(logged: Logged): string | undefined {
  const [version, family] = [column('version')(logged), column('version_protocol')(logged)]
  if (typeof version !== 'string') return undefined
  return `${String(family ?? 'tls').toUpperCase()}v${family === 'ssl' ? version.replace('.0', '') : version.replace('.', '')}`
}

const fingerprint = (logged: Logged, name: string): unknown => {
  const value = column(name)(logged)
  return typeof value === 'string' ? [value.toLowerCase()] : undefined
}

const mysql: TransactionLog = {
  path: 'mysql',
  from: ['mysql'],
  fields: [
    ...endpoints,
    { name: 'cmd', type: 'string', of: column('command') },
    { name: 'arg', type: 'string', of: argumentOf },
    { name: 'success', type: 'bool', of: ({ record: { tx } }) => (tx.complete === 'no-response' ? undefined : tx.status === 'OK') },
    { name: 'rows', type: 'count', of: member('rows') },
    { name: 'response', type: 'string', of: column('error_message') },
  ],
}

/** The statement; of a login its user; of another command what it is about. */
function argumentOf(logged: Logged): unknown {
  const command = column('command')(logged)
  if (command === 'login' || command === 'change_user') return member('user')(logged) ?? ''
  return member('query')(logged) ?? column('argument')(logged) ?? ''
}

export const transactionLogs: readonly TransactionLog[] = [dns, http, mysql, smtp, ssl]
