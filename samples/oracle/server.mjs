// A scripted peer for Oracle clients: it accepts, refuses and redirects connects, lets one user in, and answers a handful of statements.
// Synthetic: written from the layout that thin clients read and write. Usage: server.mjs ADDRESS PORT
import crypto from 'node:crypto'
import net from 'node:net'

const [address, port] = process.argv.slice(2)
const PASSWORDS = { HARBOUR: 'S3CRET-oracle-1', AUDITOR: 'S3CRET-oracle-2' }
const FIELDS = 16

const u8 = (...bytes) => Buffer.from(bytes)
const u16 = (n) => u8(n >> 8, n & 255)
const ub = (n) => {
  if (n === 0) return u8(0)
  const hex = n.toString(16)
  const bytes = Buffer.from(hex.length % 2 ? `0${hex}` : hex, 'hex')
  return Buffer.concat([u8(bytes.length), bytes])
}
const clr = (value) => {
  const bytes = Buffer.from(value)
  return bytes.length === 0 ? u8(0) : Buffer.concat([u8(bytes.length), bytes])
}
const counted = (value) => Buffer.concat([ub(Buffer.byteLength(value)), ...(value.length > 0 ? [clr(value)] : [])])
const join = (...parts) => Buffer.concat(parts.flat(9))
const number = (n) => (n === 0 ? u8(1, 0x80) : clr(digits(n)))
function digits(n) {
  const pairs = []
  for (let rest = n; rest > 0; rest = Math.floor(rest / 100)) pairs.unshift((rest % 100) + 1)
  return Buffer.from([0xc0 + pairs.length, ...pairs])
}

const status = (transaction) => join(u8(9), ub(transaction ? 3 : 1), ub(1))
const error = ({ code = 0, text = '', cursor = 0, rows = 0, transaction = false, position = 0 }) =>
  join(
    [u8(4), ub(transaction ? 3 : 1), ub(1), ub(rows), ub(code & 0xffff), ub(0), ub(0), ub(cursor), ub(position), u8(0, 0, 0, 0, 0, 0)],
    [ub(0), ub(0), u8(0), ub(0), ub(0), ub(0), u8(0, 0), ub(0), ub(0), ub(0), ub(0), ub(0), ub(0), ub(code), ub(rows), ub(0), ub(0)],
    code === 0 ? [] : clr(`${text}\n`),
  )
const column = ([name, type, size]) =>
  join(
    [u8(type, 0, 0, 0), ub(size), ub(0), ub(0), ub(0), ub(0), ub(873), u8(type === 1 ? 1 : 0), ub(size), ub(0), u8(1, name.length)],
    [counted(name), ub(0), ub(0), ub(0), ub(0)],
  )
const describe = (columns) => join(u8(16), u8(0), ub(200), ub(columns.length), u8(1), columns.map(column), ub(0), ub(0), ub(0), ub(0), ub(0), ub(0))
const header = () => join(u8(6, 0), ub(1), ub(0), ub(1), ub(0), ub(0), ub(0))
const rowsOf = (columns, rows) =>
  rows.map((row) => join(header(), u8(7), row.map((value, i) => (value === null ? u8(0) : columns[i][1] === 2 ? number(value) : clr(String(value))))))
const parameters = () => join(u8(8), ub(0), ub(0), ub(0), ub(0))

