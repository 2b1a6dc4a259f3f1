/**
 * Values that were taken away, found again where they stand inside other texts.
 *
 * All at once: a text is walked through once, and at each place the four characters there say which lengths are worth trying.
 */

/** Distinct values and their characters: what a case of a million users needs, about 100 MB. */
const MAX_VALUES = 200_000
const MAX_CHARACTERS = 16 * 1024 * 1024
/** Longer ones are whole texts, which do not stand inside another as they are. */
const MAX_LENGTH = 256
/** Shorter ones stand in every text by chance. */
export const MIN_LENGTH = 4
/** Up to this length a value counts only where it stands as a word. */
const SHORT = 5
const WORD = /[0-9A-Za-z_]/
/** Figures and addresses: 10.0.0.1 does not stand in 110.0.0.12. */
const FIGURES = /^[\d.:a-f]+$/
const NEXT_FIGURE = /^[.:]?[0-9A-Za-z_]/

export class KnownValues {
  /** Values that there was no room for. */
  missed = 0
  private readonly values = new Map<string, string>()
  /** By the first four characters, lengths of values that begin so, longest first. */
  private readonly lengths = new Map<string, number[]>()
  private characters = 0

  get size(): number {
    return this.values.size
  }

  /** `value` is to be found, also as it stands in a URL, in SQL and in JSON; capitals do not matter. */
  add(value: string, replacement: string): void {
    if (value.length < MIN_LENGTH || value.length > MAX_LENGTH) return
    for (const form of formsOf(value)) this.put(folded(form), replacement)
  }

  private put(value: string, replacement: string): void {
    if (value.length < MIN_LENGTH || this.values.has(value)) return
    if (this.values.size >= MAX_VALUES || this.characters + value.length > MAX_CHARACTERS) {
      this.missed++
      return
    }
    this.characters += value.length
    this.values.set(value, replacement)
    const start = value.slice(0, MIN_LENGTH)
    const lengths = this.lengths.get(start)
    if (!lengths) this.lengths.set(start, [value.length])
    else if (!lengths.includes(value.length)) {
      lengths.push(value.length)
      lengths.sort((a, b) => b - a)
    }
  }

  /** `text` with the values in it replaced; `between` is applied to what stands between them. */
  replace(text: string, between: (piece: string) => string): string {
    if (this.values.size === 0 || text.length < MIN_LENGTH) return between(text)
    const low = folded(text)
    let out = ''
    let from = 0
    for (let i = 0; i + MIN_LENGTH <= low.length; i++) {
      const lengths = this.lengths.get(low.slice(i, i + MIN_LENGTH))
      const length = lengths?.find((one) => this.standsAt(low, i, one))
      if (length === undefined) continue
      out += between(text.slice(from, i)) + this.values.get(low.slice(i, i + length))!
      from = i + length
      i = from - 1
    }
    return from === 0 ? between(text) : out + between(text.slice(from))
  }

  private standsAt(low: string, at: number, length: number): boolean {
    const piece = low.slice(at, at + length)
    if (piece.length !== length || !this.values.has(piece)) return false
    if (FIGURES.test(piece)) return !WORD.test(low[at - 1] ?? ' ') && !NEXT_FIGURE.test(low.slice(at + length, at + length + 2))
    return length > SHORT || (!WORD.test(low[at - 1] ?? ' ') && !WORD.test(low[at + length] ?? ' '))
  }
}

/** Lower case, of the same length: capitals whose small letter is longer stay. */
function folded(text: string): string {
  const low = text.toLowerCase()
  return low.length === text.length ? low : text.replace(/[A-Z]+/g, (run) => run.toLowerCase())
}

function formsOf(value: string): Set<string> {
  const forms = new Set([value, value.replaceAll("'", "''"), JSON.stringify(value).slice(1, -1)])
  try {
    forms.add(encodeURIComponent(value))
    forms.add(encodeURIComponent(value).replaceAll('%20', '+'))
  } catch {
    // Half a surrogate pair has no form in a URL.
  }
  return forms
}
