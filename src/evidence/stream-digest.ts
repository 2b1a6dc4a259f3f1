/** The three hashes by which files are looked up, taken in one pass. */
import { Digest } from '../protocols/shared/digest.js'

export interface FileDigest {
  readonly size: number
  update(bytes: Uint8Array): void
  /** Hex. Ends it. */
  finish(): { readonly md5: string; readonly sha1: string; readonly sha256: string }
}

export function createDigest(): FileDigest {
  const digest = new Digest('md5', 'sha1', 'sha256')
  return {
    get size() {
      return digest.size
    },
    update: (bytes) => digest.push(bytes, 0, bytes.length),
    finish() {
      const [md5 = '', sha1 = '', sha256 = ''] = digest.finish()
      return { md5, sha1, sha256 }
    },
  }
}
