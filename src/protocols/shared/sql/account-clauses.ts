/**
 * Passwords that are written as words, without quotes: a password of Oracle is a name, and elsewhere people forget the quotes;
 * the server refuses that, but the password has been sent.
 */
import type { Dialect } from './scanner.js'

/** Words of an IDENTIFIED clause; any other ends it. */
const IDENTIFIED = new Set('BY AS USING PASSWORD VALUES REPLACE OR WITH VIA RANDOM RETAIN CURRENT INITIAL AUTHENTICATION AND'.split(' '))
/** Behind these a password comes. */
const BEFORE_PASSWORD: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  mysql: new Set(['BY', 'REPLACE', 'AS', 'USING']),
  oracle: new Set(['BY', 'REPLACE']),
  pgsql: new Set(['BY']),
  cql: new Set(['BY']),
}
/** May stand between those and the password. */
const BETWEEN: Readonly<Record<Dialect, ReadonlySet<string>>> = {
  mysql: new Set(['PASSWORD']),
  oracle: new Set(['VALUES']),
  pgsql: new Set(),
  cql: new Set(),
}

/** IDENTIFIED BY and what follows it, word by word. */
export class IdentifiedClause {
  /** Inside the clause: literals are secret. */
  open = false
  /** The name of an authentication plugin comes next. */
  plugin = false
  /** The next word is a password. */
  private awaited = false
  private list = false

  constructor(private readonly dialect: Dialect) {}

  /** @returns whether the word is a password */
  word(upper: string, first: string): boolean {
    if (this.awaited && !BETWEEN[this.dialect].has(upper)) {
      this.awaited = false
      if (upper === 'RANDOM' && this.dialect === 'mysql') return false
      // _utf8mb4'...' names the character set of the literal that follows; PASSWORD('...') is a call.
      return !(this.dialect === 'mysql' && upper.startsWith('_'))
    }
    if (upper === 'IDENTIFIED') {
      this.open = true
      this.plugin = false
      // GRANT ... TO a, b IDENTIFIED BY x, y of Oracle.
      this.list = first === 'GRANT' && this.dialect === 'oracle'
    } else if (this.open) {
      if (this.plugin) this.plugin = false
      else if (BEFORE_PASSWORD[this.dialect].has(upper)) this.awaited = true
      else if (upper === 'USING') this.open = false
      else if (upper === 'WITH' || upper === 'VIA' || upper === 'OR') this.plugin = true
      else if (!IDENTIFIED.has(upper)) this.open = false
    }
    return false
  }

  /** @returns whether a quoted name is a password */
  name(): boolean {
    const password = this.awaited
    this.plugin = this.awaited = false
    return password
  }

  /** @returns whether a mark is where a password begins: IDENTIFIED BY !x */
  mark(c: number): boolean {
    if (c === 0x2c) {
      this.awaited = this.open && this.list
      this.open = this.awaited
      return false
    }
    const password = this.awaited && c !== 0x28 && c !== 0x29
    this.awaited = false
    return password
  }

  literal(): void {
    this.plugin = this.awaited = false
  }

  reset(): void {
    this.open = this.plugin = this.awaited = this.list = false
  }
}

/** Statements about accounts and servers, where a word behind PASSWORD is a password and no type or column. */
const ABOUT_ACCOUNTS = new Set(['USER', 'ROLE', 'GROUP', 'LOGIN', 'SERVER', 'SUBSCRIPTION', 'FOREIGN'])
/** Words that say something else of a password. */
const NO_PASSWORD = new Set(
  (
    'NULL PASSWORD OLD_PASSWORD REPLACE RETAIN CURRENT TO RANDOM FOR EXPIRE HISTORY REUSE REQUIRE LOCK_TIME DEFAULT NEVER INTERVAL ' +
    'OPTIONAL VALID UNTIL AND WITH FROM SET OPTIONS GENERATED HASHED ENCRYPTED UNENCRYPTED TRUE FALSE ON OFF'
  ).split(' '),
)

/** Whether the word, behind PASSWORD or in the value of it, is a password without its quotes. */
export function isPlainPassword(dialect: Dialect, first: string, second: string, upper: string, inValue: boolean): boolean {
  if (NO_PASSWORD.has(upper) || upper.startsWith('_')) return false
  switch (first) {
    case 'CREATE':
    case 'ALTER':
      return ABOUT_ACCOUNTS.has(second) && (inValue || dialect === 'pgsql' || dialect === 'cql')
    case 'SET':
      return inValue && second === 'PASSWORD'
    case 'CHANGE':
    case 'START':
      return inValue
    default:
      return false
  }
}

/** Where a password without quotes ends: at white space, or at what ends a clause or begins a literal or comment. */
const END = /[\s;,()'"]|--|\/\*/g

export function endOfPlain(sql: string, from: number): number {
  END.lastIndex = from
  const found = END.exec(sql)
  return found ? found.index : sql.length
}
