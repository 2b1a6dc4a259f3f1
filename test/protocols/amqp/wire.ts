/** AMQP frames from a few words. */
export const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255])
export const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4)
  b.writeUInt32BE(n)
  return b
}
export const u64 = (n: number): Buffer => Buffer.concat([u32(Math.floor(n / 2 ** 32)), u32(n >>> 0)])
export const short = (text: string): Buffer => Buffer.concat([Buffer.from([Buffer.byteLength(text)]), Buffer.from(text)])
export const long = (text: string | Buffer): Buffer => Buffer.concat([u32(Buffer.byteLength(text)), Buffer.from(text)])
/** Entries of text values, without the table's length. */
export const entries = (of: Record<string, string>): Buffer =>
  Buffer.concat(Object.entries(of).map(([name, value]) => Buffer.concat([short(name), Buffer.from('S'), long(value)])))
export const table = (of: Record<string, string> = {}): Buffer => long(entries(of))

export const frame = (type: number, channel: number, payload: Buffer, end = 0xce): Buffer =>
  Buffer.concat([Buffer.from([type]), u16(channel), u32(payload.length), payload, Buffer.from([end])])
export const method = (channel: number, classId: number, methodId: number, ...args: Buffer[]): Buffer =>
  frame(1, channel, Buffer.concat([u16(classId), u16(methodId), ...args]))
export const bit = (bits = 0): Buffer => Buffer.from([bits])

export const HEADER = Buffer.from('AMQP\0\0\x09\x01', 'latin1')
export const start = method(
  0,
  10,
  10,
  bit(0),
  Buffer.from([9]),
  table({ product: 'RabbitMQ', version: '3.10' }),
  long('PLAIN AMQPLAIN'),
  long('en_US'),
)
export const startOk = (mechanism: string, response: string | Buffer): Buffer =>
  method(0, 10, 11, table({ product: 'pika' }), short(mechanism), long(response), short('en_US'))
export const tune = method(0, 10, 30, u16(2047), u32(131072), u16(60))
export const tuneOk = (frameMax = 131072): Buffer => method(0, 10, 31, u16(2047), u32(frameMax), u16(60))
export const open = (vhost = '/'): Buffer => method(0, 10, 40, short(vhost), short(''), bit())
export const openOk = method(0, 10, 41, short(''))
export const close = (channel: number, code: number, text: string, classId = 0, methodId = 0): Buffer =>
  method(channel, channel === 0 ? 10 : 20, channel === 0 ? 50 : 40, u16(code), short(text), u16(classId), u16(methodId))
export const closeOk = (channel: number): Buffer => method(channel, channel === 0 ? 10 : 20, channel === 0 ? 51 : 41)
export const declare = (channel: number, queue: string, bits = 0): Buffer =>
  method(channel, 50, 10, u16(0), short(queue), bit(bits), table())
export const declareOk = (channel: number, queue: string): Buffer => method(channel, 50, 11, short(queue), u32(0), u32(0))
export const publish = (channel: number, exchange: string, key: string, bits = 0): Buffer =>
  method(channel, 60, 40, u16(0), short(exchange), short(key), bit(bits))
export const deliver = (channel: number, tag: string, delivery: number, key: string): Buffer =>
  method(channel, 60, 60, short(tag), u64(delivery), bit(), short(''), short(key))
export const ack = (channel: number, tag: number, multiple = false): Buffer => method(channel, 60, 80, u64(tag), bit(multiple ? 1 : 0))
export const nack = (channel: number, tag: number): Buffer => method(channel, 60, 120, u64(tag), bit())
/** Content header with nothing but a content type. */
export const content = (channel: number, size: number, type?: string): Buffer =>
  frame(
    2,
    channel,
    Buffer.concat([u16(60), u16(0), u64(size), u16(type === undefined ? 0 : 0x8000), type === undefined ? Buffer.alloc(0) : short(type)]),
  )
export const body = (channel: number, bytes: string | Buffer): Buffer => frame(3, channel, Buffer.from(bytes))
export const message = (channel: number, text: string, type = 'text/plain'): Buffer =>
  Buffer.concat([content(channel, Buffer.byteLength(text), type), body(channel, text)])
export const heartbeat = frame(8, 0, Buffer.alloc(0))
