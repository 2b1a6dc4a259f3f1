/**
 * Where in a statement secrets stand, and its text with them masked: what a password clause, a function of passwords, or a
 * column of a secret name is given; card numbers anywhere; connection strings and statements inside literals and bodies.
 */
import { isCardNumber, isSecretName } from '../secret-names.js'
import { maskText } from '../secret-text.js'
import { endOfPlain, IdentifiedClause, isPlainPassword } from './account-clauses.js'
import { mayHoldStatement } from './embedded.js'
import { type Dialect, Kind, Scanner } from './scanner.js'
import { SecretCall } from './secret-functions.js'
import { maskCommand } from './shell-command.js'

/** Statements inside literals inside statements that are followed. */
const MAX_NESTING = 3
/** Columns of an INSERT that are told apart; more columns than any server takes. */
const MAX_COLUMNS = 4096

/** Comparisons written as words. */
const COMPARES = new Set('LIKE ILIKE RLIKE REGEXP IN IS NOT SIMILAR TO'.split(' '))
/** What ends the value that a secret column is compared with or set to. */
const ENDS = new Set('WHERE FROM AND OR ON RETURNING ORDER GROUP LIMIT HAVING UNION THEN ELSE END SET VALUES IF WITH'.split(' '))
/** A call, not a password, when a parenthesis follows within so many blanks. */
const CALL = /^\s*\(/
const MAX_BLANK = 8
/** What a comment begins with. */
const COMMENT = /^(?:\/\*|--|#|\/\/)/

export function maskStatement(sql: string, dialect: Dialect, secret: (text: string) => string, nesting = 0): string {
  const scan = new Scanner(sql, dialect)
  const positions = new SecretPositions(sql, dialect, secret, nesting)
  for (;;) {
    const kind = scan.next()
    if (scan.commentEnd > 0) positions.comment(scan.commentStart, scan.commentEnd)
    if (kind === Kind.end) return positions.text()
    if (kind === Kind.mark && sql.charCodeAt(scan.start) === 0x3b) positions.endStatement()
    else positions.token(kind, scan, kind === Kind.word ? scan.upper : '')
  }
}

export class SecretPositions {
  readonly params: number[] = []
  private out = ''
  private copied = 0
  private placeholders = 0
  private depth = 0
  /** Depth at which a secret value began, or -1; `whole`: a comma does not end it. */
  private region = -1
  private whole = false
  /** The token before this one names something secret. */
  private named = false
  private previous = ''
  private previousKind: Kind = Kind.end
  private words = 0
  private first = ''
  private second = ''
  private readonly identified: IdentifiedClause
  private readonly call: SecretCall
  /** End of the last password without quotes: tokens before it are part of it. */
  private plainEnd = 0
  private hidden: 'begins' | undefined
  /** INSERT: 1 the table comes, 2 in its columns, 3 they are known, 4 in the values. */
  private insert = 0
  private column = 0
  private valueDepth = 0
  private readonly secretColumns = new Set<number>()

  constructor(
    private readonly sql: string,
    private readonly dialect: Dialect,
    private readonly secret: (text: string) => string,
    private readonly nesting = 0,
  ) {
    this.identified = new IdentifiedClause(dialect)
    this.call = new SecretCall(dialect)
  }

  /** @returns whether a password without quotes begins or goes on with the token: a value, whatever it looks like */
  token(kind: Kind, scan: Scanner, upper: string): 'begins' | 'goes on' | undefined {
    if (scan.start < this.plainEnd) {
      // A literal that begins inside of it.
      if (scan.end > this.plainEnd) this.mask(this.plainEnd, scan.end)
      return 'goes on'
    }
    this.hidden = undefined
    switch (kind) {
      case Kind.mark:
        this.mark(this.sql.charCodeAt(scan.start), scan)
        break
      case Kind.word:
        this.word(scan, upper)
        break
      case Kind.name:
        this.nameToken(scan)
        break
      case Kind.placeholder:
        this.placeholder(scan)
        break
      case Kind.number:
      case Kind.text:
        this.literal(kind, scan)
        break
      case Kind.body:
        if (this.inSecret || this.identified.open || this.named) this.mask(scan.innerStart, scan.innerEnd)
        else if (this.nesting < MAX_NESTING)
          this.replace(
            scan.innerStart,
            scan.innerEnd,
            maskStatement(this.sql.slice(scan.innerStart, scan.innerEnd), this.dialect, this.secret, this.nesting + 1),
          )
        this.named = false
        this.identified.literal()
        break
    }
    this.previousKind = kind
    return this.hidden
  }

  private mark(c: number, scan: Scanner): void {
    const wasNamed = this.named
    this.named = false
    if (this.identified.mark(c)) {
      this.plain(scan.start)
      return
    }
    if (c === 0x28 || c === 0x7b || c === 0x5b) {
      this.depth++
      if (c === 0x28) {
        if (this.previousKind === Kind.word) this.call.opened(this.previous, this.depth)
        if (this.insert === 1) {
          this.insert = 2
          this.column = 0
          this.valueDepth = this.depth
        } else if (this.insert === 4 && this.depth === this.valueDepth) this.column = 0
      }
    } else if (c === 0x29 || c === 0x7d || c === 0x5d) {
      if (this.insert === 2 && this.depth === this.valueDepth) this.insert = 3
      this.depth = Math.max(0, this.depth - 1)
      if (this.depth < this.region) this.region = -1
      this.call.closed(this.depth)
    } else if (c === 0x2c) {
      if (this.region === this.depth && !this.whole) this.region = -1
      if ((this.insert === 2 || this.insert === 4) && this.depth === this.valueDepth) this.column++
      this.call.comma(this.depth)
    } else if (c === 0x2e) {
      // users.password: what follows the dot is the name.
    } else if (c === 0x3d || c === 0x3a || c === 0x3c || c === 0x3e || c === 0x21 || c === 0x7e) {
      if (wasNamed) this.open(this.depth, false)
      else if (this.first === 'SET' && this.second === 'PASSWORD' && c === 0x3d) this.open(this.depth, true)
      // := and :: and <> keep what the first mark has opened.
    }
  }

  private open(depth: number, whole: boolean): void {
    if (this.region >= 0) return
    this.region = depth
    this.whole = whole
  }

  private word(scan: Scanner, upper: string): void {
    this.words++
    if (this.words === 1) this.first = upper
    else if (this.words === 2) this.second = upper
    if (this.region === this.depth && !this.whole && ENDS.has(upper)) this.region = -1
    if (this.identified.word(upper, this.first)) {
      this.plain(scan.start)
      this.named = false
    } else if (this.named && COMPARES.has(upper)) {
      this.open(this.depth, false)
      this.named = false
    } else if ((this.named || this.region >= 0) && this.isPlain(scan, upper)) {
      this.plain(scan.start)
      this.named = false
    } else this.named = isSecretName(upper)
    this.insertWord(upper)
    this.previous = upper
  }

  private isPlain(scan: Scanner, upper: string): boolean {
    return (
      isPlainPassword(this.dialect, this.first, this.second, upper, this.region >= 0) &&
      !CALL.test(this.sql.slice(scan.end, scan.end + MAX_BLANK))
    )
  }

  /** A password without quotes begins at `from`. */
  private plain(from: number): void {
    this.plainEnd = endOfPlain(this.sql, from)
    this.mask(from, this.plainEnd)
    this.hidden = 'begins'
  }

  private insertWord(upper: string): void {
    if (upper === 'INSERT' || (upper === 'REPLACE' && this.words === 1)) {
      this.insert = 1
      this.secretColumns.clear()
    } else if (this.insert === 2) this.columnName(upper)
    else if (upper === 'VALUES' || upper === 'VALUE') {
      if (this.insert === 3) {
        this.insert = 4
        this.valueDepth = this.depth + 1
        this.column = 0
      } else if (this.insert === 1) this.insert = 0
    } else if (upper === 'SELECT' && this.insert === 3) {
      this.insert = 4
      this.valueDepth = this.depth
      this.column = 0
    } else if ((upper === 'ON' || upper === 'RETURNING' || upper === 'FROM' || upper === 'SET') && this.insert !== 0 && this.insert !== 2)
      this.insert = 0
  }

  private columnName(name: string): void {
    if (this.column < MAX_COLUMNS && isSecretName(name)) this.secretColumns.add(this.column)
  }

  private nameToken(scan: Scanner): void {
    const name = this.sql.slice(scan.innerStart, scan.innerEnd)
    if (this.identified.name()) {
      this.mask(scan.innerStart, scan.innerEnd)
      this.hidden = 'begins'
    }
    this.named = isSecretName(name)
    if (this.insert === 2) this.columnName(name)
    this.previous = ''
  }

  private get inSecret(): boolean {
    const byCall = this.call.secret
    if (byCall !== undefined) return byCall
    return this.region >= 0 || (this.insert === 4 && this.depth >= this.valueDepth && this.secretColumns.has(this.column))
  }

  private placeholder(scan: Scanner): void {
    const text = scan.text
    const ordinal = text.startsWith('$') ? Number.parseInt(text.slice(1), 10) - 1 : this.placeholders
    this.placeholders++
    const secret = this.inSecret || this.identified.open || (this.named && this.previousKind === Kind.word)
    this.identified.literal()
    if (secret && ordinal >= 0 && ordinal < MAX_COLUMNS * 16 && !this.params.includes(ordinal)) this.params.push(ordinal)
    this.named = false
  }

  private literal(kind: Kind, scan: Scanner): void {
    const wasNamed = this.named
    const inner = this.sql.slice(scan.innerStart, scan.innerEnd)
    // 'password': 'x' in a map of Cassandra; a literal alone names nothing.
    this.named = kind === Kind.text && this.dialect === 'cql' && isSecretName(inner)
    if (this.identified.plugin) {
      this.identified.literal()
      return
    }
    const secret = this.inSecret || this.identified.open || (wasNamed && this.previousKind !== Kind.text && kind === Kind.text)
    this.identified.literal()
    if (secret || isCardNumber(inner)) this.mask(scan.innerStart, scan.innerEnd)
    else if (kind === Kind.text && inner.length > 4)
      this.replace(scan.innerStart, scan.innerEnd, this.inside(inner, this.sql[scan.innerStart - 1] === "'"))
  }

  /** Text that is no secret as a whole may hold one: a connection string, JSON, a statement. `doubled`: quotes in it are written twice. */
  private inside(text: string, doubled: boolean): string {
    if (this.nesting < MAX_NESTING && mayHoldStatement(text)) {
      const plain = doubled ? text.replaceAll("''", "'") : text
      const masked = maskStatement(plain, this.dialect, this.secret, this.nesting + 1)
      if (masked !== plain) return doubled ? masked.replaceAll("'", "''") : masked
    }
    return this.first === 'COPY' && this.previous === 'PROGRAM' ? maskCommand(text, this.secret) : maskText(text, this.secret)
  }

  private mask(from: number, to: number): void {
    if (to > from) this.replace(from, to, this.secret(this.sql.slice(from, to)))
  }

  private replace(from: number, to: number, text: string): void {
    if (this.sql.length === 0 || text === this.sql.slice(from, to)) return
    this.out += this.sql.slice(this.copied, from) + text
    this.copied = to
  }

  comment(from: number, to: number): void {
    const text = this.sql.slice(from, to)
    const opening = COMMENT.exec(text)?.[0] ?? ''
    this.replace(from, to, opening + this.inside(text.slice(opening.length), false))
  }

  endStatement(): void {
    this.region = -1
    this.whole = this.named = false
    this.identified.reset()
    this.call.reset()
    this.insert = this.words = this.depth = 0
    this.first = this.second = this.previous = ''
    this.previousKind = Kind.end
    this.secretColumns.clear()
  }

  text(): string {
    return this.copied === 0 ? this.sql : this.out + this.sql.slice(this.copied)
  }
}
