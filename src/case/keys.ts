/** Ed25519 (RFC 8032) keys in PEM files: signing the bytes of a seal, checking a signature, naming a key. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { UserError } from '../model/user-error.js'
import type { SealSigner } from '../sinks/sink.js'

/** A PEM file of one key has a few hundred bytes; a file given by mistake has more. */
const MAX_KEY_BYTES = 65_536
/** Mode bits of group and others. Windows keeps no such bits: every file has them all there, so it is not judged. */
const OTHERS = 0o077
const PASSPHRASE = 'AUDIT_KEY_PASSPHRASE'
const MAKES_ONE = 'openssl genpkey -algorithm ed25519 -out key.pem   makes a key'
const SHOWS_PUBLIC = 'openssl pkey -in key.pem -pubout -out pub.pem   writes its public half'

export interface Signer {
  readonly sign: SealSigner
  readonly fingerprint: string
}

/** SHA-256, hex, of the public key as SPKI in DER: `openssl pkey -pubin -in pub.pem -outform DER | sha256sum`. */
export const fingerprintOf = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')

/** The private key of `path`. It must be readable for its owner alone. */
export function signerFrom(path: string, env: Readonly<Record<string, string | undefined>>): Signer {
  const pem = pemOf(path, true)
  if (/-----BEGIN (?:[A-Z]+ )?PUBLIC KEY-----/.test(pem))
    throw new UserError(`${path} holds a public key; signing takes the private one`, ['--sign key.pem'])
  const passphrase = env[PASSPHRASE]
  let key: KeyObject
  try {
    key = createPrivateKey(passphrase === undefined ? pem : { key: pem, passphrase })
  } catch (error) {
    const { code } = error as { code?: string }
    if (code === 'ERR_MISSING_PASSPHRASE')
      throw new UserError(`${path} is encrypted, and no passphrase was given`, [`set ${PASSPHRASE} for this one command`])
    if (pem.includes('ENCRYPTED')) throw new UserError(`${path} does not open with the passphrase in ${PASSPHRASE}`)
    throw new UserError(`${path} holds no private key in PEM`, [MAKES_ONE])
  }
  refuseOther(key, path)
  const publicKey = createPublicKey(key)
  return {
    sign: (bytes) => ({ signature: sign(null, bytes, key), publicKey: String(publicKey.export({ type: 'spki', format: 'pem' })) }),
    fingerprint: fingerprintOf(publicKey),
  }
}

/** The public key of `path`. */
export function publicKeyFrom(path: string): KeyObject {
  const pem = pemOf(path, false)
  if (/-----BEGIN [A-Z ]*PRIVATE KEY-----/.test(pem))
    throw new UserError(`${path} holds a private key, which is nothing to hand around; checking takes the public one`, [SHOWS_PUBLIC])
  const key = publicKeyOf(pem)
  if (!key) throw new UserError(`${path} holds no public key in PEM`, [SHOWS_PUBLIC])
  refuseOther(key, path)
  return key
}

/** Undefined for what is no Ed25519 key: a case may hold anything in its place. */
export function ed25519Of(pem: unknown): KeyObject | undefined {
  const key = typeof pem === 'string' && pem.length <= MAX_KEY_BYTES ? publicKeyOf(pem) : undefined
  return key?.asymmetricKeyType === 'ed25519' ? key : undefined
}

export function holds(bytes: string, signature: unknown, key: KeyObject): boolean {
  if (typeof signature !== 'string' || signature.length > MAX_KEY_BYTES) return false
  return verify(null, Buffer.from(bytes), key, Buffer.from(signature, 'base64'))
}

function publicKeyOf(pem: string): KeyObject | undefined {
  // Of a private key, Node would make the public one.
  if (pem.includes('PRIVATE')) return undefined
  try {
    return createPublicKey(pem)
  } catch {
    return undefined
  }
}

function refuseOther(key: KeyObject, path: string): void {
  if (key.asymmetricKeyType === 'ed25519') return
  throw new UserError(`${path} holds a key of type ${key.asymmetricKeyType ?? 'unknown'}; signatures of cases are Ed25519`, [MAKES_ONE])
}

function pemOf(path: string, isSecret: boolean): string {
  let fd: number
  try {
    fd = openSync(path, 'r')
  } catch (error) {
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`, isSecret ? [MAKES_ONE] : [SHOWS_PUBLIC])
  }
  try {
    const found = fstatSync(fd)
    if (!found.isFile()) throw new UserError(`${path} is not a regular file; a key is a file in PEM`)
    if (isSecret && process.platform !== 'win32' && (found.mode & OTHERS) !== 0)
      throw new UserError(`${path} is a private key that others can read (mode 0${(found.mode & 0o777).toString(8)})`, [
        `chmod 0600 ${path}`,
      ])
    if (found.size > MAX_KEY_BYTES) throw new UserError(`${path} has ${found.size} bytes, which no key has`)
    const buf = Buffer.alloc(found.size)
    return buf.toString('latin1', 0, readSync(fd, buf, 0, buf.length, 0))
  } finally {
    closeSync(fd)
  }
}
