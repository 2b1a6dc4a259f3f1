/** `audit query --search`: words in a case, the rows that hold them to a stream or into a file. */
import { homedir } from 'node:os'
import { join } from 'node:path'
import type { Writable } from 'node:stream'
import { type QueryResult, runSearch } from '../query/run-query.js'
import { expressionOf } from '../query/search/words.js'
import { inner, type StatementOptions } from './query.js'

export interface WordsOptions extends Omit<StatementOptions, 'parameters' | 'bound'> {
  /** The words are an expression in the syntax of FTS5. */
  readonly fts?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Called before an index is made over so many transactions. */
  readonly indexing?: (transactions: number) => void
}

export interface SearchCaseOptions extends WordsOptions {
  readonly path: string
  readonly words: string
  readonly out?: Writable
}

export async function searchCase({ path, words, out, ...options }: SearchCaseOptions): Promise<QueryResult> {
  return runSearch(path, expressionFor(words, options), innerSearch(options), out)
}

/** What is looked for, in FTS5's syntax. */
export const expressionFor = (words: string, { fts = false }: WordsOptions): string => (fts ? words : expressionOf(words))

/** The same in the terms of the process that runs it. */
export const innerSearch = ({ fts, env, indexing, ...rest }: WordsOptions) => ({
  ...inner(rest),
  indexing,
  indexFolder: indexFolder(env),
})

/** The XDG Base Directory Specification: a relative path there is invalid and ignored. */
export function indexFolder(env: WordsOptions['env']): string {
  const base = env.XDG_CACHE_HOME
  return join(base?.startsWith('/') ? base : join(homedir(), '.cache'), 'audit', 'search')
}

/** An index over fewer is there before one has read that it is being made. */
const WORTH_SAYING = 200_000
/** Words that are an address, which people look for and the texts need not hold. */
const ADDRESS = /^\s*(?:\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]*:[0-9a-f:]+)\s*$/i

/** What to say while an index is made; undefined = nothing. */
export const indexingNote = (transactions: number): string | undefined =>
  transactions < WORTH_SAYING
    ? undefined
    : `the words of ${transactions.toLocaleString('en')} transactions are put into an index, once for this case`

export const nothingFound = (words: string): string =>
  ADDRESS.test(words)
    ? `no text holds it; who talked to whom is asked in SQL: select ... from tx where '${words.trim()}' in (client_ip, server_ip)`
    : 'no text holds it; whole words are looked for, and word* finds those that begin so'
