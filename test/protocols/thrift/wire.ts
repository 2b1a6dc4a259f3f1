/** Thrift messages from a few words. */
const u16 = (n: number): Buffer => Buffer.from([(n >> 8) & 255, n & 255])
export const u32 = (n: number): Buffer => {
  const b = Buffer.alloc(4)
  b.writeInt32BE(n | 0)
  return b
}
export const text = (value: string | Buffer): Buffer => Buffer.concat([u32(Buffer.byteLength(value)), Buffer.from(value)])
export const STOP = Buffer.from([0])

/** Binary fields. */
export const field = (type: number, id: number, value: Buffer): Buffer => Buffer.concat([Buffer.from([type]), u16(id), value])
export const i32 = (id: number, n: number): Buffer => field(8, id, u32(n))
export const str = (id: number, value: string | Buffer): Buffer => field(11, id, text(value))
export const struct = (id: number, ...fields: Buffer[]): Buffer => field(12, id, Buffer.concat([...fields, STOP]))
export const map = (id: number, of: Record<string, string>): Buffer =>
  field(13, id, Buffer.concat([Buffer.from([11, 11]), u32(Object.keys(of).length), ...Object.entries(of).flat().map(text)]))
export const list = (id: number, ...numbers: number[]): Buffer =>
  field(15, id, Buffer.concat([Buffer.from([8]), u32(numbers.length), ...numbers.map(u32)]))

const CALL = 1
export const binary = (kind: number, name: string, seqid: number, ...fields: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x80, 1, 0, kind]), text(name), u32(seqid), ...fields, STOP])
export const call = (name: string, ...fields: Buffer[]): Buffer => binary(CALL, name, 0, ...fields)
export const reply = (name: string, ...fields: Buffer[]): Buffer => binary(2, name, 0, ...fields)
export const old = (kind: number, name: string, seqid: number, ...fields: Buffer[]): Buffer =>
  Buffer.concat([text(name), Buffer.from([kind]), u32(seqid), ...fields, STOP])
export const framed = (message: Buffer): Buffer => Buffer.concat([u32(message.length), message])

export const varint = (n: number): Buffer => {
  const out: number[] = []
  let rest = n
  for (; rest >= 128; rest = Math.floor(rest / 128)) out.push((rest % 128) | 128)
  out.push(rest)
  return Buffer.from(out)
}
export const compact = (kind: number, name: string, seqid: number, ...body: Buffer[]): Buffer =>
  Buffer.concat([Buffer.from([0x82, (kind << 5) | 1]), varint(seqid), varint(name.length), Buffer.from(name), ...body, STOP])
