/** Bytes of TLS and DTLS, made by hand. */
import type { Transaction } from '../../../src/model/transaction.js'
import { tls } from '../../../src/protocols/tls/index.js'
import { type Driven, drive, type Step } from '../../support/drive.js'

const u8 = (n: number): Buffer => Buffer.from([n])
export const u16 = (n: number): Buffer => Buffer.from([n >> 8, n & 0xff])
export const u24 = (n: number): Buffer => Buffer.from([n >> 16, (n >> 8) & 0xff, n & 0xff])
export const join = (...parts: readonly Uint8Array[]): Buffer => Buffer.concat(parts)
const shorts = (codes: readonly number[]): Buffer => join(...codes.map(u16))
const sized8 = (body: Buffer): Buffer => join(u8(body.length), body)
const sized16 = (body: Buffer): Buffer => join(u16(body.length), body)

export const record = (type: number, body: Uint8Array, version = 0x0303): Buffer => join(u8(type), u16(version), u16(body.length), body)
export const message = (type: number, body: Uint8Array = Buffer.alloc(0)): Buffer => join(u8(type), u24(body.length), body)
export const handshake = (...messages: readonly Buffer[]): Buffer => record(22, join(...messages))
export const changed = record(20, Buffer.from([1]))
export const alert = (level: number, code: number): Buffer => record(21, Buffer.from([level, code]))
/** An encrypted record: content that means nothing. */
export const sealed = (length: number, type = 23): Buffer => record(type, Buffer.alloc(length, 0xa7))
export const finished = sealed(40, 22)

export const extension = {
  sni: (name: string): Buffer => join(u16(0), sized16(sized16(join(u8(0), sized16(Buffer.from(name)))))),
  alpn: (...names: string[]): Buffer => join(u16(16), sized16(sized16(join(...names.map((name) => sized8(Buffer.from(name, 'latin1'))))))),
  groups: (...codes: number[]): Buffer => join(u16(10), sized16(sized16(shorts(codes)))),
  points: join(u16(11), sized16(sized8(u8(0)))),
  signatures: (...codes: number[]): Buffer => join(u16(13), sized16(sized16(shorts(codes)))),
  versions: (...codes: number[]): Buffer => join(u16(43), sized16(sized8(shorts(codes)))),
  version: (code: number): Buffer => join(u16(43), sized16(u16(code))),
  keyShare: (group: number): Buffer => join(u16(51), sized16(sized16(join(u16(group), sized16(Buffer.alloc(32)))))),
  keyChosen: (group: number): Buffer => join(u16(51), sized16(join(u16(group), sized16(Buffer.alloc(32))))),
  ticket: (length: number): Buffer => join(u16(35), sized16(Buffer.alloc(length, 7))),
  psk: join(u16(41), sized16(Buffer.from([0, 0]))),
  empty: (type: number): Buffer => join(u16(type), u16(0)),
}

export interface HelloParts {
  version?: number
  random?: number
  session?: Buffer
  ciphers?: readonly number[]
  extensions?: readonly Buffer[]
  cookie?: Buffer
}

export const clientHello = ({
  version = 0x0303,
  random = 1,
  session = Buffer.alloc(0),
  ciphers = [0xc02f],
  extensions,
  cookie,
}: HelloParts = {}): Buffer =>
  message(
    1,
    join(
      u16(version),
      Buffer.alloc(32, random),
      sized8(session),
      ...(cookie ? [sized8(cookie)] : []),
      sized16(shorts(ciphers)),
      sized8(u8(0)),
      ...(extensions ? [sized16(join(...extensions))] : []),
    ),
  )

export const serverHello = ({
  version = 0x0303,
  random = 2,
  session = Buffer.alloc(0),
  ciphers = [0xc02f],
  extensions,
}: HelloParts = {}): Buffer =>
  message(
    2,
    join(
      u16(version),
      Buffer.alloc(32, random),
      sized8(session),
      u16(ciphers[0] ?? 0),
      u8(0),
      ...(extensions ? [sized16(join(...extensions))] : []),
    ),
  )

/** SHA-256 of "HelloRetryRequest". */
const RETRY = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')
export const retryRequest = (group: number): Buffer => {
  const hello = serverHello({ ciphers: [0x1301], extensions: [extension.version(0x0304), join(u16(51), sized16(u16(group)))] })
  RETRY.copy(hello, 6)
  return hello
}

export const certificates = (...ders: readonly Uint8Array[]): Buffer => {
  const list = join(...ders.map((der) => join(u24(der.length), der)))
  return message(11, join(u24(list.length), list))
}
export const keyExchange = message(12, join(Buffer.from([3, 0, 29, 32]), Buffer.alloc(32)))
export const helloDone = message(14)
export const clientKey = message(16, Buffer.alloc(33))

/** A full handshake before TLS 1.3, without certificates of the client. */
export const full = (hello = clientHello(), answer = serverHello(), ...flight: readonly Buffer[]): Step[] => [
  ['client', handshake(hello)],
  ['server', handshake(answer, ...flight, keyExchange, helloDone)],
  ['client', join(handshake(clientKey), changed, finished)],
  ['server', join(changed, finished)],
]

export const hello13 = (...more: readonly Buffer[]): Buffer =>
  clientHello({
    session: Buffer.alloc(32, 9),
    ciphers: [0x1301],
    extensions: [extension.sni('www.example.org'), extension.versions(0x0304, 0x0303), extension.keyShare(29), ...more],
  })
export const answer13 = (...more: readonly Buffer[]): Buffer =>
  serverHello({
    session: Buffer.alloc(32, 9),
    ciphers: [0x1301],
    extensions: [extension.version(0x0304), extension.keyChosen(29), ...more],
  })

export const dtls = (type: number, epoch: number, sequence: number, body: Uint8Array, version = 0xfefd): Buffer =>
  join(u8(type), u16(version), u16(epoch), Buffer.alloc(4), u16(sequence), u16(body.length), body)
/** A fragment of a handshake message that `message` made. */
export const fragment = (whole: Buffer, sequence: number, from = 0, to = whole.length - 4): Buffer =>
  join(whole.subarray(0, 4), u16(sequence), u24(from), u24(to - from), whole.subarray(4 + from, 4 + to))

export type Row = Record<string, unknown>
export const run = (steps: readonly Step[], options?: Parameters<typeof drive>[2]): Promise<Driven> => drive(tls, steps, options)
export async function only(
  steps: readonly Step[],
  options?: Parameters<typeof drive>[2],
): Promise<Transaction<Row> & { anomalies: string[] }> {
  const driven = await run(steps, options)
  if (driven.transactions.length !== 1) throw new Error(`${driven.transactions.length} rows`)
  return { ...driven.transactions[0]!, anomalies: driven.anomalies }
}
