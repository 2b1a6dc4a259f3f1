/** What a message carries, byte by byte, for whoever asked for the bytes. A run that makes rows asks for none. */

export interface BodyFacts {
  /** Which of a transaction's bodies: request, response, message, or the ordinal of a file in a message, from 1. */
  readonly part: string
  /** As declared, with its parameters; '' for nothing. */
  readonly contentType: string
  /** Codings around the content, in the order in which they were applied. */
  readonly codings: readonly string[]
  /** Content-Range: the bytes are a part of something larger. RFC 9110 §14.4 */
  readonly range?: string | undefined
}

/** One body as it passes: pieces and holes in their order, then its end, once. */
export interface BodySink {
  /** The bytes `from`..`to` are borrowed until the call returns. */
  write(buf: Uint8Array, from: number, to: number): void
  /** So many bytes of it were never captured. */
  gap(bytes: number): void
  /** @param whole nothing of it is missing */
  end(whole: boolean): void
}

/** A body begins; undefined when nobody wants it. */
export type Carry = (facts: BodyFacts) => BodySink | undefined
