/** MongoDB messages for tests, made with the BSON library that the parser does without. */
import { deflateSync } from 'node:zlib'
import { type Document, serialize } from 'bson'
import { mongodb } from '../../../src/protocols/mongodb/index.js'
import { type Driven, drive, type Step } from '../../support/drive.js'

export const bson = (doc: Document): Buffer => Buffer.from(serialize(doc, { ignoreUndefined: true }))
export const cstring = (text: string): Buffer => Buffer.from(`${text}\0`)
export const i32 = (...values: number[]): Buffer => {
  const out = Buffer.alloc(values.length * 4)
  for (const [i, value] of values.entries()) out.writeInt32LE(value, i * 4)
  return out
}
export const i64 = (value: bigint): Buffer => {
  const out = Buffer.alloc(8)
  out.writeBigInt64LE(value)
  return out
}
export const message = (op: number, id: number, to: number, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([i32(body.length + 16, id, to, op), body])
}
export const sequence = (name: string, docs: Document[]): Buffer => {
  const inner = Buffer.concat([cstring(name), ...docs.map(bson)])
  return Buffer.concat([Buffer.from([1]), i32(inner.length + 4), inner])
}
export const section = (doc: Document): Buffer => Buffer.concat([Buffer.from([0]), bson(doc)])

/** A request as OP_MSG. */
export const ask = (id: number, doc: Document, flags = 0, ...more: Buffer[]): Buffer =>
  message(2013, id, 0, i32(flags), section(doc), ...more)
/** Its answer. */
export const reply = (to: number, doc: Document, flags = 0, id = to + 10000): Buffer => message(2013, id, to, i32(flags), section(doc))
export const query = (id: number, ns: string, doc: Document, skip = 0, wanted = -1, flags = 0): Buffer =>
  message(2004, id, 0, i32(flags), cstring(ns), i32(skip, wanted), bson(doc))
export const opReply = (to: number, docs: Document[], flags = 8, cursor = 0n): Buffer =>
  message(1, to + 10000, to, i32(flags), i64(cursor), i32(0, docs.length), ...docs.map(bson))
export const zlib = (whole: Buffer, size = whole.length - 16): Buffer =>
  message(
    2012,
    whole.readInt32LE(4),
    whole.readInt32LE(8),
    i32(whole.readInt32LE(12), size),
    Buffer.from([2]),
    deflateSync(whole.subarray(16)),
  )

export const talk = (steps: readonly Step[], opts: Parameters<typeof drive>[2] = {}): Promise<Driven> => drive(mongodb, steps, opts)
export const row = (driven: Driven, i = 0): Record<string, unknown> => driven.transactions[i]!.row
