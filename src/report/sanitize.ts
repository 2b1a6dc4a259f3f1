/**
 * Makes captured text safe to show: what a terminal, a browser or a spreadsheet would obey is made visible instead.
 *
 * C0 codes become their one-column pictures (ESC is \u241b), so that tables keep their shape; what has no picture is spelled
 * \uXXXX: C1 codes, line separators, direction overrides, and characters that nobody can see.
 */
const OBEYED = /[\0-\x1f\x7f-\x9f\xad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u
const EVERY = new RegExp(OBEYED.source, 'gu')
const EVERY_BUT_NEWLINE = new RegExp(OBEYED.source.replace('\\0-\\x1f', '\\0-\\x09\\x0b-\\x1f'), 'gu')

const PICTURES = 0x2400
const DELETE_PICTURE = '\u2421'

function visible(char: string): string {
  const code = char.codePointAt(0)!
  if (code < 0x20) return String.fromCharCode(PICTURES + code)
  if (code === 0x7f) return DELETE_PICTURE
  return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`
}

/** For one line: line ends are made visible too. */
export const sanitize = (text: string): string => (OBEYED.test(text) ? text.replace(EVERY, visible) : text)

/** The same, but a line feed stays one. */
export const sanitizeLines = (text: string): string => (OBEYED.test(text) ? text.replace(EVERY_BUT_NEWLINE, visible) : text)

/** A spreadsheet reads a cell that begins so as a formula. Tab and CR are gone by then, shown as pictures. */
const FORMULA = /^[\s\u2409\u240d]*[=+\-@\uff0b\uff0d\uff1d\uff20]/
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/

/** A text cell that a spreadsheet would run is given the apostrophe that makes it text; plain numbers stay numbers. */
export const withoutFormula = (cell: string): string => (FORMULA.test(cell) && !NUMBER.test(cell) ? `'${cell}` : cell)
