/** Whether a signature holds, and for whom that means anything. */
import type { KeyObject } from 'node:crypto'
import type { Check } from '../model/check.js'
import type { SealRow } from '../sinks/sqlite/seal/seal.js'
import { ed25519Of, fingerprintOf, holds } from './keys.js'

/** @param given the key that the asker trusts */
export function checkSignature({ manifest, signature, public_key }: SealRow, given: KeyObject | undefined): Check {
  const check = 'signature'
  if (signature === null) {
    if (given) return { check, state: 'failed', message: 'the seal is not signed' }
    return { check, state: 'note', message: 'the seal is not signed: whoever can write the case could have made it anew after a change' }
  }
  const inside = ed25519Of(public_key)
  const key = given ?? inside
  if (!key) return { check, state: 'failed', message: 'the seal is signed, and the key beside it is no Ed25519 key' }
  const name = `sha256 ${fingerprintOf(key)}`
  if (!holds(manifest, signature, key)) {
    const other = given && inside && fingerprintOf(inside) !== fingerprintOf(given)
    return {
      check,
      state: 'failed',
      message: other
        ? `the seal was signed with another key (sha256 ${fingerprintOf(inside)}), not the one given (${name})`
        : `the signature does not hold for the key ${given ? 'given' : 'in the case'} (${name})`,
    }
  }
  if (given) return { check, state: 'ok', message: `the signature holds for the key given (${name})` }
  return {
    check,
    state: 'note',
    message: `the signature holds for the key in the case (${name}), which proves nothing about who signed: --key pub.pem takes the one you trust`,
  }
}
