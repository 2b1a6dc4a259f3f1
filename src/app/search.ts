/** `audit query --search`: words in a case, its rows to a stream. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import { nearest } from '../config/nearest.js'
import { type QueryResult, runSearch } from '../query/run-query.js'
import { expressionOf } from '../query/search/words.js'
import { queryChild } from './program.js'
import type { QueryCaseOptions } from './query.js'

export interface SearchCaseOptions extends Omit<QueryCaseOptions, 'sql' | 'parameters' | 'bound'> {
  readonly words: string
  /** The words are an expression in the syntax of FTS5. */
  readonly fts?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly indexing?: (transactions: number) => void
}

export async function searchCase({ path, words, fts = false, env, timeoutMs = 0, out, ...rest }: SearchCaseOptions): Promise<QueryResult> {
  const options = {
    ...rest,
    child: queryChild(),
    indexFolder: indexFolder(env),
    timeoutMs: timeoutMs > 0 ? timeoutMs : undefined,
    suggest: nearest,
  }
  return runSearch(path, fts ? words : expressionOf(words), options, out)
}

/** The XDG Base Directory Specification: a relative path there is invalid and ignored. */
export function indexFolder(env: SearchCaseOptions['env']): string {
  const base = env.XDG_CACHE_HOME
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'audit', 'search')
}
