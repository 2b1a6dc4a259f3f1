/**
 * Prepared statements by their id. An id is a hash over keyspace and text, the same on every node, and a client may execute on any
 * connection what it prepared on one: so all connections of a run share what they learn. A server's own answer goes before
 * that of another one, whose tables may have other columns.
 */
import type { Column } from './metadata.js'

export interface Statement {
  readonly id: string
  /** Text as prepared; undefined when the PREPARE was not seen or not kept. */
  readonly query: string | undefined
  /** Keyspace that was current when it was prepared. */
  readonly inKeyspace: string | undefined
  /** What its parameters belong to. */
  readonly keyspace: string | undefined
  readonly table: string | undefined
  readonly parameters: readonly Column[] | undefined
  readonly results: readonly Column[] | undefined
  /** Address and port of the server that answered. */
  readonly server: string
}

/** Statements known at a time. An application has some hundreds; the oldest go first. */
const MAX_STATEMENTS = 20_000
/** Characters of names and texts kept for them. */
const MAX_WEIGHT = 16 << 20

export class StatementCache {
  private readonly known = new Map<string, Statement>()
  private weight = 0

  learn(statement: Statement): void {
    this.put(`${statement.server} ${statement.id}`, statement)
    this.put(statement.id, statement)
  }

  find(id: string, server: string): Statement | undefined {
    return this.known.get(`${server} ${id}`) ?? this.known.get(id)
  }

  private put(key: string, statement: Statement): void {
    this.drop(key)
    this.known.set(key, statement)
    this.weight += weigh(statement)
    for (const oldest of this.known.keys()) {
      if (this.known.size <= MAX_STATEMENTS && this.weight <= MAX_WEIGHT) break
      this.drop(oldest)
    }
  }

  private drop(key: string): void {
    const old = this.known.get(key)
    if (!old) return
    this.known.delete(key)
    this.weight -= weigh(old)
  }
}

/** Roughly, in characters: names of columns and types are shared between rows that come from one buffer. */
const weigh = (s: Statement): number => 200 + (s.query?.length ?? 0) + 60 * ((s.parameters?.length ?? 0) + (s.results?.length ?? 0))
