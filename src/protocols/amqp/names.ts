/** The methods of AMQP 0-9-1 and of RabbitMQ's extensions: names, argument layouts, what answers what. */
import type { Side } from '../../model/side.js'

/**
 * How an argument is written (AMQP 0-9-1 §4.2): bits share an octet with the bits before them; `short` and `long` are
 * texts with a length of 8 and 32 bits; `-` in front of a name: read and not kept (what 0-9-1 reserves).
 */
export type ArgumentKind = 'bit' | 'u8' | 'u16' | 'u32' | 'u64' | 'short' | 'long' | 'table'
export interface Argument {
  readonly name: string
  readonly kind: ArgumentKind
}

export interface Method {
  /** "class.method", as Packetbeat writes it. */
  readonly name: string
  readonly classId: number
  readonly methodId: number
  readonly args: readonly Argument[]
  /** Who may send it; undefined = either. */
  readonly from: Side | undefined
  /** Names of the methods that this one answers. */
  readonly answers: readonly string[]
  /** It is answered by another method, unless it says no-wait. */
  readonly asks: boolean
  /** A content header and a body follow. */
  readonly content: boolean
}

export const CLASSES: Readonly<Record<number, string>> = {
  10: 'connection',
  20: 'channel',
  30: 'access',
  40: 'exchange',
  50: 'queue',
  60: 'basic',
  70: 'file',
  80: 'stream',
  85: 'confirm',
  90: 'tx',
  100: 'dtx',
}

const table = new Map<number, Method>()
const byName = new Map<string, Method>()
const key = (classId: number, methodId: number): number => classId * 65536 + methodId

/** `c` the client sends it, `s` the server, `b` both; `?` it is answered, `=...` what it answers, `+` content follows. */
function add(classId: number, methodId: number, method: string, flags: string, args = ''): void {
  const answers = /=([\w,-]+)/.exec(flags)?.[1]
  const own: Method = {
    name: `${CLASSES[classId]}.${method}`,
    classId,
    methodId,
    from: flags[0] === 'c' ? 'client' : flags[0] === 's' ? 'server' : undefined,
    asks: flags.includes('?'),
    content: flags.includes('+'),
    answers: answers === undefined ? [] : answers.split(',').map((one) => `${CLASSES[classId]}.${one}`),
    args: args
      .split(' ')
      .filter((word) => word !== '')
      .map((word) => {
        const [name = '', kind = 'bit'] = word.split(':')
        return { name, kind: kind as ArgumentKind }
      }),
  }
  table.set(key(classId, methodId), own)
  byName.set(own.name, own)
}

