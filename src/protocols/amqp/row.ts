/** Rows from methods and content headers, secrets masked. */
import { isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import type { Properties } from './content.js'
import type { AmqpRow } from './fields.js'
import type { MethodMessage } from './messages.js'
import type { Table, Value } from './tables.js'

type Secret = (text: string) => string

/** Columns of the arguments, where they are not the argument's name with underscores. */
const RENAMED: Readonly<Record<string, keyof AmqpRow>> = {
  source: 'source_exchange',
  destination: 'destination_exchange',
  'class-id': 'failed_class',
  'method-id': 'failed_method',
  'virtual-host': 'vhost',
}
/** Arguments that say nothing beside the rest, are facts of the login, or must not be seen. */
const LEFT_OUT = new Set([
  'response',
  'challenge',
  'new-secret',
  'version-major',
  'version-minor',
  'mechanism',
  'mechanisms',
  'locales',
  'locale',
  'client-properties',
  'server-properties',
  'realm',
  'read',
  'write',
])

/** A text as it may be written: passwords in URLs and named values masked. */
export const washed = (text: string, secret: Secret): string => (text.includes(':') || text.includes('=') ? maskText(text, secret) : text)

/** A table as it may be written. A 64-bit number that JSON cannot hold becomes text. */
export function washedTable(table: Table, secret: Secret): Table {
  const out: Table = {}
  for (const [name, value] of Object.entries(table))
    Object.defineProperty(out, name, { value: washedValue(name, value, secret), enumerable: true })
  return out
}

function washedValue(name: string, value: Value, secret: Secret): Value {
  if (value !== null && typeof value === 'object')
    return Array.isArray(value) ? value.map((one) => washedValue(name, one, secret)) : washedTable(value as Table, secret)
  if (name !== '' && value !== null && typeof value !== 'boolean' && value !== '' && isSecretName(name)) return secret(String(value))
  return typeof value === 'string' ? washed(value, secret) : typeof value === 'bigint' ? String(value) : value
}

export function putArguments(row: AmqpRow, message: MethodMessage, secret: Secret): void {
  const into = row as Record<string, unknown>
  for (const name in message.args) {
    if (LEFT_OUT.has(name)) continue
    const value = message.args[name]!
    if (value === '' && (name === 'exchange' || name === 'queue') && !message.name.startsWith(name)) continue
    const column = RENAMED[name] ?? name.replaceAll('-', '_')
    if (typeof value === 'string') into[column] = washed(value, secret)
    else if (value !== null && typeof value === 'object') {
      const table = value as Table
      if (Object.keys(table).length > 0) into[column] = washedTable(table, secret)
    } else into[column] = value
  }
  if (message.name === 'exchange.declare' && row.exchange_type === '') row.exchange_type = 'direct'
}

export function putProperties(row: AmqpRow, properties: Properties, secret: Secret): void {
  const text = (value: string | undefined): string | undefined => (value === undefined ? undefined : washed(value, secret))
  row.content_type = text(properties.contentType)
  row.content_encoding = text(properties.contentEncoding)
  if (properties.headers) row.headers = washedTable(properties.headers, secret)
  row.delivery_mode = properties.deliveryMode
  row.priority = properties.priority
  row.correlation_id = text(properties.correlationId)
  row.reply_to = text(properties.replyTo)
  row.expiration = text(properties.expiration)
  row.message_id = text(properties.messageId)
  row.message_time = properties.timestamp
  row.message_type = text(properties.type)
  row.user_id = text(properties.userId)
  row.app_id = text(properties.appId)
}

/** Method and what it is for, in one line; the words after the method are Packetbeat's. */
export function queryOf(message: MethodMessage, row: AmqpRow): string {
  const words: (string | undefined)[] = [message.name]
  switch (message.name) {
    case 'queue.bind':
    case 'queue.unbind':
      words.push(row.queue, row.exchange)
      break
    case 'exchange.bind':
    case 'exchange.unbind':
      words.push(row.source_exchange, row.destination_exchange)
      break
    case 'basic.publish':
    case 'basic.deliver':
    case 'basic.return':
      words.push(row.exchange, row.routing_key)
      break
    case 'basic.cancel':
      words.push(row.consumer_tag)
      break
    case 'basic.ack':
    case 'basic.nack':
    case 'basic.reject':
      words.push(row.delivery_tag === undefined ? undefined : String(row.delivery_tag))
      break
    case 'connection.open':
      words.push(row.vhost)
      break
    case 'connection.close':
    case 'channel.close':
      words.push(row.reply_code === undefined ? undefined : String(row.reply_code), row.reply_text)
      break
    default:
      words.push(message.name.startsWith('exchange.') ? row.exchange : row.queue)
  }
  return words.filter((word) => word !== undefined && word !== '').join(' ')
}

export function resourceOf(message: MethodMessage, row: AmqpRow): string | undefined {
  if (message.name.startsWith('connection.')) return row.vhost
  if (message.name === 'exchange.bind' || message.name === 'exchange.unbind') return row.destination_exchange
  if (message.name === 'basic.publish' || message.name === 'basic.return') return row.exchange ?? row.routing_key
  return row.queue ?? row.exchange ?? row.consumer_tag
}

/** Text types as they are, all else as decimal octets, as Packetbeat shows bodies. `whole` = nothing is left out behind it. */
export function bodyText(kept: Buffer, whole: boolean, properties: Properties, secret: Secret): string {
  const readable = !properties.contentEncoding && /text|json/.test(properties.contentType ?? '')
  const end = whole ? '' : ' [...]'
  if (readable) return maskText(kept.toString('utf8'), secret) + end
  const latin = kept.toString('latin1')
  const masked = maskText(latin, secret)
  return Array.from(masked === latin ? kept : Buffer.from(masked, 'latin1')).join(' ') + end
}
