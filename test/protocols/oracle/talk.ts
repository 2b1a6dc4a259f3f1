/** Scripted TNS: packets, calls and answers as thin clients and servers write them. */
export const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 255])
export const u32le = (n: number): Buffer => {
  const b = Buffer.alloc(4)
  b.writeUInt32LE(n)
  return b
}
export const ub = (n: number): Buffer => {
  if (n === 0) return Buffer.from([0])
  const hex = n.toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  return Buffer.concat([Buffer.from([bytes.length]), bytes])
}
export const clr = (value: string | Buffer): Buffer => Buffer.concat([Buffer.from([Buffer.byteLength(value)]), Buffer.from(value)])
export const join = (...parts: (Buffer | number)[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : part)))

export const packet = (type: number, body: Buffer, wide = true): Buffer => {
  const length = body.length + 8
  const head = wide ? join(u16(length >>> 16), u16(length & 0xffff)) : join(u16(length), u16(0))
  return join(head, type, 0, 0, 0, body)
}
export const data = (content: Buffer, flags = 0, wide = true): Buffer => packet(6, join(u16(flags), content), wide)

export const connect = (descriptor: string, version = 319): Buffer => {
  const head = Buffer.alloc(66)
  head.writeUInt16BE(version, 0)
  head.writeUInt16BE(300, 2)
  head.writeUInt16BE(8192, 6)
  head.writeUInt16BE(65535, 8)
  head.writeUInt16BE(1, 14)
  head.writeUInt16BE(descriptor.length, 16)
  head.writeUInt16BE(74, 18)
  return packet(1, descriptor.length > 230 ? head : join(head, Buffer.from(descriptor)), false)
}
export const accept = (version = 318): Buffer => {
  const body = Buffer.alloc(37)
  body.writeUInt16BE(version, 0)
  body.writeUInt16BE(8192, 4)
  body.writeUInt16BE(65535, 6)
  body.writeUInt16BE(256, 8)
  body[14] = 4
  body.writeUInt32BE(8192, 24)
  return packet(2, version < 315 ? body.subarray(0, 24) : body, false)
}
export const refuse = (text: string): Buffer => packet(4, join(34, 0, u16(text.length), Buffer.from(text)), false)

export const fn = (code: number, ...rest: Buffer[]): Buffer => join(3, code, 1, ...rest)
export const status = join(9, ub(1), ub(1))
/** The message that ends an answer, in the version of fields of 19c. */
export const oer = (o: { code?: number; text?: string; cursor?: number; rows?: number; open?: boolean } = {}): Buffer =>
  join(
    ...[
      4,
      ub(o.open ? 3 : 1),
      ub(1),
      ub(0),
      ub(0),
      ub(0),
      ub(0),
      ub(o.cursor ?? 0),
      ub(0),
      0,
      0,
      0,
      0,
      0,
      0,
      ub(0),
      ub(0),
      0,
      ub(0),
      ub(0),
    ],
    ...[ub(0), 0, 0, ub(0), ub(0), ub(0), ub(0), ub(0), ub(0), ub(o.code ?? 0), ub(o.rows ?? 0)],
    ...(o.text === undefined ? [] : [clr(`${o.text}\n`)]),
  )
/** OALL8 of a thin client, without binds. */
export const execute = (sql: string): Buffer =>
  fn(
    94,
    join(ub(0x8021), ub(0), 1, ub(Buffer.byteLength(sql)), 1, ub(13), 0, 0, 0, ub(1), ub(0x7fffffff), 0, ub(0), 0, 0, 0, 0, 0, 0, ub(0)),
    join(ub(0), 0, 1, 0, ub(0), 0, ub(0), ub(0), 0, ub(0), 0, 0, ub(0), 0, ub(0), 0, 0, ub(0), clr(sql), Buffer.alloc(13)),
  )
/** OALL8 as a client with numbers of fixed width writes it, in outline. */
export const executeFixed = (sql: string): Buffer => {
  const pointer = Buffer.from('feffffffffffffff', 'hex')
  return fn(94, u32le(0x8021), u32le(0), pointer, u32le(sql.length), pointer, u32le(13), Buffer.alloc(40), clr(sql), Buffer.alloc(52))
}
