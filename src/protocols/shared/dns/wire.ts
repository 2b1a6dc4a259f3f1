/** The bytes of one message while it is read: a cursor that knows where the message starts and which names it has met. */
import { Cursor } from '../../../bytes/cursor.js'
import type { DomainName } from './domain-name.js'

/** Names remembered by offset: a message rarely points at more than a handful of places. */
const REMEMBERED = 16
/**
 * Characters that compressed names and type bitmaps may expand to in one message. 64 KiB of pointers to one 255-octet
 * name, or of set bits, would be megabytes of text; the largest honest messages stay below a tenth of this.
 */
const MAX_EXPANDED = 1 << 18

export class Wire extends Cursor {
  /** Where the message starts: offset 0 of compression pointers. */
  start = 0
  /** Why reading stopped: '' for nothing, 'short' when the bytes ended, else a sentence. */
  fault = ''
  /** Where, in bytes from the start of the message. */
  faultAt = 0
  private readonly offsets = new Int32Array(REMEMBERED)
  private readonly names: (DomainName | undefined)[] = new Array(REMEMBERED).fill(undefined)
  private known = 0
  private expanded = 0

  open(buf: Buffer, start: number, end: number): this {
    this.reset(buf, start, end, true)
    this.start = start
    this.fault = ''
    this.faultAt = 0
    this.known = 0
    this.expanded = 0
    return this
  }

  fail(why: string, at: number): undefined {
    if (this.fault === '') {
      this.fault = why
      this.faultAt = at - this.start
    }
    return undefined
  }

  recall(offset: number): DomainName | undefined {
    const offsets = this.offsets
    for (let i = 0; i < this.known; i++) if (offsets[i] === offset) return this.names[i]
    return undefined
  }

  remember(offset: number, name: DomainName): void {
    if (this.known === REMEMBERED) return
    this.offsets[this.known] = offset
    this.names[this.known++] = name
  }

  /** Counts a name that took fewer bytes than its text has characters. */
  spend(name: DomainName): DomainName | undefined {
    return this.charge(name.text.length) ? name : undefined
  }

  /** False when so much text may not be made of this message any more. */
  charge(characters: number): boolean {
    this.expanded += characters
    if (this.expanded <= MAX_EXPANDED) return true
    this.fail('What the message says in few bytes expands to more than 262,144 characters.', this.pos)
    return false
  }
}