const COLUMNS = [['ID', 2, 22], ['NAME', 1, 60], ['PASSWORD', 1, 60]]
const STATEMENTS = [
  [/ORA_ERROR/i, () => error({ code: 942, text: 'ORA-00942: table or view does not exist', position: 14 })],
  [/IDENTIFIED BY "S3CRET-oracle-4"/, () => error({ code: 988, text: 'ORA-00988: missing or invalid password(s) near "S3CRET-oracle-4"' })],
  [/^\s*(ALTER|CREATE|DROP|GRANT)/i, () => error({})],
  [/^\s*(INSERT|UPDATE|DELETE)/i, (s) => join(parameters(), error({ cursor: s.cursor, rows: 1, transaction: (s.transaction = true) }))],
  [/^\s*BEGIN/i, (s) => join(parameters(), error({ cursor: s.cursor, transaction: s.transaction }))],
  [/^\s*SELECT/i, (s, fetch) => {
    const rows = [[1, 'Ada', 'S3CRET-oracle-5'], [2, 'Jürgen, 2nd', null], [123456789, 'c', 'S3CRET-oracle-5']]
    return join(fetch ? [] : describe(COLUMNS), rowsOf(COLUMNS, rows), parameters(), error({ code: 1403, text: 'ORA-01403: no data found', cursor: s.cursor, rows: 3 }))
  }],
]

class Session {
  wide = false
  cursor = 0
  transaction = false
  broken = false
  asked = Buffer.alloc(0)
  statements = new Map()
  buffer = Buffer.alloc(0)
  connects = 0

