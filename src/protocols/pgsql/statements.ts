/** Prepared statements and portals of one connection, by name, as the server keeps them. */
import { readStatement, type SqlFacts } from '../shared/sql/statement.js'
import type { BoundValues } from './bound.js'
import { readBound } from './bound.js'
import type { Column } from './messages.js'

/** Statements and portals kept for a connection: drivers cache a few hundred. The least recently used go first. */
const MAX_STATEMENTS = 4096
const MAX_PORTALS = 1024
/** Characters of statement text kept for a connection: generated statements may be of a hundred kilobytes each. */
const MAX_TEXT = 8 << 20

export class Statement {
  /** OIDs of the parameters: as Parse said them, then as the server did. */
  types: readonly number[]
  columns: readonly Column[] | undefined
  /** What stood under its name before; put back when the server refuses this one. */
  replaced: Statement | undefined

  constructor(
    readonly name: string,
    readonly text: string,
    readonly size: number,
    readonly cut: boolean,
    types: readonly number[],
    readonly facts: SqlFacts,
  ) {
    this.types = types
  }
}

export class Portal {
  columns: readonly Column[] | undefined
  executions = 0
  /** Execute gave max_rows rows and stopped. */
  suspended = false
  private values: BoundValues | undefined

  constructor(
    readonly name: string,
    /** undefined when its Parse was not seen. */
    readonly statement: Statement | undefined,
    readonly statementName: string,
    private raw: Buffer,
    readonly cut: boolean,
  ) {}

  /** Read late: the types may be told only after the values. */
  bound(latin: boolean, secret: (text: string) => string): BoundValues {
    if (!this.values) {
      this.values = readBound(this.raw, this.cut, latin, this.statement?.types ?? [], this.statement?.facts.secretParams ?? [], secret)
      this.raw = EMPTY
    }
    return this.values
  }

  get types(): readonly number[] {
    return this.statement?.types ?? []
  }
}
const EMPTY = Buffer.alloc(0)

export class Statements {
  private readonly statements = new Map<string, Statement>()
  private readonly portals = new Map<string, Portal>()
  private text = 0
  evicted = false

  constructor(private readonly secret: (text: string) => string) {}

  parse(name: string, text: string, size: number, cut: boolean, types: readonly number[]): Statement {
    const statement = new Statement(name, text, size, cut, types, readStatement(text, 'pgsql', this.secret))
    const before = this.statements.get(name)
    if (before) {
      before.replaced = undefined
      statement.replaced = before
    }
    this.keep(statement)
    return statement
  }

  /** The server refused it. */
  refused(statement: Statement): void {
    if (this.statements.get(statement.name) !== statement) return
    this.drop(statement.name)
    if (statement.replaced && statement.name !== '') this.keep(statement.replaced)
  }

  statement(name: string): Statement | undefined {
    const found = this.statements.get(name)
    if (found && this.statements.size > MAX_STATEMENTS / 2) this.keep(found)
    return found
  }

  private keep(statement: Statement): void {
    this.drop(statement.name)
    this.statements.set(statement.name, statement)
    this.text += statement.text.length
    for (const name of this.statements.keys()) {
      if ((this.statements.size <= MAX_STATEMENTS && this.text <= MAX_TEXT) || name === statement.name) return
      this.evicted = true
      this.drop(name)
    }
  }

  private drop(name: string): void {
    const statement = this.statements.get(name)
    if (!statement) return
    this.text -= statement.text.length
    this.statements.delete(name)
  }

  bind(name: string, statementName: string, values: Buffer, cut: boolean): Portal {
    const portal = new Portal(name, this.statement(statementName), statementName, values, cut)
    this.portals.delete(name)
    this.portals.set(name, portal)
    if (this.portals.size > MAX_PORTALS)
      for (const oldest of this.portals.keys()) {
        this.portals.delete(oldest)
        break
      }
    return portal
  }

  portal(name: string): Portal | undefined {
    return this.portals.get(name)
  }

  close(what: 'statement' | 'portal', name: string): void {
    if (what === 'statement') this.drop(name)
    else this.portals.delete(name)
  }

  /** Portals end with their transaction. */
  transactionOver(): void {
    if (this.portals.size > 0) this.portals.clear()
  }

  /** DISCARD ALL, DEALLOCATE ALL. */
  forgetAll(): void {
    this.statements.clear()
    this.text = 0
  }
}
