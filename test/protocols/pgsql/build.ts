/** Messages of the protocol, to script conversations with. */
const z = (text: string): Buffer => Buffer.from(`${text}\0`, 'utf8')
const i16 = (n: number): Buffer => {
  const b = Buffer.alloc(2)
  b.writeInt16BE(n)
  return b
}
const i32 = (n: number): Buffer => {
  const b = Buffer.alloc(4)
  b.writeInt32BE(n)
  return b
}
export const message = (letter: string, ...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([Buffer.from(letter), i32(body.length + 4), body])
}
const untyped = (...parts: Buffer[]): Buffer => {
  const body = Buffer.concat(parts)
  return Buffer.concat([i32(body.length + 4), body])
}
const value = (one: string | Buffer | null): Buffer =>
  one === null ? i32(-1) : Buffer.concat([i32(Buffer.byteLength(one)), Buffer.isBuffer(one) ? one : Buffer.from(one)])

export const client = {
  ssl: untyped(i32(80877103)),
  gss: untyped(i32(80877104)),
  cancel: (pid: number, key: number) => untyped(i32(80877102), i32(pid), i32(key)),
  startup: (parameters: Record<string, string>, minor = 0) =>
    untyped(i32(0x30000 + minor), ...Object.entries(parameters).flatMap(([name, text]) => [z(name), z(text)]), Buffer.alloc(1)),
  password: (text: string) => message('p', z(text)),
  saslFirst: (mechanism: string, first: string) => message('p', z(mechanism), value(first)),
  saslNext: (text: string) => message('p', Buffer.from(text)),
  query: (text: string) => message('Q', z(text)),
  parse: (name: string, text: string, types: number[] = []) => message('P', z(name), z(text), i16(types.length), ...types.map(i32)),
  bind: (portal: string, statement: string, values: (string | Buffer | null)[], formats: number[] = [], results: number[] = []) =>
    message(
      'B',
      z(portal),
      z(statement),
      i16(formats.length),
      ...formats.map(i16),
      i16(values.length),
      ...values.map(value),
      i16(results.length),
      ...results.map(i16),
    ),
  describe: (what: 'S' | 'P', name: string) => message('D', Buffer.from(what), z(name)),
  execute: (portal: string, rows = 0) => message('E', z(portal), i32(rows)),
  close: (what: 'S' | 'P', name: string) => message('C', Buffer.from(what), z(name)),
  call: (oid: number, values: string[]) => message('F', i32(oid), i16(0), i16(values.length), ...values.map(value), i16(0)),
  sync: message('S'),
  flush: message('H'),
  terminate: message('X'),
  copyData: (text: string) => message('d', Buffer.from(text)),
  copyDone: message('c'),
  copyFail: (why: string) => message('f', z(why)),
}

export const server = {
  auth: (code: number, more: Buffer | string = '') => message('R', i32(code), Buffer.from(more)),
  parameter: (name: string, text: string) => message('S', z(name), z(text)),
  key: (pid: number, key: number) => message('K', i32(pid), i32(key)),
  ready: (state = 'I') => message('Z', Buffer.from(state)),
  parsed: message('1'),
  bound: message('2'),
  closed: message('3'),
  noData: message('n'),
  suspended: message('s'),
  empty: message('I'),
  types: (...oids: number[]) => message('t', i16(oids.length), ...oids.map(i32)),
  columns: (...columns: [name: string, type: number][]) =>
    message('T', i16(columns.length), ...columns.flatMap(([name, type]) => [z(name), i32(0), i16(0), i32(type), i16(-1), i32(-1), i16(0)])),
  row: (...values: (string | Buffer | null)[]) => message('D', i16(values.length), ...values.map(value)),
  complete: (tag: string) => message('C', z(tag)),
  error: (fields: Record<string, string>) => message('E', ...Object.entries(fields).map(([code, text]) => z(code + text)), Buffer.alloc(1)),
  notice: (fields: Record<string, string>) =>
    message('N', ...Object.entries(fields).map(([code, text]) => z(code + text)), Buffer.alloc(1)),
  notification: (pid: number, channel: string, payload: string) => message('A', i32(pid), z(channel), z(payload)),
  copyIn: message('G', Buffer.from([0]), i16(1), i16(0)),
  copyOut: message('H', Buffer.from([0]), i16(1), i16(0)),
  copyBoth: message('W', Buffer.from([0]), i16(0)),
  copyData: (data: string | Buffer) => message('d', Buffer.from(data)),
  copyDone: message('c'),
  result: (text: string) => message('V', value(text)),
}

export const join = (...parts: Buffer[]): Buffer => Buffer.concat(parts)

/** A login without password, and everything the server says about itself. */
export const login = [
  ['client', client.startup({ user: 'anna', database: 'shop', application_name: 'till' })],
  ['server', join(server.auth(0), server.parameter('server_version', '15.4'), server.key(781, 99), server.ready())],
] as const
