/** Aligned columns of plain text, for people. */

/** A text folded to less than this is harder to read than one that runs over the edge. */
const NARROWEST = 30

/** `<` left, `>` right. The last column is never padded, so a long text there stays as it is. */
export function columns(rows: readonly (readonly string[])[], align: string, gap = '  '): string[] {
  const widths: number[] = []
  for (const row of rows) for (const [i, cell] of row.entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length)
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const width = widths[i] ?? 0
        if (align[i] === '>') return cell.padStart(width)
        return i === row.length - 1 ? cell : cell.padEnd(width)
      })
      .join(gap)
      .trimEnd(),
  )
}

/** Columns with a text beside each row, folded to fit and hanging under its own beginning. */
export function described(rows: readonly (readonly string[])[], align: string, texts: readonly string[], width: number): string[] {
  // The heads are padded to one width first, so that the texts begin at one column.
  const heads = columns(rows, align)
  const margin = Math.max(0, ...heads.map((head) => head.length)) + 2
  return heads.flatMap((head, i) => {
    const [first = '', ...more] = fold(texts[i] ?? '', Math.max(NARROWEST, width - margin))
    return [(head.padEnd(margin) + first).trimEnd(), ...more.map((line) => ' '.repeat(margin) + line)]
  })
}

/** Words folded to lines of at most `width` characters; a word longer than that has a line of its own. */
export function fold(text: string, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  if (line !== '') lines.push(line)
  return lines
}
