/** Which tables a statement names, told by the words in front of them. */
import { Kind, type Scanner } from './scanner.js'

/** Names kept of one statement. */
const MAX_NAMES = 32
/** Longest name kept. */
const MAX_NAME = 256
/** Depth of parentheses that is followed. */
const MAX_DEPTH = 64

/** A table follows. */
const BEFORE = new Set([
  'FROM',
  'JOIN',
  'INTO',
  'UPDATE',
  'TABLE',
  'TRUNCATE',
  'DESCRIBE',
  'COPY',
  'REFERENCES',
  'ANALYZE',
  'VACUUM',
  'STRAIGHT_JOIN',
])
/** May stand between one of those and the table. */
const BETWEEN = new Set(
  'IF NOT EXISTS ONLY LOW_PRIORITY IGNORE QUICK DELAYED HIGH_PRIORITY TABLE TEMPORARY UNLOGGED LATERAL FULL VERBOSE FREEZE'.split(' '),
)
/** May follow the words above without a table: SELECT ... FOR UPDATE OF t; ON UPDATE CASCADE; COPY (...). */
const NO_TABLE = new Set('SELECT SET OF CASCADE RESTRICT NOWAIT SKIP NO OUTFILE DUMPFILE VALUES DUAL UNNEST CURRENT_TIMESTAMP'.split(' '))
/** What ends a list of tables and is no alias. */
const ENDS = new Set(
  'WHERE SET ON USING VALUES VALUE SELECT GROUP ORDER HAVING LIMIT UNION LEFT RIGHT INNER OUTER CROSS NATURAL FULL FOR RETURNING FETCH WINDOW'.split(
    ' ',
  ),
)

export class TableNames {
  readonly names: string[] = []
  private wanted = false
  /** A list of tables may go on behind a comma. */
  private listed = false
  private listDepth = 0
  private building = ''
  private dot = false
  private previous = ''
  private first = ''
  /** The word that said a table comes. */
  private opener = ''
  /** For each open parenthesis: whether a query stands in it, so that FROM names a table (not as in substring(x from 2)). */
  private readonly queries: boolean[] = []
  private depth = 0
  private readonly defined = new Set<string>()
  private withClause = false

  token(kind: Kind, scan: Scanner, upper: string): void {
    const mark = kind === Kind.mark ? scan.sql.charCodeAt(scan.start) : 0
    if (this.building !== '') {
      if (mark === 0x2e && !this.dot) {
        this.dot = true
        return
      }
      if (this.dot && (kind === Kind.word || kind === Kind.name)) {
        this.building += `.${nameOf(kind, scan)}`
        this.dot = false
        return
      }
      // A function that gives rows: FROM generate_series(...). INSERT INTO t (a, b) is none.
      if (!(mark === 0x28 && (this.opener === 'FROM' || this.opener === 'JOIN'))) this.keep()
      this.building = ''
      this.dot = false
    }
    if (kind === Kind.word || kind === Kind.name) this.word(kind, scan, upper)
    else if (mark === 0x28) {
      if (this.depth < MAX_DEPTH) this.queries[this.depth] = false
      this.depth++
      this.wanted = false
    } else if (mark === 0x29) {
      this.depth = Math.max(0, this.depth - 1)
      this.wanted = false
    } else if (mark === 0x2c) this.wanted = this.listed && this.depth === this.listDepth
    else this.wanted = this.listed = false
  }

  private word(kind: Kind, scan: Scanner, upper: string): void {
    if (kind === Kind.word) {
      if (this.first === '') {
        this.first = upper
        this.withClause = upper === 'WITH'
      }
      if (upper === 'SELECT' || upper === 'DELETE') {
        if (this.depth > 0 && this.depth <= MAX_DEPTH) this.queries[this.depth - 1] = true
        if (this.depth === 0) this.withClause = false
      }
      // WITH name AS (...): the name is none of a table.
      if (upper === 'AS' && this.withClause && this.depth === 0 && this.lastName !== '') this.defined.add(this.lastName.toLowerCase())
      if (this.wanted && BETWEEN.has(upper)) return
      if (BEFORE.has(upper) && this.opens(upper)) {
        this.wanted = true
        this.listed = upper === 'FROM' || upper === 'UPDATE' || upper === 'TABLE' || upper === 'TRUNCATE'
        this.listDepth = this.depth
        this.previous = this.opener = upper
        return
      }
      if (this.wanted && NO_TABLE.has(upper)) {
        this.wanted = this.listed = false
        this.previous = upper
        return
      }
      if (ENDS.has(upper)) this.wanted = this.listed = false
    }
    this.lastName = nameOf(kind, scan)
    if (this.wanted) {
      this.building = this.lastName
      this.wanted = false
    } else if (kind === Kind.word) this.previous = upper
  }
  private lastName = ''

  private opens(upper: string): boolean {
    if (upper === 'FROM') {
      if (this.previous === 'DISTINCT') return false
      if (this.depth > 0 && this.depth <= MAX_DEPTH && this.queries[this.depth - 1] === false) return false
      return this.first !== 'SHOW' && this.first !== 'PREPARE' && this.first !== 'REVOKE' && this.first !== 'COPY' && this.first !== 'FETCH'
    }
    if (upper === 'UPDATE') return this.previous !== 'FOR' && this.previous !== 'ON' && this.previous !== 'KEY' && this.first !== 'GRANT'
    if (upper === 'TABLE') return this.first !== 'SHOW' || this.previous === 'CREATE'
    if (upper === 'TRUNCATE' || upper === 'COPY' || upper === 'ANALYZE' || upper === 'VACUUM' || upper === 'DESCRIBE')
      return this.first === upper
    return true
  }

  private keep(): void {
    const name = this.building.length > MAX_NAME ? this.building.slice(0, MAX_NAME) : this.building
    if (name === '' || this.defined.has(name.toLowerCase()) || this.names.includes(name) || this.names.length >= MAX_NAMES) return
    this.names.push(name)
  }

  endStatement(): void {
    if (this.building !== '') this.keep()
    this.building = this.previous = this.first = this.opener = this.lastName = ''
    this.wanted = this.listed = this.dot = this.withClause = false
    this.depth = 0
    this.defined.clear()
  }
}

const nameOf = (kind: Kind, scan: Scanner): string =>
  kind === Kind.name ? scan.sql.slice(scan.innerStart, Math.min(scan.innerEnd, scan.innerStart + MAX_NAME)) : scan.text.slice(0, MAX_NAME)
