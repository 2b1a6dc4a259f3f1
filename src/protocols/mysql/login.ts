/** The connection's beginning: what the server says of itself, who the client says it is. */
import { Cap } from './names.js'
import { bytesText } from './values.js'
import { Reader } from './wire.js'

/** Characters of a user, database, plugin or version; servers allow 80 bytes of user and 64 of database. */
const MAX_NAME = 256
/** Attributes of the client that are kept, and the characters of one; clients send about ten. */
const MAX_ATTRIBUTES = 64
const MAX_ATTRIBUTE = 1024

export interface Greeting {
  readonly protocol: number
  readonly version: string
  readonly connectionId: number
  /** Capability flags, unsigned. */
  readonly capabilities: number
  /** MariaDB's further capabilities. */
  readonly extended: number
  readonly plugin: string | undefined
}

/** What the client sent, at login or with CHANGE_USER. */
export interface LoginFacts {
  user: string
  database: string | undefined
  plugin: string | undefined
  attributes: Map<string, string> | undefined
  capabilities: number
  extended: number
  charset: number | undefined
  /** A password was given: the scramble or ticket was not empty. */
  withPassword: boolean
  /** In clear, where the plugin sends it so. */
  password: string | undefined
}

const reader = new Reader()

/** HandshakeV10 and V9. */
export function readGreeting(buf: Buffer, at: number, end: number): Greeting | undefined {
  const r = reader.reset(buf, at, end)
  const protocol = r.u8()
  if (protocol !== 10 && protocol !== 9) return undefined
  const nul = buf.indexOf(0, r.at)
  if (nul < 0 || nul >= end || nul - r.at > MAX_NAME || nul === r.at) return undefined
  const version = r.zeroString(MAX_NAME)
  // A version is words of printable ASCII with a number in them.
  if (!/^[\x20-\x7e]*\d[\x20-\x7e]*$/.test(version)) return undefined
  const connectionId = r.u32()
  if (protocol === 9) return r.bad ? undefined : { protocol, version, connectionId, capabilities: 0, extended: 0, plugin: undefined }
  r.skip(9)
  let capabilities = r.u16()
  if (r.bad) return undefined
  let extended = 0
  let plugin: string | undefined
  if (r.left >= 16) {
    r.skip(3)
    capabilities = (capabilities | (r.u16() << 16)) >>> 0
    const length = r.u8()
    r.skip(6)
    const more = r.u32()
    if ((capabilities & Cap.Mysql) === 0) extended = more
    if (r.left > 0 && (capabilities & Cap.SecureConnection) !== 0) r.skip(Math.min(r.left, Math.max(13, length - 8)))
    if (r.left > 0 && (capabilities & Cap.PluginAuth) !== 0) plugin = r.zeroString(MAX_NAME) || undefined
  }
  return { protocol, version, connectionId, capabilities, extended, plugin }
}

/** SSLRequest: the fixed head of a HandshakeResponse and nothing else. */
export const isSslRequest = (buf: Buffer, at: number, end: number): boolean =>
  (end - at === 32 && (buf.readUInt32LE(at) & Cap.Ssl) !== 0 && (buf.readUInt32LE(at) & Cap.Protocol41) !== 0) ||
  (end - at >= 4 && end - at <= 5 && (buf.readUInt16LE(at) & Cap.Ssl) !== 0)

