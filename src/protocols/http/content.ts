/** What a body is behind its content codings. Decompression stops at a ratio: a kilobyte that becomes a gigabyte is an attack. */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync } from 'node:zlib'

/** Decoded bytes per encoded one; text reaches 20, the worst tables 90, gzip can do 1,032. */
export const MAX_RATIO = 100
/** Always allowed, whatever the ratio: small bodies of zeros are harmless. */
export const ALWAYS_ALLOWED = 1 << 20
/** Codings laid over each other; two are seen in the wild. */
export const MAX_CODINGS = 4

export interface Decoded {
  readonly bytes: Buffer
  /** Why `bytes` are still encoded. */
  readonly failure: string | undefined
}

export const codingsOf = (value: string | undefined): string[] =>
  value === undefined
    ? []
    : value
        .toLowerCase()
        .split(',', MAX_CODINGS + 1)
        .map((coding) => coding.trim())
        .filter((coding) => coding !== '' && coding !== 'identity')

/** `codings` in the order in which they were applied; `whole` false when the body was cut, so that a missing end is no fault. */
export function decode(codings: readonly string[], body: Buffer, limit: number, whole: boolean): Decoded {
  if (codings.length > MAX_CODINGS) return { bytes: body, failure: 'too many codings' }
  let bytes = body
  const maxOutputLength = Math.min(limit, Math.max(ALWAYS_ALLOWED, body.length * MAX_RATIO))
  const finishFlush = whole ? constants.Z_FINISH : constants.Z_SYNC_FLUSH
  for (let i = codings.length - 1; i >= 0; i--) {
    const coding = codings[i]!
    try {
      if (coding === 'gzip' || coding === 'x-gzip') bytes = gunzipSync(bytes, { maxOutputLength, finishFlush })
      else if (coding === 'deflate') bytes = inflate(bytes, maxOutputLength, finishFlush)
      else if (coding === 'br')
        bytes = brotliDecompressSync(bytes, {
          maxOutputLength,
          finishFlush: whole ? constants.BROTLI_OPERATION_FINISH : constants.BROTLI_OPERATION_FLUSH,
        })
      else return { bytes: body, failure: `coding ${coding.slice(0, 20)} is not decoded` }
    } catch (error) {
      const tooLarge = error instanceof RangeError
      return { bytes: body, failure: tooLarge ? `it grows beyond ${maxOutputLength} bytes` : `not valid ${coding}` }
    }
  }
  return { bytes, failure: undefined }
}

/** "deflate" means zlib, RFC 9110 §8.4.1.2, but some servers send it bare. */
function inflate(bytes: Buffer, maxOutputLength: number, finishFlush: number): Buffer {
  const zlib = bytes.length >= 2 && (bytes[0]! & 0x0f) === 8 && ((bytes[0]! << 8) | bytes[1]!) % 31 === 0
  return zlib ? inflateSync(bytes, { maxOutputLength, finishFlush }) : inflateRawSync(bytes, { maxOutputLength, finishFlush })
}

/** Body text in its declared charset; UTF-8 where it is that, else byte by byte. */
export function bodyText(bytes: Buffer, contentType: string): string {
  const charset = /charset\s*=\s*"?([\w.:-]{1,40})/i.exec(contentType)?.[1]?.toLowerCase()
  if (charset !== undefined && charset !== 'utf-8' && charset !== 'utf8') {
    try {
      return new TextDecoder(charset).decode(bytes)
    } catch {
      // A label that nobody knows: as if there were none.
    }
  }
  const text = bytes.toString('utf8')
  return text.includes('\ufffd') ? bytes.toString('latin1') : text
}
