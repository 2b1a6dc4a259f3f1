/**
 * Keys and values of logins: AUTH_TERMINAL, AUTH_SESSKEY and the like. Each key and each value is a counted text; the counts are compact
 * numbers or 32 bits, whichever the client uses. Found by the keys, which say what they are, so that both forms are read alike.
 */
import { isSecretName } from '../shared/secret-names.js'
import { decodeText, TtcReader } from './reader.js'

export interface KeyValue {
  readonly key: string
  readonly value: string
}
/** Pairs of one message; a server sends about fifty. */
const MAX_PAIRS = 256
const KEY = /(?:AUTH|SESSION|PROXY)_[A-Z0-9_]{2,60}/g

export interface Pairs {
  readonly list: readonly KeyValue[]
  /** Where the first pair begins: its count. -1 without pairs. */
  readonly start: number
  readonly end: number
}

export function readPairs(buf: Buffer, from: number, end: number): Pairs {
  const source = buf.toString('latin1', from, end)
  const list: KeyValue[] = []
  let start = -1
  let behind = from
  KEY.lastIndex = 0
  for (let m = KEY.exec(source); m && list.length < MAX_PAIRS; m = KEY.exec(source)) {
    const at = from + m.index
    const length = at > 0 ? buf[at - 1]! : 0
    // Some keys end with a NUL that counts; what is longer than its length belongs to what follows.
    if (at < behind || length < 4 || length > m[0].length + 1) continue
    const key = buf.toString('latin1', at, at + Math.min(length, m[0].length))
    const value = readCounted(buf, at + length, end)
    if (!value) continue
    if (start < 0) start = countBefore(buf, at - 1, length)
    list.push({ key, value: decodeText(value.bytes).replace(/\0+$/, '') })
    behind = value.next
    KEY.lastIndex = behind - from
  }
  return { list, start, end: behind }
}

/** Where the count before a length byte begins. */
function countBefore(buf: Buffer, at: number, length: number): number {
  if (at >= 2 && buf[at - 2] === 1 && buf[at - 1] === length) return at - 2
  return Math.max(0, at - 4)
}

function readCounted(buf: Buffer, at: number, end: number): { bytes: Buffer; next: number } | undefined {
  const compact = new TtcReader(buf, at, end)
  const count = compact.ub()
  if (!compact.bad && buf[at]! <= 4) {
    if (count === 0 && !(buf[at] === 0 && buf[at + 1] === 0 && buf[at + 2] === 0)) return { bytes: Buffer.alloc(0), next: compact.pos }
    if (count > 0) {
      const bytes = compact.clr()
      if (bytes && !compact.bad && bytes.length === count) return { bytes, next: compact.pos }
    }
  }
  if (at + 4 > end) return count === 0 && !compact.bad ? { bytes: Buffer.alloc(0), next: compact.pos } : undefined
  for (const size of [buf.readUInt32LE(at), buf.readUInt32BE(at)]) {
    if (size === 0) return { bytes: Buffer.alloc(0), next: at + 4 }
    const fixed = new TtcReader(buf, at + 4, end)
    const bytes = fixed.clr()
    if (bytes && !fixed.bad && bytes.length === size) return { bytes, next: fixed.pos }
  }
  return undefined
}

/** Values that open a session or let a password be guessed: keys, hashes, salts, tokens. */
const SECRETS = /SESSKEY|PASSWORD|SPEEDY_KEY|VFR_DATA|CSK_SALT|TOKEN|SIGNATURE|SVR_RESPONSE|AUTH_HEADER|JDWP|AUTH_ACL|CREDENTIAL|_KEY$/
export const isSecretPair = (key: string): boolean => SECRETS.test(key) || isSecretName(key)