/** HandshakeResponse41 and 320. */
export function readLogin(buf: Buffer, at: number, end: number): LoginFacts | undefined {
  const r = reader.reset(buf, at, end)
  let capabilities = r.u16()
  if ((capabilities & Cap.Protocol41) === 0) return readOldLogin(r, capabilities)
  capabilities = (capabilities | (r.u16() << 16)) >>> 0
  r.skip(4)
  const charset = r.u8()
  r.skip(19)
  const more = r.u32()
  const extended = (capabilities & Cap.Mysql) === 0 ? more : 0
  const user = r.zeroString(MAX_NAME)
  let length: number
  if ((capabilities & Cap.PluginAuthLenenc) !== 0) length = r.lenenc()
  else if ((capabilities & Cap.SecureConnection) !== 0) length = r.u8()
  else {
    const nul = buf.indexOf(0, r.at)
    length = (nul < 0 || nul > end ? end : nul) - r.at
  }
  const secretAt = r.take(length)
  if (r.bad) return undefined
  if ((capabilities & (Cap.PluginAuthLenenc | Cap.SecureConnection)) === 0 && r.left > 0) r.skip(1)
  let database: string | undefined
  if ((capabilities & Cap.ConnectWithDb) !== 0 && r.left > 0) database = r.zeroString(MAX_NAME) || undefined
  const plugin = (capabilities & Cap.PluginAuth) !== 0 && r.left > 0 ? r.zeroString(MAX_NAME) || undefined : undefined
  const attributes = (capabilities & Cap.ConnectAttrs) !== 0 && r.left > 0 ? readAttributes(r) : undefined
  const facts: LoginFacts = {
    user,
    database,
    plugin,
    attributes,
    capabilities,
    extended,
    charset,
    withPassword: length > 0,
    password: undefined,
  }
  notePassword(facts, plugin, buf, secretAt, secretAt + length)
  return facts
}

function readOldLogin(r: Reader, capabilities: number): LoginFacts | undefined {
  r.skip(3)
  const user = r.zeroString(MAX_NAME)
  if (r.bad || user === '') return undefined
  const secretAt = r.at
  const withDatabase = (capabilities & Cap.ConnectWithDb) !== 0
  r.zeroString()
  const withPassword = r.at > secretAt + 1 && r.buf[secretAt] !== 0
  const database = withDatabase && r.left > 0 ? r.zeroString(MAX_NAME) || undefined : undefined
  return {
    user,
    database,
    plugin: 'mysql_old_password',
    attributes: undefined,
    capabilities,
    extended: 0,
    charset: undefined,
    withPassword,
    password: undefined,
  }
}

/** COM_CHANGE_USER behind its command byte. */
export function readChangeUser(buf: Buffer, at: number, end: number, capabilities: number): LoginFacts | undefined {
  const r = reader.reset(buf, at, end)
  const user = r.zeroString(MAX_NAME)
  const length = r.u8()
  const secretAt = r.take(length)
  if (r.bad) return undefined
  const database = r.zeroString(MAX_NAME) || undefined
  const charset = r.left >= 2 ? r.u16() : undefined
  const plugin = r.left > 0 ? r.zeroString(MAX_NAME) || undefined : undefined
  const attributes = r.left > 0 ? readAttributes(r) : undefined
  const facts: LoginFacts = {
    user,
    database,
    plugin,
    attributes,
    capabilities,
    extended: 0,
    charset,
    withPassword: length > 0,
    password: undefined,
  }
  notePassword(facts, plugin, buf, secretAt, secretAt + length)
  return facts
}

function readAttributes(r: Reader): Map<string, string> | undefined {
  const length = r.lenenc()
  const stop = Math.min(r.end, r.at + length)
  const out = new Map<string, string>()
  while (r.at < stop && !r.bad && out.size < MAX_ATTRIBUTES) {
    const name = r.string(MAX_NAME)
    const value = r.string(MAX_ATTRIBUTE)
    if (r.bad) break
    out.set(name, value)
  }
  if (!r.bad) r.at = stop
  return out.size > 0 ? out : undefined
}

/** Plugins whose answers are the password itself. */
const CLEAR = /^(?:mysql_clear_password|dialog|authentication_ldap_simple|authentication_pam)/
/** Characters of a password; the cap of what servers take is 256. */
const MAX_PASSWORD = 512

/** An answer to `plugin`: kept only where it is a password in clear, so that it can be told that there was one. */
export function notePassword(facts: LoginFacts, plugin: string | undefined, buf: Buffer, from: number, to: number): void {
  if (plugin === undefined || !CLEAR.test(plugin)) return
  let stop = Math.min(to, from + MAX_PASSWORD)
  while (stop > from && buf[stop - 1] === 0) stop--
  if (stop > from) facts.password = bytesText(buf, from, stop)
}
