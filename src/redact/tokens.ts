/** Names in place of values: keyed, so that nobody without the key finds a value by trying. */
import { createHash, createHmac, randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { UserError } from '../model/user-error.js'
import { PREFIX_KEY_BYTES, PrefixAddresses } from './prefix-addresses.js'

/** RFC 2104 §3 discourages keys shorter than the hash; half of it is what AES-128 and a guesser's patience ask for. */
const MIN_KEY_BYTES = 16
/** A key is made of random bytes; a longer file is another one given by mistake. */
const MAX_KEY_BYTES = 4096
/** Mode bits of group and others. */
const OTHERS = 0o077
/** Tokens kept: users and hosts come again and again. */
const MAX_KNOWN = 65_536
/** Hex digits of a content id. */
const ID_DIGITS = 16

export const TOKEN_PREFIX = 't-'
/** 64 bits: among a billion values the odds of two with one token are 3 in 100; among a million, 3 in 100 million. */
export const TOKEN_DIGITS = 16

export class Tokens {
  readonly addresses: PrefixAddresses
  private readonly known = new Map<string, string>()

  /** @param digits hex digits of a token, at most 64 */
  constructor(
    private readonly key: Buffer,
    private readonly digits = TOKEN_DIGITS,
  ) {
    this.addresses = new PrefixAddresses(this.mac('prefix', '').subarray(0, PREFIX_KEY_BYTES))
  }

  /** HMAC-SHA256 over purpose and value, so that no token of one purpose is one of another. */
  private mac(purpose: string, value: string): Buffer {
    return createHmac('sha256', this.key).update(`${purpose}\0`).update(value, 'utf8').digest()
  }

  /** Equal for equal values, wherever they stand. */
  of(value: string): string {
    const found = this.known.get(value)
    if (found !== undefined) return found
    const token = TOKEN_PREFIX + this.mac('value', value).toString('hex').slice(0, this.digits)
    if (this.known.size >= MAX_KNOWN) this.known.clear()
    this.known.set(value, token)
    return token
  }

  /** In place of a content id: of the same form. */
  id(value: string): string {
    return this.mac('id', value).toString('hex').slice(0, ID_DIGITS)
  }

  /** Tells whether two exports had the same key, and nothing of it. */
  get check(): string {
    return this.mac('check', '').toString('hex').slice(0, 8)
  }
}

/** Throws UserError for a file that is no key, or that others can read. */
export function readKey(path: string): Buffer {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, [
      `(umask 077; head -c 32 /dev/urandom > ${path})   makes a key`,
    ])
  }
  try {
    const stat = fstatSync(fd)
    if (!stat.isFile()) throw new UserError(`${path} is not a regular file`, ['a key is a file of random bytes'])
    if (process.platform !== 'win32' && (stat.mode & OTHERS) !== 0)
      throw new UserError(`${path}: others can read this key (mode 0${(stat.mode & 0o777).toString(8)})`, [`chmod 0600 ${path}`])
    if (stat.size < MIN_KEY_BYTES || stat.size > MAX_KEY_BYTES)
      throw new UserError(`${path} has ${stat.size} bytes: a key has ${MIN_KEY_BYTES} to ${MAX_KEY_BYTES}`, [
        `(umask 077; head -c 32 /dev/urandom > ${path})   makes a key`,
      ])
    const key = Buffer.alloc(stat.size)
    const read = readSync(fd, key, 0, stat.size, 0)
    return key.subarray(0, read)
  } finally {
    closeSync(fd)
  }
}

export const freshKey = (): Buffer => randomBytes(32)
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex')
