/** Records of a file of comma-separated values, RFC 4180, one at a time; tabs and semicolons separate as well when told. */

export interface CsvRecord {
  /** Line it begins on, from 1. */
  readonly line: number
  readonly cells: readonly string[]
  /** It was longer than is read: the cells are those before. */
  readonly cut: boolean
}

/** Characters of a record: descriptions run to some thousand. A quote that is never closed ends here, and what follows is read again. */
export const MAX_RECORD = 64 * 1024
const MAX_CELLS = 256

export function* csvRecords(text: string, separator: string, from = 0, firstLine = 1): Generator<CsvRecord> {
  let at = from
  let line = firstLine
  while (at < text.length) {
    const begin = at
    const beginLine = line
    const cells: string[] = []
    const limit = begin + MAX_RECORD
    let cut = false
    for (;;) {
      let cell: string
      if (text[at] === '"') {
        const end = closingQuote(text, at + 1, limit)
        if (end < 0) {
          cut = true
          break
        }
        cell = text.slice(at + 1, end).replaceAll('""', '"')
        at = end + 1
        while (at < text.length && text[at] !== separator && text[at] !== '\n') at++
      } else {
        const next = endOfCell(text, at, separator)
        cell = text.slice(at, next).trim()
        at = next
      }
      if (cells.length < MAX_CELLS) cells.push(cell)
      if (at >= text.length || text[at] === '\n') break
      at++
    }
    if (cut || at - begin > MAX_RECORD) {
      cut = true
      const end = text.indexOf('\n', begin)
      at = end < 0 ? text.length : end
    }
    for (let i = text.indexOf('\n', begin); i >= 0 && i <= at; i = text.indexOf('\n', i + 1)) line++
    at++
    yield { line: beginLine, cells, cut }
  }
}

/** Place of the quote that ends the cell; two of them are one inside it. */
function closingQuote(text: string, from: number, limit: number): number {
  for (let at = from; at < limit; ) {
    const quote = text.indexOf('"', at)
    if (quote < 0 || quote > limit) return -1
    if (text[quote + 1] !== '"') return quote
    at = quote + 2
  }
  return -1
}

function endOfCell(text: string, from: number, separator: string): number {
  let at = from
  while (at < text.length && text[at] !== separator && text[at] !== '\n') at++
  return at
}
