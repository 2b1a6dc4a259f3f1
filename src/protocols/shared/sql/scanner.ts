/**
 * SQL text as tokens, one at a time, without building any: the scanner points at the current token. It never fails; what no
 * dialect knows is punctuation, and a literal without end reaches to the end of the text.
 */
export type Dialect = 'mysql' | 'pgsql' | 'cql' | 'oracle'

export const Kind = {
  end: 0,
  word: 1,
  /** A quoted identifier. */
  name: 2,
  text: 3,
  /** Body of a function or block in dollar quotes. */
  body: 4,
  number: 5,
  /** ?, $1, :name */
  placeholder: 6,
  mark: 7,
} as const
export type Kind = (typeof Kind)[keyof typeof Kind]

const isSpace = (c: number): boolean => c === 0x20 || (c >= 0x09 && c <= 0x0d) || c === 0xa0
const isDigit = (c: number): boolean => c >= 0x30 && c <= 0x39
/** Letters of any script, digits, _ $ # @; '$' not at the start, which is the caller's to see. */
const isWordStart = (c: number): boolean => (c >= 0x61 && c <= 0x7a) || (c >= 0x41 && c <= 0x5a) || c === 0x5f || c >= 0x80
const isWord = (c: number): boolean => isWordStart(c) || isDigit(c) || c === 0x24 || c === 0x23
const isHex = (c: number): boolean => isDigit(c) || (c >= 0x61 && c <= 0x66) || (c >= 0x41 && c <= 0x46)

/** A uuid is a literal of its own in CQL. */
const UUID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/iy
/** Longest tag of a dollar quote that is looked for: an identifier has at most 63 bytes. */
const DOLLAR_TAG = /\$(?:[A-Za-z_\x80-\uffff][\w\x80-\uffff]{0,62})?\$/y

export class Scanner {
  kind: Kind = Kind.end
  /** Where the token stands, quotes included. */
  start = 0
  end = 0
  /** The inside of a literal, quotes not included; of other tokens the same as start and end. */
  innerStart = 0
  innerEnd = 0
  /** Where the last comment in front of this token stands; both 0 without one. */
  commentStart = 0
  commentEnd = 0
  private pos = 0
  /** Inside an executable comment of MySQL, whose words count. */
  private executable = false

  constructor(
    readonly sql: string,
    private readonly dialect: Dialect,
  ) {}

  /** The token as written. */
  get text(): string {
    return this.sql.slice(this.start, this.end)
  }

  /** Upper-case for words: keywords are compared in it. */
  get upper(): string {
    return this.sql.slice(this.start, this.end).toUpperCase()
  }

  next(): Kind {
    const { sql } = this
    this.commentStart = this.commentEnd = 0
    this.skipBlank()
    const at = this.pos
    this.start = this.innerStart = at
    if (at >= sql.length) {
      this.end = this.innerEnd = at
      this.kind = Kind.end
      return this.kind
    }
    this.kind = this.read(sql.charCodeAt(at), at)
    this.end = this.pos
    if (this.kind !== Kind.text && this.kind !== Kind.name && this.kind !== Kind.body) {
      this.innerStart = this.start
      this.innerEnd = this.end
    }
    return this.kind
  }

  private read(c: number, at: number): Kind {
    const { sql, dialect } = this
    const following = sql.charCodeAt(at + 1)
    if (c === 0x27) return this.quoted(at + 1, 0x27, dialect === 'mysql', Kind.text)
    if (c === 0x22) return this.quoted(at + 1, 0x22, dialect === 'mysql', dialect === 'mysql' ? Kind.text : Kind.name)
    if (c === 0x60 && dialect === 'mysql') return this.quoted(at + 1, 0x60, false, Kind.name)
    if (isDigit(c) || (c === 0x2e && isDigit(following))) return this.number(at)
    if (c === 0x24) return this.dollar(at)
    if (c === 0x3f && dialect !== 'pgsql') return this.take(at + 1, Kind.placeholder)
    if (c === 0x3a && (dialect === 'oracle' || dialect === 'cql') && isWord(following))
      return this.take(this.wordEnd(at + 1), Kind.placeholder)
    if (isWordStart(c) || c === 0x40) return this.word(at, c, following)
    return this.take(at + 1, Kind.mark)
  }

  private take(to: number, kind: Kind): Kind {
    this.pos = to
    return kind
  }

  private wordEnd(at: number): number {
    const { sql } = this
    let to = at
    while (to < sql.length && isWord(sql.charCodeAt(to))) to++
    return to
  }

  private word(at: number, c: number, following: number): Kind {
    const { sql, dialect } = this
    // Letters glued to a quote say what kind of literal it is: E'', N'', x'', b'', U&'', q''.
    if (following === 0x27 && c !== 0x40) {
      const letter = c | 0x20
      if (letter === 0x71 && dialect === 'oracle') return this.alternative(at + 2)
      if (letter === 0x65 && dialect === 'pgsql') return this.quoted(at + 2, 0x27, true, Kind.text)
      if (letter === 0x6e || letter === 0x78 || letter === 0x62) return this.quoted(at + 2, 0x27, dialect === 'mysql', Kind.text)
    }
    if (dialect === 'oracle' && (c | 0x20) === 0x6e && (following | 0x20) === 0x71 && sql.charCodeAt(at + 2) === 0x27)
      return this.alternative(at + 3)
    if (following === 0x26 && (c | 0x20) === 0x75 && sql.charCodeAt(at + 2) === 0x27 && dialect === 'pgsql')
      return this.quoted(at + 3, 0x27, false, Kind.text)
    if (dialect === 'cql' && isHex(c)) {
      UUID.lastIndex = at
      if (UUID.test(sql)) return this.take(at + 36, Kind.number)
    }
    let to = c === 0x40 ? at + 1 : at
    if (c === 0x40 && sql.charCodeAt(to) === 0x40) to++
    to = this.wordEnd(to)
    return this.take(to, to === at + 1 && c === 0x40 ? Kind.mark : Kind.word)
  }

