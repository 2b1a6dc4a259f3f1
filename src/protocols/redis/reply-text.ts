/** Writes a reply as one line of text while it is read: [a, [b, c]] for arrays and sets, {k: v} for maps, nil for nulls. */
import type { ReplyFilter } from './secrets.js'

/** Aggregates inside aggregates: COMMAND DOCS takes eight, a script's tables at most 100. */
export const MAX_DEPTH = 128
/** Elements told apart at the head of what may be a message: kind, pattern, channel, payload. */
const MAX_LEAD = 4

const LIST = 0
const MAP = 1
const ATTRIBUTE = 2

export class ReplyText {
  text = ''
  attributes: string | undefined
  lead: string[] | undefined
  rows: number | undefined
  shortened = false
  depth = 0
  /** The reply's own value is written to its end. */
  whole = false
  private readonly leftAt = new Float64Array(MAX_DEPTH)
  private readonly kindAt = new Uint8Array(MAX_DEPTH)
  private readonly countAt = new Float64Array(MAX_DEPTH)
  private readonly limit: number
  private filter: ReplyFilter | undefined
  /** What was written before an attribute began, and at which depth it did. */
  private before: string | undefined
  private attributeAt = -1
  private chunks = ''

  constructor(keep: number) {
    this.limit = 4 * keep
  }

  reset(filter: ReplyFilter | undefined): void {
    this.text = ''
    this.attributes = undefined
    this.lead = undefined
    this.rows = undefined
    this.shortened = false
    this.depth = 0
    this.whole = false
    this.filter = filter
    this.before = undefined
    this.attributeAt = -1
  }

  /** Elements still to come, over all levels; 0 at most where they are not announced. */
  get left(): number {
    let all = 0
    for (let i = 0; i < this.depth; i++) if (this.leftAt[i]! > 0) all += this.leftAt[i]!
    return all
  }

  get isStreamed(): boolean {
    return this.depth > 0 && this.leftAt[this.depth - 1]! < 0
  }

  /** Nothing more is kept of this reply: its strings need not be looked at. */
  get isFull(): boolean {
    return this.depth > 0 && this.text.length >= this.limit && !this.filter && !this.lead && this.attributeAt < 0
  }

  wantLead(): void {
    this.lead = []
  }

  filtered(words: string): string {
    return this.filter ? this.filter(words) : words
  }

  /** A string, number or null. */
  leaf(words: string): void {
    const { depth, lead } = this
    const text = this.filter ? this.filter(words) : words
    if (lead && depth === 1 && lead.length < MAX_LEAD) lead.push(text)
    if (depth === 0) {
      this.text = text
      this.whole = true
      return
    }
    this.write(this.separator() + text)
    this.count()
  }

  beginChunks(): void {
    this.chunks = ''
  }

  chunk(words: string): void {
    if (this.chunks.length < this.limit) this.chunks += words
    else this.shortened = true
  }

  endChunks(): void {
    const words = this.chunks
    this.chunks = ''
    this.leaf(words)
  }

  /** An aggregate of `count` elements (pairs of a map), less than 0 when they are not announced. 'shut' = it has none. */
  begin(name: string, count: number): 'open' | 'shut' | 'deep' {
    const map = name === 'map' || name === 'attribute'
    if (this.depth >= MAX_DEPTH) return 'deep'
    if (name === 'attribute') {
      if (this.attributeAt < 0) {
        this.before = this.text
        this.attributeAt = this.depth
        this.text = ''
      }
      this.write('{')
    } else {
      if (this.lead && this.depth === 1 && this.lead.length < MAX_LEAD) this.lead.push('')
      this.write(this.depth === 0 ? (map ? '{' : '[') : `${this.separator()}${map ? '{' : '['}`)
    }
    const { depth } = this
    this.kindAt[depth] = name === 'attribute' ? ATTRIBUTE : map ? MAP : LIST
    this.countAt[depth] = 0
    this.leftAt[depth] = count < 0 ? -1 : map ? count * 2 : count
    this.depth++
    if (count !== 0) return 'open'
    this.shut()
    return 'shut'
  }

  /** The aggregate whose elements were not announced is over. */
  closeStreamed(): void {
    this.shut()
  }

  /** One element of the innermost aggregate is whole; so may be the aggregate, and the one around it. */
  private count(): void {
    while (this.depth > 0) {
      const at = this.depth - 1
      this.countAt[at] = this.countAt[at]! + 1
      if (this.leftAt[at]! < 0) return
      this.leftAt[at] = this.leftAt[at]! - 1
      if (this.leftAt[at]! > 0) return
      if (!this.leave()) return
    }
  }

  private shut(): void {
    if (this.leave()) this.count()
  }

  /** Closes the innermost aggregate; answers whether it counts as an element of the one around it. */
  private leave(): boolean {
    const at = --this.depth
    const kind = this.kindAt[at]!
    this.write(kind === LIST ? ']' : '}')
    if (kind === ATTRIBUTE) {
      if (at === this.attributeAt) {
        this.attributes ??= this.text
        this.text = this.before ?? ''
        this.before = undefined
        this.attributeAt = -1
      }
      return false
    }
    if (at > 0) return true
    this.rows = kind === MAP ? this.countAt[0]! / 2 : this.countAt[0]!
    this.whole = true
    return false
  }

  private separator(): string {
    const at = this.depth - 1
    const count = this.countAt[at]!
    if (count === 0) return ''
    return this.kindAt[at] !== LIST && count % 2 === 1 ? ': ' : ', '
  }

  private write(words: string): void {
    if (this.text.length < this.limit) {
      this.text += words
      if (this.text.length >= this.limit) this.shortened = true
    } else if (words !== ']' && words !== '}') this.shortened = true
  }
}