  constructor(socket) {
    this.socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes) => this.feed(bytes))
    socket.on('error', () => {})
  }

  packet(type, body, flags = 0) {
    const length = body.length + 8
    const head = this.wide ? join(u16(length >>> 16), u16(length & 0xffff)) : join(u16(length), u16(0))
    this.socket.write(join(head, u8(type, flags, 0, 0), body))
  }
  // The answer in packets of at most `unit` bytes.
  data(content, unit = 8000) {
    for (let at = 0; at < content.length; at += unit) this.packet(6, join(u16(0), content.subarray(at, at + unit)))
  }

  feed(bytes) {
    this.buffer = join(this.buffer, bytes)
    for (;;) {
      if (this.buffer.length < 8) return
      const length = this.wide ? this.buffer.readUInt32BE(0) : this.buffer.readUInt16BE(0)
      if (this.buffer.length < length) return
      const type = this.buffer[4]
      const body = this.buffer.subarray(8, length)
      this.buffer = this.buffer.subarray(length)
      if (type === 1) this.connect(body)
      else if (type === 6 && body[2] === 0x28) this.descriptor(body.toString('latin1', 2))
      else if (type === 6 && body.length > 2) this.part(body)
      else if (type === 12) this.marker(body[2])
      else if (type === 6) this.socket.end()
    }
  }

  // A break is answered by a break, the reset behind it by a reset and the error.
  marker(kind) {
    if (kind !== 2) {
      this.broken = true
      this.packet(12, u8(1, 0, 1))
    } else if (this.broken) {
      this.broken = false
      this.packet(12, u8(1, 0, 2))
      this.data(error({ code: 1013, text: 'ORA-01013: user requested cancel of current operation' }))
    }
  }

  // A request that is longer than a packet ends in the one that says so.
  part(body) {
    this.asked = join(this.asked, body.subarray(2))
    if (body.length + 8 >= 8192 && (body.readUInt16BE(0) & 0x800) === 0) return
    const whole = this.asked
    this.asked = Buffer.alloc(0)
    this.call(whole)
  }

  connect(body) {
    this.connects++
    const offset = body.readUInt16BE(18) - 8
    if (body.length > offset) this.descriptor(body.toString('latin1', offset))
  }

  descriptor(text) {
    const service = /SERVICE_NAME=([^)]*)/i.exec(text)?.[1] ?? ''
    if (service.startsWith('nowhere')) {
      const said = '(DESCRIPTION=(TMP=)(VSNNUM=318767104)(ERR=12514)(ERROR_STACK=(ERROR=(CODE=12514)(EMFI=4))))'
      this.packet(4, join(u8(34, 0), u16(said.length), Buffer.from(said)))
      this.socket.end()
    } else if (service.startsWith('moved') && port === '1521') {
      const to = `(ADDRESS=(PROTOCOL=tcp)(HOST=${address})(PORT=1522))\0${text}`
      this.packet(5, join(u16(to.length)), 2)
      this.packet(6, join(u16(0), Buffer.from(to)))
    } else if (service.startsWith('again') && this.connects === 1) this.packet(11, u8())
    else this.accept(service)
  }

  accept(service) {
    const fast = service.startsWith('fast')
    this.encrypted = service.startsWith('sealed')
    const version = service.startsWith('narrow') ? 314 : fast ? 319 : 318
    const flags = this.encrypted ? u8(0x41, 0x01) : u8(0x04, 0x0c)
    const large = version < 315 ? [] : [u16(0), u16(8192), u16(0x20), u16(0), u8(0), u16(fast ? 0x1000 : 0), u16(0)]
    const offset = version < 315 ? 32 : 45
    this.packet(2, join([u16(version), u16(1), u16(8192), u16(65535), u16(256), u16(0), u16(offset), flags, u16(0), u16(0), u16(0), u16(0)], large))
    this.wide = version >= 315
  }

  call(body) {
    const kind = body[0]
    if (body.length >= 4 && body.readUInt32BE(0) === 0xdeadbeef) this.services()
    else if (kind === 1) this.data(this.protocol())
    else if (kind === 2) this.data(join(u8(2), u16(0)))
    else if (kind === 34) this.data(join(this.protocol(), u8(2), u16(0), this.sessionKey(body)))
    else this.function(body)
  }

  services() {
    const field = (type, bytes) => join(u16(bytes.length), u16(type), bytes)
    const version = field(5, u8(0x13, 0, 0, 0))
    const list = field(1, join(Buffer.from('deadbeef', 'hex'), u16(3), u16(0), u16(4), u16(4), u16(1), u16(2), u16(3)))
    const parts = [
      [4, [version, field(6, u16(0x1f)), list]],
      [1, [version, field(6, u16(0xfbff))]],
      [2, [version, field(2, u8(17))]],
      [3, [version, field(2, u8(5))]],
    ].map(([service, fields]) => join(u16(service), u16(fields.length), u16(0), u16(0), fields))
    const content = join(parts)
    this.data(join(Buffer.from('deadbeef', 'hex'), u16(content.length + 13), u8(0x13, 0, 0, 0), u16(4), u8(0), content))
  }

  protocol() {
    const caps = Buffer.alloc(48)
    caps[7] = FIELDS
    const runtime = Buffer.alloc(8)
    return join(u8(1, 6, 0), Buffer.from('x86_64/Linux 2.4.xx\0'), u8(0x69, 0x03), u8(1), u8(0, 0), u16(12), Buffer.from('000000000001010369036903', 'hex'), clr(caps), clr(runtime))
  }

  pairs(list) {
    return join(u8(8), ub(list.length), list.map(([key, value, flag = 0]) => join(counted(key), counted(value), ub(flag))))
  }
  user(body) {
    const names = Object.keys(PASSWORDS)
    const text = body.toString('latin1').toUpperCase()
    return names.find((name) => text.includes(name)) ?? names[0]
  }

  sessionKey(body) {
    this.password = PASSWORDS[this.user(body)]
    this.salt = crypto.randomBytes(16)
    this.mixing = crypto.randomBytes(16)
    this.ours = crypto.randomBytes(32)
    const slow = crypto.pbkdf2Sync(this.password, join(this.salt, Buffer.from('AUTH_PBKDF2_SPEEDY_KEY')), 4096, 64, 'sha512')
    this.hash = crypto.createHash('sha512').update(slow).update(this.salt).digest().subarray(0, 32)
    return join(
      this.pairs([
        ['AUTH_SESSKEY', this.seal(this.hash, this.ours)],
        ['AUTH_VFR_DATA', this.salt.toString('hex').toUpperCase(), 0x4815],
        ['AUTH_PBKDF2_CSK_SALT', this.mixing.toString('hex').toUpperCase()],
        ['AUTH_PBKDF2_VGEN_COUNT', '4096'],
        ['AUTH_PBKDF2_SDER_COUNT', '3'],
        ['AUTH_GLOBALLY_UNIQUE_DBID\0', 'D5E8F2C14AA94EBB'],
      ]),
      error({}),
    )
  }
  seal(key, plain) {
    const cipher = crypto.createCipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false)
    return join(cipher.update(plain), cipher.final()).toString('hex').toUpperCase()
  }
  unseal(key, hex) {
    const cipher = crypto.createDecipheriv('aes-256-cbc', key, Buffer.alloc(16)).setAutoPadding(false)
    return join(cipher.update(Buffer.from(hex, 'hex')), cipher.final())
  }

  login(body) {
    const text = body.toString('latin1')
    const theirs = this.unseal(this.hash, /AUTH_SESSKEY[^0-9A-F]*?@?([0-9A-F]{64})/.exec(text)[1])
    const both = join(theirs, this.ours).toString('hex').toUpperCase()
    const combo = crypto.pbkdf2Sync(both, this.mixing, 3, 32, 'sha512')
    const sealed = /AUTH_PASSWORD..(?:.)?([0-9A-F]{32,})/s.exec(text)[1]
    const plain = this.unseal(combo, sealed.slice(0, sealed.length - (sealed.length % 32))).toString('latin1')
    if (!plain.includes(this.password)) return error({ code: 1017, text: 'ORA-01017: invalid credential or not authorized; logon denied' })
    return join(
      this.pairs([
        ['AUTH_VERSION_STRING', '- Production'],
        ['AUTH_VERSION_SQL', '25'],
        ['AUTH_VERSION_NO', String(0x13130000)],
        ['AUTH_SC_SERVER_HOST', 'db1.harbour.example'],
        ['AUTH_SC_DBUNIQUE_NAME', 'ORDERS'],
        ['AUTH_SC_INSTANCE_NAME', 'orders1'],
        ['AUTH_SC_SERVICE_NAME', 'orders.harbour.example'],
        ['AUTH_INSTANCENAME', 'orders1'],
        ['AUTH_DBNAME', 'ORDERS'],
        ['AUTH_SESSION_ID', '133'],
        ['AUTH_SERIAL_NUM', '48213'],
        ['AUTH_MAX_OPEN_CURSORS', '300'],
        ['AUTH_SVR_RESPONSE', this.seal(combo, join(crypto.randomBytes(16), Buffer.from('SERVER_TO_CLIENT')))],
      ]),
      error({}),
    )
  }

  function(body) {
    let at = 0
    if (body[0] === 17) at = body.findIndex((byte, i) => i > 3 && byte === 3 && body[i + 2] === ((body[2] + 1) & 255))
    const fn = body[at + 1]
    if (fn === 118) return this.data(this.sessionKey(body))
    if (fn === 115) return this.data(this.login(body))
    if (fn === 94) return this.execute(body.subarray(at))
    if (fn === 4 || fn === 78 || fn === 5) return this.again(body.subarray(at))
    if (fn === 14 || fn === 15) this.transaction = false
    return this.data(status(this.transaction))
  }

  execute(body) {
    const text = body.toString('utf8')
    const sql = /(ALTER|CREATE|INSERT|UPDATE|DELETE|SELECT|BEGIN|DROP|GRANT)[\s\S]*/i.exec(text)?.[0] ?? ''
    if (/SLOW_ONE/i.test(sql)) return
    this.cursor = this.statements.size + 1
    this.statements.set(this.cursor, sql)
    this.reply(sql, false, /LONG_ONE/i.test(sql) ? 61 : undefined)
  }
  again(body) {
    this.cursor = body[4]
    this.reply(this.statements.get(this.cursor) ?? '', true)
  }
  reply(sql, fetch, unit) {
    const found = STATEMENTS.find(([pattern]) => pattern.test(sql))
    this.data(found ? found[1](this, fetch) : error({ code: 900, text: 'ORA-00900: invalid SQL statement' }), unit)
  }
}

net.createServer((socket) => new Session(socket)).listen(Number(port), address)
