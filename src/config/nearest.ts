/** Did you mean: the known word that a mistyped one is closest to. */

/** Words longer than this are not typing mistakes, and the table below would grow with their square. */
const MAX_WORD = 64

/** Edits (insert, delete, replace, swap of neighbours) that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let before: number[] = []
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j)
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1]
      let best = Math.min(row[j - 1]! + 1, previous[j]! + 1, previous[j - 1]! + (same ? 0 : 1))
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) best = Math.min(best, before[j - 2]! + 1)
      row.push(best)
    }
    before = previous
    previous = row
  }
  return previous[b.length]!
}

/** The closest of `known` to `word`, or undefined when none is close enough to be what was meant. */
export function nearest(word: string, known: Iterable<string>): string | undefined {
  if (word === '' || word.length > MAX_WORD) return undefined
  const wanted = word.toLowerCase()
  const allowed = Math.max(1, Math.floor(wanted.length / 3))
  let found: string | undefined
  let best = allowed + 1
  for (const candidate of known) {
    const lower = candidate.toLowerCase()
    const cutShort = wanted.length >= 3 && (lower.startsWith(wanted) || wanted.startsWith(lower))
    const distance = cutShort ? Math.min(1, editDistance(wanted, lower)) : editDistance(wanted, lower)
    if (distance < best) {
      best = distance
      found = candidate
    }
  }
  return found
}

/** `; did you mean "x"?`, or nothing. */
export function didYouMean(word: string, known: Iterable<string>): string {
  const found = nearest(word, known)
  return found === undefined ? '' : `; did you mean "${found}"?`
}