  private number(at: number): Kind {
    const { sql, dialect } = this
    if (dialect === 'cql') {
      UUID.lastIndex = at
      if (UUID.test(sql)) return this.take(at + 36, Kind.number)
    }
    let to = at
    while (to < sql.length) {
      const c = sql.charCodeAt(to)
      // 1e-5: a sign belongs to the number behind its exponent.
      const sign = (c === 0x2b || c === 0x2d) && (sql.charCodeAt(to - 1) | 0x20) === 0x65 && sql.charCodeAt(at + 1) !== 0x78
      if (isWord(c) || c === 0x2e || sign) to++
      else break
    }
    return this.take(to, Kind.number)
  }

  private dollar(at: number): Kind {
    const { sql, dialect } = this
    if (isDigit(sql.charCodeAt(at + 1))) return this.take(this.wordEnd(at + 1), Kind.placeholder)
    if (dialect !== 'pgsql' && dialect !== 'cql') return this.take(at + 1, Kind.mark)
    DOLLAR_TAG.lastIndex = at
    const tag = DOLLAR_TAG.exec(sql)?.[0]
    if (tag === undefined) return this.take(at + 1, Kind.mark)
    const close = sql.indexOf(tag, at + tag.length)
    this.innerStart = at + tag.length
    this.innerEnd = close < 0 ? sql.length : close
    return this.take(close < 0 ? sql.length : close + tag.length, dialect === 'cql' && tag === '$$' ? Kind.text : Kind.body)
  }

  /** Oracle's q'[ ... ]'. */
  private alternative(at: number): Kind {
    const { sql } = this
    const open = sql[at] ?? ''
    const close = sql.indexOf(`${({ '[': ']', '{': '}', '(': ')', '<': '>' } as Record<string, string>)[open] ?? open}'`, at + 1)
    this.innerStart = at + 1
    this.innerEnd = close < 0 ? sql.length : close
    return this.take(close < 0 ? sql.length : close + 2, Kind.text)
  }

  private quoted(from: number, quote: number, backslash: boolean, kind: Kind): Kind {
    const { sql } = this
    this.innerStart = from
    let to = from
    while (to < sql.length) {
      const c = sql.charCodeAt(to)
      if (c === quote) {
        if (sql.charCodeAt(to + 1) !== quote) break
        to += 2
      } else if (c === 0x5c && backslash) to += 2
      else to++
    }
    this.innerEnd = Math.min(to, sql.length)
    return this.take(Math.min(to + 1, sql.length), kind)
  }

  /** White space and comments. */
  private skipBlank(): void {
    const { sql, dialect } = this
    for (;;) {
      const at = this.pos
      const c = sql.charCodeAt(at)
      const following = sql.charCodeAt(at + 1)
      if (isSpace(c)) this.pos++
      else if (c === 0x2d && following === 0x2d && (dialect !== 'mysql' || !(sql.charCodeAt(at + 2) > 0x20)))
        this.comment(at, this.lineEnd(at))
      else if (c === 0x23 && dialect === 'mysql') this.comment(at, this.lineEnd(at))
      else if (c === 0x2f && following === 0x2f && dialect === 'cql') this.comment(at, this.lineEnd(at))
      else if (c === 0x2f && following === 0x2a) {
        const executable = dialect === 'mysql' ? /\/\*M?!\d{0,6}/y : undefined
        if (executable) {
          executable.lastIndex = at
          const opening = executable.exec(sql)?.[0]
          if (opening !== undefined) {
            this.executable = true
            this.pos += opening.length
            continue
          }
        }
        this.comment(at, this.blockEnd(at))
      } else if (this.executable && c === 0x2a && following === 0x2f) {
        this.executable = false
        this.pos += 2
      } else return
    }
  }

  private comment(from: number, to: number): void {
    if (this.commentEnd === 0) this.commentStart = from
    this.commentEnd = to
    this.pos = to
  }

  private lineEnd(at: number): number {
    const lf = this.sql.indexOf('\n', at)
    return lf < 0 ? this.sql.length : lf + 1
  }

  private blockEnd(at: number): number {
    const { sql } = this
    if (this.dialect !== 'pgsql') {
      const close = sql.indexOf('*/', at + 2)
      return close < 0 ? sql.length : close + 2
    }
    // PostgreSQL nests them.
    let depth = 1
    let to = at + 2
    while (to < sql.length && depth > 0) {
      const c = sql.charCodeAt(to)
      const following = sql.charCodeAt(to + 1)
      if (c === 0x2a && following === 0x2f) depth--
      else if (c === 0x2f && following === 0x2a) depth++
      else {
        to++
        continue
      }
      to += 2
    }
    return Math.min(to, sql.length)
  }
}
