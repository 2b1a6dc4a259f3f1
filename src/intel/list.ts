/** What became of the lines of one list: what is looked for, and what was not understood. */
import type { Classified } from './classify.js'
import type { Added, Indicators, Note } from './indicators.js'

/** Held at most by a run: each takes about 250 bytes with its text. Feeds of this size come in parts. */
export const MAX_INDICATORS = 4_000_000
/** Problems named; all are counted. */
const MAX_NAMED = 5
/** Characters of a list that stand in a message. */
const MAX_QUOTED = 60

/** Lines without one indicator after which a file is not read on. */
const HOPELESS = 10_000

export interface Problem {
  /** Line of the file, or 0 where lines mean nothing. */
  readonly line: number
  readonly text: string
  readonly reason: string
}

export class ListReport {
  added = 0
  repeated = 0
  /** Not for detection, or revoked, as the list itself says. */
  withdrawn = 0
  /** Over MAX_INDICATORS, or over what is held of one value. */
  left = 0
  problems = 0
  readonly named: Problem[] = []

  constructor(
    private readonly into: Indicators,
    private readonly max = MAX_INDICATORS,
  ) {}

  /** So much was no indicator, and nothing was: the file is something else. */
  get hopeless(): boolean {
    return this.problems >= HOPELESS && this.added === 0
  }

  take(classified: Classified, text: string, note: Note, line: number): Added | 'refused' {
    if ('reason' in classified) {
      this.refuse(text, classified.reason, line)
      return 'refused'
    }
    const became = this.into.size >= this.max ? 'left' : this.into.add(classified.atom, text, note)
    this[became]++
    return became
  }

  refuse(text: string, reason: string, line: number): void {
    this.problems++
    if (this.named.length < MAX_NAMED)
      this.named.push({ line, text: text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text, reason })
  }
}
