// MongoDB messages for the scripted peer and the raw client: framing, sections, legacy opcodes, compression.
import { createRequire } from 'node:module'
import { deflateSync, inflateSync } from 'node:zlib'

const load = createRequire(`${process.env.MODULES}/`)
export const BSON = load('bson')
export const driver = () => load('mongodb')
const snappy = load('snappy')
const zstd = load('@mongodb-js/zstd')

export const bson = (doc) => Buffer.from(BSON.serialize(doc, { ignoreUndefined: true }))
export const cstring = (text) => Buffer.from(`${text}\0`)
export const i32 = (...values) => {
  const out = Buffer.alloc(values.length * 4)
  values.forEach((value, i) => out.writeInt32LE(value, i * 4))
  return out
}
export const i64 = (value) => {
  const out = Buffer.alloc(8)
  out.writeBigInt64LE(BigInt(value))
  return out
}

export const message = (op, id, to, ...parts) => {
  const body = Buffer.concat(parts)
  return Buffer.concat([i32(body.length + 16, id, to, op), body])
}

/** An OP_MSG: flags, body, document sequences by name. */
export const opMsg = (id, to, flags, doc, sequences = {}) => {
  const parts = [i32(flags), Buffer.from([0]), bson(doc)]
  for (const [name, docs] of Object.entries(sequences)) {
    const inner = Buffer.concat([cstring(name), ...docs.map(bson)])
    parts.push(Buffer.from([1]), i32(inner.length + 4), inner)
  }
  const whole = message(2013, id, to, ...parts)
  if ((flags & 1) === 0) return whole
  const out = Buffer.concat([whole, Buffer.alloc(4)])
  out.writeInt32LE(out.length, 0)
  out.writeUInt32LE(crc32c(out.subarray(0, -4)), out.length - 4)
  return out
}

export const opReply = (id, to, flags, cursor, from, docs) =>
  message(1, id, to, i32(flags), i64(cursor), i32(from, docs.length), ...docs.map(bson))

const compressors = ['noop', 'snappy', 'zlib', 'zstd']
export async function compress(whole, name) {
  const body = whole.subarray(16)
  const packed = name === 'snappy' ? snappy.compressSync(body) : name === 'zlib' ? deflateSync(body) : name === 'zstd' ? await zstd.compress(body, 3) : body
  return message(2012, whole.readInt32LE(4), whole.readInt32LE(8), i32(whole.readInt32LE(12), body.length), Buffer.from([compressors.indexOf(name)]), packed)
}
export async function expand(whole) {
  const name = compressors[whole[24]]
  const packed = whole.subarray(25)
  const body = name === 'snappy' ? snappy.uncompressSync(packed) : name === 'zlib' ? inflateSync(packed) : name === 'zstd' ? await zstd.decompress(packed) : packed
  return { name, whole: Buffer.concat([i32(body.length + 16, whole.readInt32LE(4), whole.readInt32LE(8), whole.readInt32LE(16)), body]) }
}

/** Calls `see` with each whole message that arrives on a socket, one at a time. */
export function messages(socket, see) {
  let held = Buffer.alloc(0)
  let last = Promise.resolve()
  socket.on('data', (data) => {
    held = Buffer.concat([held, data])
    while (held.length >= 4 && held.length >= held.readInt32LE(0)) {
      const one = held.subarray(0, held.readInt32LE(0))
      held = held.subarray(one.length)
      last = last.then(() => see(one))
    }
  })
}

function crc32c(data) {
  let crc = 0xffffffff
  for (const byte of data) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1
  }
  return (crc ^ 0xffffffff) >>> 0
}
