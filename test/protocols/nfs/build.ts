/** RPC messages for the tests, written as RFC 5531 and RFC 4506 say. */
export type Part = number | bigint | string | Uint8Array

/** Numbers are words, bigints double words, texts opaques with their length; bytes stand as they are. */
export function xdr(...parts: readonly Part[]): Buffer {
  return Buffer.concat(
    parts.map((part) => {
      if (typeof part === 'number') {
        const word = Buffer.alloc(4)
        word.writeUInt32BE(part >>> 0)
        return word
      }
      if (typeof part === 'bigint') {
        const words = Buffer.alloc(8)
        words.writeBigUInt64BE(part)
        return words
      }
      return typeof part === 'string' ? opaque(Buffer.from(part, 'latin1')) : Buffer.from(part)
    }),
  )
}
export const opaque = (bytes: Uint8Array): Buffer => Buffer.concat([xdr(bytes.length), bytes, Buffer.alloc(-bytes.length & 3)])
export const handle = (text: string): Buffer => opaque(Buffer.from(text, 'hex'))

export const unix = (uid = 1000): Buffer => xdr(1, opaque(xdr(7, 'desk', uid, 100, 2, 100, 27)))
export const none = (): Buffer => xdr(0, 0)
export const gss = (procedure: number, service: number): Buffer => xdr(6, opaque(xdr(1, procedure, 9, service, 'ctx1')))

interface CallOptions {
  readonly program?: number
  readonly version?: number
  readonly cred?: Buffer
  readonly rpc?: number
}
export const call = (xid: number, procedure: number, args: Uint8Array = Buffer.alloc(0), o: CallOptions = {}): Buffer =>
  Buffer.concat([xdr(xid, 0, o.rpc ?? 2, o.program ?? 100003, o.version ?? 3, procedure), o.cred ?? unix(), none(), args])
export const reply = (xid: number, results: Uint8Array = Buffer.alloc(0), verifier: Buffer = none()): Buffer =>
  Buffer.concat([xdr(xid, 1, 0), verifier, xdr(0), results])
export const refused = (xid: number, ...words: number[]): Buffer => xdr(xid, 1, ...words)

/** A record; in several fragments when sizes are given. */
export function record(message: Uint8Array, ...sizes: number[]): Buffer {
  const pieces: Buffer[] = []
  let at = 0
  for (const size of [...sizes, message.length]) {
    const piece = message.subarray(at, at + size)
    at += piece.length
    const last = at === message.length && pieces.length >= sizes.length * 2
    pieces.push(xdr((last ? 0x80000000 : 0) + piece.length), Buffer.from(piece))
  }
  return Buffer.concat(pieces)
}

export const attributes = (type = 1, size = 42n, mode = 0o644): Buffer =>
  xdr(type, mode, 1, 1000, 100, size, size, 0, 0, 1n, 77n, 1767225600, 5, 1767225600, 6, 1767225600, 7)
export const getattr = (xid: number, fh = 'aa01'): Buffer => call(xid, 1, handle(fh))
export const gotattr = (xid: number): Buffer => reply(xid, xdr(0, attributes()))
export const read = (xid: number, fh = 'aa01', count = 4096): Buffer => call(xid, 6, xdr(handle(fh), 0n, count))
export const gotread = (xid: number, data: Uint8Array): Buffer =>
  reply(xid, xdr(0, 1, attributes(1, BigInt(data.length)), data.length, 1, opaque(data)))
export const lookup = (xid: number, fh: string, name: string): Buffer => call(xid, 3, xdr(handle(fh), name))
export const found = (xid: number, fh: string): Buffer => reply(xid, xdr(0, handle(fh), 1, attributes(), 0))

/** NFSv4 */
export const compound = (xid: number, minor: number, ...ops: Uint8Array[]): Buffer =>
  call(xid, 1, xdr('', minor, ops.length, ...ops), { version: 4 })
export const results = (xid: number, status: number, ...ops: Uint8Array[]): Buffer => reply(xid, xdr(status, '', ops.length, ...ops))
