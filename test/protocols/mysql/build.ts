/** Packets of the protocol, made by hand. */
import { deflateSync } from 'node:zlib'
import type { Step } from '../../support/drive.js'

export const CAPS = 0x007f_a28d
export const DEPRECATE_EOF = 0x0100_0000

export const bytes = (...parts: (number | string | Buffer | readonly number[])[]): Buffer =>
  Buffer.concat(
    parts.map((part) =>
      typeof part === 'number'
        ? Buffer.from([part])
        : typeof part === 'string'
          ? Buffer.from(part, 'utf8')
          : Buffer.isBuffer(part)
            ? part
            : Buffer.from(part as readonly number[]),
    ),
  )
export const u16 = (n: number): Buffer => {
  const b = Buffer.alloc(2)
  b.writeUInt16LE(n)
  return b
}
export const u24 = (n: number): Buffer => {
  const b = Buffer.alloc(3)
  b.writeUIntLE(n, 0, 3)
  return b
}
export const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4)
  b.writeUInt32LE(n >>> 0)
  return b
}
export const lenenc = (n: number): Buffer => (n < 0xfb ? bytes(n) : n < 65536 ? bytes(0xfc, u16(n)) : bytes(0xfd, u24(n)))
export const str = (text: string | Buffer): Buffer => bytes(lenenc(Buffer.byteLength(text)), text)

export const packet = (seq: number, ...parts: Parameters<typeof bytes>): Buffer => {
  const body = bytes(...parts)
  return bytes(u24(body.length), seq, body)
}
/** A payload of any size, in pieces of 16 MB. */
export const split = (seq: number, body: Buffer): Buffer => {
  const out: Buffer[] = []
  let at = 0
  let n = seq
  for (;;) {
    const piece = body.subarray(at, at + 0xffffff)
    out.push(bytes(u24(piece.length), n++ & 0xff, piece))
    at += piece.length
    if (piece.length < 0xffffff) return Buffer.concat(out)
  }
}
export const greeting = (caps = CAPS | DEPRECATE_EOF, version = '8.0.36', plugin = 'caching_sha2_password'): Buffer =>
  packet(
    0,
    10,
    version,
    0,
    u32(42),
    'abcdefgh',
    0,
    u16(caps & 0xffff),
    255,
    u16(2),
    u16(caps >>> 16),
    21,
    Buffer.alloc(10),
    'ijklmnopqrst',
    0,
    plugin,
    0,
  )
export const login = (
  opts: { caps?: number; user?: string; database?: string; plugin?: string; auth?: string; attributes?: Record<string, string> } = {},
): Buffer => {
  const {
    caps = CAPS | DEPRECATE_EOF,
    user = 'anna',
    database = 'shop',
    plugin = 'caching_sha2_password',
    auth = '01234567890123456789',
  } = opts
  const attributes = Object.entries(opts.attributes ?? { _client_name: 'libmysql', _client_version: '8.0.36' }).flatMap(([k, v]) => [
    str(k),
    str(v),
  ])
  return packet(
    1,
    u32(caps),
    u32(1 << 24),
    255,
    Buffer.alloc(23),
    user,
    0,
    str(auth),
    database,
    0,
    plugin,
    0,
    str(Buffer.concat(attributes)),
  )
}
export const ok = (seq: number, affected = 0, insertId = 0, status = 2, warnings = 0, info = ''): Buffer =>
  packet(seq, 0, lenenc(affected), lenenc(insertId), u16(status), u16(warnings), info)
export const okEnd = (seq: number, status = 2): Buffer => packet(seq, 0xfe, 0, 0, u16(status), u16(0))
export const eof = (seq: number, status = 2): Buffer => packet(seq, 0xfe, u16(0), u16(status))
export const err = (seq: number, code: number, state: string, message: string): Buffer => packet(seq, 0xff, u16(code), `#${state}`, message)
export const column = (seq: number, name: string, type = 253, table = 'orders', flags = 0): Buffer =>
  packet(seq, str('def'), str('shop'), str(table), str(table), str(name), str(name), 12, u16(255), u32(100), type, u16(flags), 0, 0, 0)
export const row = (seq: number, ...values: string[]): Buffer => packet(seq, ...values.map(str))
export const query = (sql: string): Buffer => packet(0, 3, sql)
export const prepare = (sql: string): Buffer => packet(0, 22, sql)
export const prepared = (id: number, columns: number, params: number): Buffer => packet(1, 0, u32(id), u16(columns), u16(params), 0, u16(0))
export const execute = (id: number, body: Buffer = Buffer.alloc(0), flags = 0): Buffer => packet(0, 23, u32(id), flags, u32(1), body)
export const result = (deprecate: boolean, ...rows: string[][]): Buffer => {
  const fields = rows[0]!.length
  let seq = 1
  const out = [packet(seq++, fields)]
  for (let i = 0; i < fields; i++) out.push(column(seq++, `c${i}`))
  if (!deprecate) out.push(eof(seq++))
  for (const one of rows) out.push(row(seq++, ...one))
  out.push(deprecate ? okEnd(seq) : eof(seq))
  return Buffer.concat(out)
}
/** The login, accepted. */
export const session = (caps = CAPS | DEPRECATE_EOF): Step[] => [
  ['server', greeting(caps)],
  ['client', login({ caps })],
  ['server', ok(2)],
]
/** A wrapper of the compressed protocol; small ones are not deflated, as libraries do. */
export const wrap = (seq: number, data: Buffer, deflate = data.length > 50): Buffer => {
  const body = deflate ? deflateSync(data) : data
  return bytes(u24(body.length), seq, u24(deflate ? data.length : 0), body)
}
/** The same as one raw block of Zstandard: no compressor of it is at hand in every Node. */
export const wrapZstd = (seq: number, data: Buffer): Buffer => {
  const header = (1 | (data.length << 3)) >>> 0
  const body = bytes(u32(0xfd2fb528), 0xa0, u32(data.length), u24(header), data)
  return bytes(u24(body.length), seq, u24(data.length), body)
}
