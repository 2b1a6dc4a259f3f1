/** Frames and segments of the CQL native protocol, written out. */
import { crc32 } from 'node:zlib'
import { crc24 } from '../../../src/protocols/cassandra/segment.js'

export const u8 = (n: number): Buffer => Buffer.from([n])
export const u16 = (n: number): Buffer => Buffer.from([(n >> 8) & 0xff, n & 0xff])
export const i32 = (n: number): Buffer => {
  const out = Buffer.alloc(4)
  out.writeInt32BE(n | 0)
  return out
}
export const i64 = (n: bigint): Buffer => {
  const out = Buffer.alloc(8)
  out.writeBigInt64BE(n)
  return out
}
export const str = (text: string): Buffer => Buffer.concat([u16(Buffer.byteLength(text)), Buffer.from(text)])
export const long = (text: string): Buffer => Buffer.concat([i32(Buffer.byteLength(text)), Buffer.from(text)])
export const bytes = (data: Buffer | string | null): Buffer =>
  data === null ? i32(-1) : Buffer.concat([i32(Buffer.byteLength(data)), Buffer.from(data as string)])
export const short = (data: Buffer): Buffer => Buffer.concat([u16(data.length), data])
export const all = (...parts: Buffer[]): Buffer => Buffer.concat(parts)

export const OP = {
  ERROR: 0,
  STARTUP: 1,
  READY: 2,
  AUTHENTICATE: 3,
  OPTIONS: 5,
  SUPPORTED: 6,
  QUERY: 7,
  RESULT: 8,
  PREPARE: 9,
  EXECUTE: 10,
  REGISTER: 11,
  EVENT: 12,
  BATCH: 13,
  AUTH_RESPONSE: 15,
  AUTH_SUCCESS: 16,
} as const

export function frame(version: number, stream: number, op: number, body: Buffer = Buffer.alloc(0), flags = 0): Buffer {
  const short = (version & 0x7f) <= 2
  return all(u8(version), u8(flags), short ? u8(stream & 0xff) : u16(stream & 0xffff), u8(op), i32(body.length), body)
}
/** Request and answer of v4. */
export const ask = (stream: number, op: number, body?: Buffer, flags?: number): Buffer => frame(4, stream, op, body, flags)
export const reply = (stream: number, op: number, body?: Buffer, flags?: number): Buffer => frame(0x84, stream, op, body, flags)

export const query = (text: string, version = 4): Buffer => all(long(text), u16(1), version >= 5 ? i32(0) : u8(0))
export const VOID = i32(1)
export const startup = (options: Record<string, string> = {}): Buffer => {
  const pairs = Object.entries({ CQL_VERSION: '3.0.0', ...options })
  return all(u16(pairs.length), ...pairs.flatMap(([k, v]) => [str(k), str(v)]))
}
export const error = (code: number, message: string, extra: Buffer = Buffer.alloc(0)): Buffer => all(i32(code), str(message), extra)

export type Spec = readonly [name: string, type: number | Buffer]
const specs = (columns: readonly Spec[]): Buffer =>
  all(...columns.map(([name, type]) => all(str(name), typeof type === 'number' ? u16(type) : type)))

export const INT = 9
export const TEXT = 13
export function rows(
  columns: readonly Spec[],
  data: readonly (readonly (Buffer | string | null)[])[],
  opts: { keyspace?: string; table?: string; count?: number; noMetadata?: boolean; newId?: Buffer; paging?: Buffer } = {},
): Buffer {
  const flags = (opts.noMetadata ? 4 : 1) | (opts.paging ? 2 : 0) | (opts.newId ? 8 : 0)
  return all(
    i32(2),
    i32(flags),
    i32(columns.length),
    opts.paging ? bytes(opts.paging) : Buffer.alloc(0),
    opts.newId ? short(opts.newId) : Buffer.alloc(0),
    opts.noMetadata ? Buffer.alloc(0) : all(str(opts.keyspace ?? 'shop'), str(opts.table ?? 'users'), specs(columns)),
    i32(opts.count ?? data.length),
    ...data.flatMap((row) => row.map((cell) => bytes(cell))),
  )
}
export const prepared = (id: Buffer, params: readonly Spec[], results: readonly Spec[], version = 4): Buffer =>
  all(
    i32(4),
    short(id),
    version === 5 ? short(Buffer.alloc(16, 7)) : Buffer.alloc(0),
    ...[i32(1), i32(params.length), version >= 4 ? i32(0) : Buffer.alloc(0), str('shop'), str('users'), specs(params)],
    results.length === 0 ? all(i32(4), i32(0)) : all(i32(1), i32(results.length), str('shop'), str('users'), specs(results)),
  )
export const values = (...list: (Buffer | string | null | 'unset')[]): Buffer =>
  all(u16(list.length), ...list.map((v) => (v === 'unset' ? i32(-2) : bytes(v))))
export const execute = (id: Buffer, bound: Buffer, version = 4, flags = 1): Buffer =>
  all(short(id), version === 5 ? short(Buffer.alloc(16, 7)) : Buffer.alloc(0), u16(1), version >= 5 ? i32(flags) : u8(flags), bound)
export const login = (user: string, password: string): Buffer => bytes(`\0${user}\0${password}`)

const le = (n: number, size: number): Buffer => {
  const out = Buffer.alloc(size)
  let rest = n
  for (let i = 0; i < size; i++) {
    out[i] = rest % 256
    rest = Math.floor(rest / 256)
  }
  return out
}
const sealed = (header: Buffer, payload: Buffer): Buffer =>
  all(header, le(crc24(header, 0, header.length), 3), payload, le(crc32(payload, crc32(Buffer.from([0xfa, 0x2d, 0x55, 0xca]))), 4))

/** A plain segment of v5. */
export const segment = (payload: Buffer, selfContained = true): Buffer =>
  sealed(le(payload.length + (selfContained ? 2 ** 17 : 0), 3), payload)
/** A segment with the header of a compressed connection; `uncompressed` 0: sent as it is. */
export const compressedSegment = (payload: Buffer, uncompressed = 0, selfContained = true): Buffer =>
  sealed(le(payload.length + uncompressed * 2 ** 17 + (selfContained ? 2 ** 34 : 0), 5), payload)
/** A frame of any length, as many segments as it takes. */
export function segments(envelope: Buffer): Buffer[] {
  const out: Buffer[] = []
  for (let at = 0; at < envelope.length; at += 131071) out.push(segment(envelope.subarray(at, at + 131071), false))
  return out
}