add(10, 10, 'start', 's?', 'version-major:u8 version-minor:u8 server-properties:table mechanisms:long locales:long')
add(10, 11, 'start-ok', 'c=start', 'client-properties:table mechanism:short response:long locale:short')
add(10, 20, 'secure', 's?', 'challenge:long')
add(10, 21, 'secure-ok', 'c=secure', 'response:long')
add(10, 30, 'tune', 's?', 'channel-max:u16 frame-max:u32 heartbeat:u16')
add(10, 31, 'tune-ok', 'c=tune', 'channel-max:u16 frame-max:u32 heartbeat:u16')
add(10, 40, 'open', 'c?', 'virtual-host:short -capabilities:short -insist')
add(10, 41, 'open-ok', 's=open', '-known-hosts:short')
add(10, 50, 'close', 'b?', 'reply-code:u16 reply-text:short class-id:u16 method-id:u16')
add(10, 51, 'close-ok', 'b=close')
add(10, 60, 'blocked', 's', 'reason:short')
add(10, 61, 'unblocked', 's')
add(10, 70, 'update-secret', 'c?', 'new-secret:long reason:short')
add(10, 71, 'update-secret-ok', 's=update-secret')
add(20, 10, 'open', 'c?', '-out-of-band:short')
add(20, 11, 'open-ok', 's=open', '-channel-id:long')
add(20, 20, 'flow', 'b?', 'active')
add(20, 21, 'flow-ok', 'b=flow', 'active')
add(20, 40, 'close', 'b?', 'reply-code:u16 reply-text:short class-id:u16 method-id:u16')
add(20, 41, 'close-ok', 'b=close')
add(30, 10, 'request', 'c?', 'realm:short exclusive passive active write read')
add(30, 11, 'request-ok', 's=request', '-ticket:u16')
add(40, 10, 'declare', 'c?', '-ticket:u16 exchange:short exchange-type:short passive durable auto-delete internal no-wait arguments:table')
add(40, 11, 'declare-ok', 's=declare')
add(40, 20, 'delete', 'c?', '-ticket:u16 exchange:short if-unused no-wait')
add(40, 21, 'delete-ok', 's=delete')
add(40, 30, 'bind', 'c?', '-ticket:u16 destination:short source:short routing-key:short no-wait arguments:table')
add(40, 31, 'bind-ok', 's=bind')
add(40, 40, 'unbind', 'c?', '-ticket:u16 destination:short source:short routing-key:short no-wait arguments:table')
add(40, 51, 'unbind-ok', 's=unbind')
add(50, 10, 'declare', 'c?', '-ticket:u16 queue:short passive durable exclusive auto-delete no-wait arguments:table')
add(50, 11, 'declare-ok', 's=declare', 'queue:short message-count:u32 consumer-count:u32')
add(50, 20, 'bind', 'c?', '-ticket:u16 queue:short exchange:short routing-key:short no-wait arguments:table')
add(50, 21, 'bind-ok', 's=bind')
add(50, 30, 'purge', 'c?', '-ticket:u16 queue:short no-wait')
add(50, 31, 'purge-ok', 's=purge', 'message-count:u32')
add(50, 40, 'delete', 'c?', '-ticket:u16 queue:short if-unused if-empty no-wait')
add(50, 41, 'delete-ok', 's=delete', 'message-count:u32')
add(50, 50, 'unbind', 'c?', '-ticket:u16 queue:short exchange:short routing-key:short arguments:table')
add(50, 51, 'unbind-ok', 's=unbind')
add(60, 10, 'qos', 'c?', 'prefetch-size:u32 prefetch-count:u16 global')
add(60, 11, 'qos-ok', 's=qos')
add(60, 20, 'consume', 'c?', '-ticket:u16 queue:short consumer-tag:short no-local no-ack exclusive no-wait arguments:table')
add(60, 21, 'consume-ok', 's=consume', 'consumer-tag:short')
// RabbitMQ's server cancels a consumer whose queue is gone, with no-wait.
add(60, 30, 'cancel', 'b?', 'consumer-tag:short no-wait')
add(60, 31, 'cancel-ok', 'b=cancel', 'consumer-tag:short')
add(60, 40, 'publish', 'c+', '-ticket:u16 exchange:short routing-key:short mandatory immediate')
add(60, 50, 'return', 's+', 'reply-code:u16 reply-text:short exchange:short routing-key:short')
add(60, 60, 'deliver', 's+', 'consumer-tag:short delivery-tag:u64 redelivered exchange:short routing-key:short')
add(60, 70, 'get', 'c?', '-ticket:u16 queue:short no-ack')
add(60, 71, 'get-ok', 's+=get', 'delivery-tag:u64 redelivered exchange:short routing-key:short message-count:u32')
add(60, 72, 'get-empty', 's=get', '-cluster-id:short')
add(60, 80, 'ack', 'b', 'delivery-tag:u64 multiple')
add(60, 90, 'reject', 'c', 'delivery-tag:u64 requeue')
add(60, 100, 'recover-async', 'c', 'requeue')
add(60, 110, 'recover', 'c?', 'requeue')
add(60, 111, 'recover-ok', 's=recover,recover-async')
add(60, 120, 'nack', 'b', 'delivery-tag:u64 multiple requeue')
add(85, 10, 'select', 'c?', 'no-wait')
add(85, 11, 'select-ok', 's=select')
add(90, 10, 'select', 'c?')
add(90, 11, 'select-ok', 's=select')
add(90, 20, 'commit', 'c?')
add(90, 21, 'commit-ok', 's=commit')
add(90, 30, 'rollback', 'c?')
add(90, 31, 'rollback-ok', 's=rollback')

export const methodOf = (classId: number, methodId: number): Method | undefined => table.get(key(classId, methodId))
export const methodNamed = (name: string): Method => byName.get(name)!

/** Also for what no specification names: "basic.200", "110.10". */
export const nameOf = (classId: number, methodId: number): string =>
  methodOf(classId, methodId)?.name ?? `${CLASSES[classId] ?? classId}.${methodId}`

/** The first eight octets a client sends: "AMQP", and what it wants to speak. */
export function headerName(bytes: Buffer, at: number): string {
  const [a, b, c, d] = [bytes[at + 4]!, bytes[at + 5]!, bytes[at + 6]!, bytes[at + 7]!]
  if (b === 1 && c === 0 && d === 0) return a === 0 ? 'AMQP 1.0' : a === 3 ? 'AMQP 1.0 (SASL)' : a === 2 ? 'AMQP 1.0 (TLS)' : 'AMQP 1.0'
  if (a === 0) return `AMQP ${b}-${c}-${d}`
  // As first published: class 1, instance 1, then the version; only 0-8 has its numbers the other way round.
  if (a === 1 && b === 1) return c === 8 && d === 0 ? 'AMQP 0-8' : `AMQP ${c}-${d}`
  return `AMQP ${a}.${b}.${c}.${d}`
}
