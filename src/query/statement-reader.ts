/** Finds the ends of SQL statements in text that comes line by line, as someone types it or from a file. */

/** SQL is typed or generated, never this long; a file given by mistake is. */
export const MAX_SQL_LENGTH = 1024 * 1024

/** What the text is inside of: closes at that character. */
type Inside = '' | "'" | '"' | '`' | ']' | '--' | '/*'

const OPENS: Readonly<Record<string, Inside>> = { "'": "'", '"': '"', '`': '`', '[': ']' }

export interface Statement {
  readonly sql: string
  /** The line it begins in, from 1. */
  readonly line: number
}

export class StatementReader {
  private text = ''
  private inside: Inside = ''
  /** Something stands before the next semicolon that is neither blank nor comment. */
  private started = false
  private line = 0
  private from = 1

  /** What waits for its semicolon; blank between statements. */
  get pending(): string {
    return this.text
  }

  /** Between statements: a line that begins with a dot is no SQL here. */
  get between(): boolean {
    return this.text === ''
  }

  /** @returns the statements that end in this line */
  push(line: string): Statement[] {
    this.line++
    const found: Statement[] = []
    for (let at = 0; at < line.length; at++) {
      const char = line[at]!
      if (this.text === '' && /[\s\ufeff]/.test(char)) continue
      if (this.text === '') this.from = this.line
      this.text += char
      const next = line[at + 1]
      if (this.inside === '') {
        if (char === ';') {
          if (this.started) found.push({ sql: this.text, line: this.from })
          this.clear()
        } else if (char === '-' && next === '-') this.inside = '--'
        else if (char === '/' && next === '*') {
          this.inside = '/*'
          this.text += next
          at++
        } else {
          if (!/\s/.test(char)) this.started = true
          this.inside = OPENS[char] ?? ''
        }
      } else if (this.inside === '/*') {
        if (char === '*' && next === '/') {
          this.text += next
          at++
          this.inside = ''
        }
      } else if (char === this.inside) this.inside = ''
    }
    if (this.inside === '--') this.inside = ''
    if (this.text !== '') this.text += '\n'
    if (!this.started && this.inside === '') this.clear()
    return found
  }

  /** The last statement of a text may lack its semicolon. */
  rest(): Statement | undefined {
    const last = this.started ? { sql: this.text, line: this.from } : undefined
    this.clear()
    return last
  }

  /** Forgets what was begun. */
  clear(): void {
    this.text = ''
    this.inside = ''
    this.started = false
  }
}

/** A statement on one line, for a list of what was typed: a comment to the end of a line would swallow what follows. */
export function onOneLine(sql: string): string {
  let out = ''
  let inside: Inside = ''
  for (let at = 0; at < sql.length; at++) {
    const char = sql[at]!
    const next = sql[at + 1]
    if (inside === '--') {
      if (char === '\n') {
        out += ' */ '
        inside = ''
      } else out += char === '*' && next === '/' ? '* ' : char
      continue
    }
    if (inside === '' && char === '-' && next === '-') {
      out += '/*'
      at++
      inside = '--'
      continue
    }
    const opens: boolean = inside === '' && char === '/' && next === '*'
    if (opens || (inside === '/*' && char === '*' && next === '/')) {
      out += char + next
      at++
      inside = opens ? '/*' : ''
      continue
    }
    if (inside === '') inside = OPENS[char] ?? ''
    else if (char === inside) inside = ''
    out += char === '\n' && (inside === '' || inside === '/*') ? ' ' : char
  }
  return `${out}${inside === '--' ? ' */' : ''}`.trim()
}
