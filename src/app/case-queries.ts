/** Statements and searches on one case, one after the other, by one process that stays. */
import type { Writable } from 'node:stream'
import { type QueryResult, QuerySession } from '../query/run-query.js'
import { queryChild } from './program.js'
import { inner, type StatementOptions } from './query.js'
import { expressionFor, innerSearch, type WordsOptions } from './search.js'

export class CaseQueries {
  private readonly session: QuerySession

  constructor(readonly path: string) {
    this.session = new QuerySession(path, queryChild(), false).open()
  }

  run(sql: string, options: StatementOptions, out: Writable): Promise<QueryResult> {
    return this.session.run(sql, inner(options), out, true)
  }

  async search(words: string, options: WordsOptions, out: Writable): Promise<QueryResult> {
    return this.session.search(expressionFor(words, options), innerSearch(options), out, true)
  }

  close(): void {
    this.session.close()
  }
}
