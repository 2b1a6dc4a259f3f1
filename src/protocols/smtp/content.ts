/** A message as transferred: counted, hashed and walked for its headers and files while it passes. */
import type { BodySink, Carry } from '../../model/body-sink.js'
import { Digest } from '../shared/digest.js'
import { MimeWalker } from '../shared/mime-parts.js'

export class Content {
  /** Bytes after dot-unstuffing. */
  bytes = 0
  /** Bytes that were never captured. */
  lost = 0
  /** The end was seen. */
  finished = false
  /** Content beyond the examined size was counted and hashed only. */
  unexamined = false
  sha256: string | undefined
  readonly walker: MimeWalker | undefined
  private digest: Digest | undefined = new Digest('sha256')
  private readonly out: BodySink | undefined

  constructor(
    private readonly maxExamined: number,
    /** The beginning was not captured: no headers, and no telling where a part begins. */
    readonly headless = false,
    room?: (bytes: number) => boolean,
    carry?: Carry | undefined,
  ) {
    this.out = carry?.({ part: 'message', contentType: 'message/rfc822', codings: [] })
    this.digest!.out = this.out
    if (!headless) this.walker = new MimeWalker(room, carry)
  }

  /** Where its bytes went, and those of its files. */
  get carried(): readonly BodySink[] | undefined {
    return this.out && [this.out, ...(this.walker?.sinks ?? [])]
  }

  push(buf: Buffer, from: number, to: number): void {
    if (to <= from) return
    this.digest?.push(buf, from, to)
    if (this.walker && this.bytes < this.maxExamined) {
      const room = this.maxExamined - this.bytes
      this.walker.push(buf, from, Math.min(to, from + room))
    }
    this.bytes += to - from
    if (this.bytes > this.maxExamined) this.unexamined = true
  }

  gap(bytes: number): void {
    this.lost += bytes
    this.out?.gap(bytes)
    this.walker?.gap()
  }

  /** No more will come; `whole` false = it was cut here. */
  finish(whole: boolean): void {
    if (!this.digest) return
    this.finished = whole
    const complete = whole && this.lost === 0 && !this.headless
    this.walker?.finish(complete && !this.unexamined)
    const [sha256] = this.digest.finish()
    if (complete) this.sha256 = sha256
    this.out?.end(complete)
    this.digest = undefined
  }
}
