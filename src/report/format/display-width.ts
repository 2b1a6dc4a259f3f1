/** How many columns of a terminal a text takes, and how to cut it there. */

/** Marks that stand on the character before them, and joiners. */
const ZERO = /^(?:\p{Mn}|\p{Me}|\u200c|\u200d|[\ufe00-\ufe0f])$/u
/** East Asian wide and fullwidth forms, and emoji: the ranges that terminals draw two columns wide. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60\uffe0-\uffe6\u{1f300}-\u{1f64f}\u{1f680}-\u{1f6ff}\u{1f900}-\u{1f9ff}\u{1fa70}-\u{1faff}\u{20000}-\u{3fffd}]$/u
const PLAIN = /^[\x20-\x7e\u00a1-\u02ff]*$/

const columnsOfChar = (char: string): number => (ZERO.test(char) ? 0 : WIDE.test(char) ? 2 : 1)

export function displayWidth(text: string): number {
  if (PLAIN.test(text)) return text.length
  let width = 0
  for (const char of text) width += columnsOfChar(char)
  return width
}

/** At most `width` columns; a cut is shown by an ellipsis. */
export function fitted(text: string, width: number): string {
  // Nothing is narrower than two code units a column on average but marks; a cell of megabytes is not walked through.
  const near = text.length > width * 8 ? text.slice(0, width * 8) : text
  if (near.length === text.length && displayWidth(near) <= width) return text
  let kept = ''
  let used = 0
  for (const char of near) {
    const columns = columnsOfChar(char)
    if (used + columns > width - 1) break
    kept += char
    used += columns
  }
  return `${kept}\u2026`
}
