/** Prepared statements of one connection: what EXECUTE names by a number alone. */

/** Statements remembered. Servers allow 16,382 over all connections unless told otherwise. */
const MAX_STATEMENTS = 16_384
/** Characters of statement text remembered for one connection; beyond it the least used go. */
const MAX_TEXT = 8 << 20

export class Statement {
  id = 0
  params = 0
  columns = 0
  /** Types as last bound, two bytes each: an execution may rely on them. */
  types: number[] | undefined
  /** Parameters that came ahead by SEND_LONG_DATA: ordinal to bytes. */
  longData: Map<number, number> | undefined

  constructor(
    readonly sql: string,
    /** Bytes of it where not all were kept. */
    readonly fullLength: number | undefined,
  ) {}
}

/** Parameters with long data that are told apart; more come only from made-up input. */
const MAX_LONG = 65_536

export class Statements {
  private readonly byId = new Map<number, Statement>()
  private characters = 0
  /** The one prepared last: MariaDB lets -1 stand for it. */
  last: Statement | undefined

  /** @returns false when older ones had to go */
  add(statement: Statement): boolean {
    this.remove(statement.id)
    this.byId.set(statement.id, statement)
    this.characters += statement.sql.length
    this.last = statement
    let kept = true
    while (this.byId.size > MAX_STATEMENTS || (this.characters > MAX_TEXT && this.byId.size > 1)) {
      const [oldest] = this.byId.keys()
      this.remove(oldest!)
      kept = false
    }
    return kept
  }

  /** Used statements go to the end of the line. */
  use(id: number): Statement | undefined {
    if (id === 0xffffffff) return this.last
    const found = this.byId.get(id)
    if (found) {
      this.byId.delete(id)
      this.byId.set(id, found)
    }
    return found
  }

  remove(id: number): void {
    const found = this.byId.get(id)
    if (!found) return
    this.byId.delete(id)
    this.characters -= found.sql.length
    if (this.last === found) this.last = undefined
  }

  clear(): void {
    this.byId.clear()
    this.characters = 0
    this.last = undefined
  }
}

export function addLongData(statement: Statement, param: number, bytes: number): void {
  statement.longData ??= new Map()
  if (statement.longData.size < MAX_LONG || statement.longData.has(param))
    statement.longData.set(param, (statement.longData.get(param) ?? 0) + bytes)
}
