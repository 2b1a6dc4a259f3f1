/** Writes DNS messages for tests: names, questions and records, byte by byte. */
export type Bytes = readonly number[] | Uint8Array | string

export const u16 = (n: number): number[] => [(n >> 8) & 255, n & 255]
export const u32 = (n: number): number[] => [(n >>> 24) & 255, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]
export const bytes = (...parts: Bytes[]): Buffer =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : Buffer.from(part))))
export const hex = (text: string): Buffer => Buffer.from(text.replaceAll(' ', ''), 'hex')

/** Dotted text to labels; '' or '.' is the root. */
export const name = (text: string): Buffer =>
  bytes(
    ...text
      .split('.')
      .filter((label) => label !== '')
      .map((label) => bytes([Buffer.byteLength(label)], Buffer.from(label))),
    [0],
  )
export const pointer = (offset: number): number[] => [0xc0 | (offset >> 8), offset & 255]
export const str = (text: string): Buffer => bytes([Buffer.byteLength(text)], Buffer.from(text))

export const question = (text: string, type = 1, klass = 1): Buffer => bytes(name(text), u16(type), u16(klass))
export const record = (owner: Bytes, type: number, data: Bytes, ttl = 300, klass = 1): Buffer => {
  const rdata = bytes(data)
  return bytes(owner, u16(type), u16(klass), u32(ttl), u16(rdata.length), rdata)
}
export const a = (owner: Bytes, ip: string, ttl = 300): Buffer => record(owner, 1, ip.split('.').map(Number), ttl)
export const soa = (owner: Bytes, serial: number): Buffer =>
  record(owner, 6, bytes(name('ns.x'), name('root.x'), u32(serial), u32(2), u32(3), u32(4), u32(5)))
export const option = (code: number, data: Bytes): Buffer => {
  const value = bytes(data)
  return bytes(u16(code), u16(value.length), value)
}
export const opt = (options: Bytes = [], size = 1232, upperRcode = 0, flags = 0): Buffer =>
  record([0], 41, options, ((upperRcode << 24) | flags) >>> 0, size)

export interface Message {
  id?: number
  flags?: number
  questions?: Bytes[]
  answers?: Bytes[]
  authorities?: Bytes[]
  additionals?: Bytes[]
}

/** RD set, as stub resolvers do. */
export const QUERY = 0x0100
/** QR, RD and RA. */
export const RESPONSE = 0x8180

export const message = (m: Message): Buffer => {
  const sections = [m.questions ?? [], m.answers ?? [], m.authorities ?? [], m.additionals ?? []]
  return bytes(u16(m.id ?? 1), u16(m.flags ?? QUERY), ...sections.map((s) => u16(s.length)), ...sections.flat())
}

export const query = (text: string, type = 1, id = 1): Buffer => message({ id, questions: [question(text, type)] })
export const response = (text: string, answers: Bytes[], type = 1, id = 1, flags = RESPONSE): Buffer =>
  message({ id, flags, questions: [question(text, type)], answers })

/** With the length prefix of TCP. */
export const framed = (...messages: Uint8Array[]): Buffer => bytes(...messages.flatMap((m) => [u16(m.length), m]))
