/**
 * What an auditor asks of a statement's text: its verb, the tables it names, the fingerprint that groups it with its like, and
 * the text with its secrets masked. One pass over the tokens; no grammar, so that a dialect's novelties cost a detail at most.
 */
import { Fingerprint } from './fingerprint.js'
import { type Dialect, Kind, Scanner } from './scanner.js'
import { SecretPositions } from './secret-positions.js'
import { TableNames } from './table-names.js'

export type { Dialect } from './scanner.js'

export interface SqlFacts {
  /** Upper-case; '' without one. A statement that begins WITH gives its main verb. */
  readonly verb: string
  /** Tables named, unquoted, schema included where written, in the order of the text. */
  readonly tables: readonly string[]
  /** The statement without its literals, keywords and names in lower case, lists folded: equal for statements of one kind. */
  readonly fingerprint: string
  /** The statement with the literals in password positions masked. */
  readonly text: string
  /** Placeholders that stand in a password position, from 0: $1 is 0, others count in the order of the text. */
  readonly secretParams: readonly number[]
  /** What it does to the connection's transaction. */
  readonly transaction: 'begin' | 'commit' | 'rollback' | undefined
  /** A transaction follows at once: COMMIT AND CHAIN. */
  readonly chain: boolean
  /** Statements in the text, split where a server splits. */
  readonly statements: number
  /** Characters of the text where each statement begins and ends, flat, without the semicolon. */
  readonly spans: readonly number[]
}

/** Texts remembered, and the longest of them: prepared and generated statements come again and again. */
const MAX_KNOWN = 1000
const MAX_KNOWN_LENGTH = 4096
/** Statements of one text whose spans are kept; more are counted. */
const MAX_SPANS = 10_000

const known: Record<'masked' | 'shown', Map<string, SqlFacts>> = { masked: new Map(), shown: new Map() }
const PROBE = 'x'

/**
 * @param secret as `Session.secret`: the text itself under --show-secrets, else the mask
 */
export function readStatement(sql: string, dialect: Dialect, secret: (text: string) => string): SqlFacts {
  if (sql.length > MAX_KNOWN_LENGTH) return read(sql, dialect, secret)
  const memory = secret(PROBE) === PROBE ? known.shown : known.masked
  const key = dialect + sql
  const found = memory.get(key)
  if (found) return found
  if (memory.size >= MAX_KNOWN) memory.clear()
  // A copy: a slice of a larger text would keep all of that in memory.
  const facts = read(Buffer.from(sql, 'utf16le').toString('utf16le'), dialect, secret)
  memory.set(key, facts)
  return facts
}

/** The statements of a text, split where the server splits: never inside literals, comments, parentheses or bodies. */
export const splitStatements = (sql: string, dialect: Dialect, secret: (text: string) => string): string[] => {
  const { spans } = readStatement(sql, dialect, secret)
  const out: string[] = []
  for (let i = 0; i < spans.length; i += 2) out.push(sql.slice(spans[i], spans[i + 1]))
  return out
}

/** Words that may stand behind WITH (...) as the verb of the whole. */
const MAIN_VERBS = new Set(['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'MERGE', 'REPLACE', 'VALUES', 'TABLE'])
/** CREATE of these may have a body of statements that is one with it. */
const WITH_BODY = new Set(['PROCEDURE', 'FUNCTION', 'TRIGGER', 'EVENT', 'PACKAGE'])

function read(sql: string, dialect: Dialect, secret: (text: string) => string): SqlFacts {
  const scan = new Scanner(sql, dialect)
  const fingerprint = new Fingerprint()
  const tables = new TableNames()
  const secrets = new SecretPositions(sql, dialect, secret)
  const spans: number[] = []
  let statements = 0
  let verb = ''
  let depth = 0
  /** Words of the current statement: the first three, upper-case. */
  let words: string[] = []
  let begun = -1
  let ended = 0
  let body = 0
  let canHaveBody = false
  let before = ''
  let transaction: SqlFacts['transaction']
  let chain = false
  const close = () => {
    if (begun < 0) return
    statements++
    if (spans.length < MAX_SPANS * 2) spans.push(begun, ended)
    const effect = effectOf(words, dialect)
    if (effect) {
      transaction = effect
      chain = words.includes('CHAIN') && !words.includes('NO')
    }
    begun = -1
    words = []
    body = 0
    canHaveBody = false
    before = ''
    tables.endStatement()
    secrets.endStatement()
  }
  for (;;) {
    const kind = scan.next()
    if (scan.commentEnd > 0) secrets.comment(scan.commentStart, scan.commentEnd)
    if (kind === Kind.end) break
    const mark = kind === Kind.mark ? sql.charCodeAt(scan.start) : 0
    const upper = kind === Kind.word ? scan.upper : ''
    if (mark === 0x3b && depth === 0 && body === 0) {
      close()
      fingerprint.mark(';')
      continue
    }
    if (begun < 0) begun = scan.start
    ended = scan.end
    const plain = secrets.token(kind, scan, upper)
    if (plain !== undefined) {
      // A password without quotes: one value, and neither a keyword nor a name of anything.
      if (plain === 'begins') fingerprint.value()
      continue
    }
    if (mark === 0x28) depth++
    else if (mark === 0x29) depth = Math.max(0, depth - 1)
    else if (mark === 0x3b) before = ''
    if (kind === Kind.word) {
      if (words.length < MAX_WORDS) words.push(upper)
      if (verb === '') verb = upper
      else if (verb === 'WITH' && depth === 0 && statements === 0 && MAIN_VERBS.has(upper)) verb = upper
      if (words[0] === 'CREATE' && words.length <= 8 && WITH_BODY.has(upper)) canHaveBody = true
      if (canHaveBody || (dialect === 'oracle' && body === 0 && isBlockStart(words)) || body > 0)
        body = bodyDepth(body, upper, before, dialect)
      before = upper
    }
    fingerprint.token(kind, scan, upper)
    tables.token(kind, scan, upper)
  }
  close()
  return {
    verb,
    tables: tables.names,
    fingerprint: fingerprint.text(),
    text: secrets.text(),
    secretParams: secrets.params,
    transaction,
    chain,
    statements,
    spans,
  }
}
/** Words of a statement that are looked at: COMMIT PREPARED, ROLLBACK TO, START TRANSACTION ... stand at its start. */
const MAX_WORDS = 12

/** PL/SQL: DECLARE ... BEGIN ... END, or BEGIN ... END by itself. */
const isBlockStart = (words: readonly string[]): boolean => words.length === 1 && (words[0] === 'BEGIN' || words[0] === 'DECLARE')

/** Blocks that end with END and their own word. */
const UNCOUNTED = new Set(['IF', 'LOOP', 'WHILE', 'REPEAT', 'FOR'])

/** How deep in BEGIN ... END we are, behind `word`. PostgreSQL has statements in a body only after BEGIN ATOMIC. */
function bodyDepth(depth: number, word: string, before: string, dialect: Dialect): number {
  if (dialect === 'pgsql') {
    if (depth === 0) return word === 'ATOMIC' && before === 'BEGIN' ? 1 : 0
    return word === 'CASE' ? depth + 1 : word === 'END' ? depth - 1 : depth
  }
  if (word === 'DECLARE' && depth === 0) return 1
  if (word === 'BEGIN') return depth === 1 && before === 'DECLARE' ? 1 : depth + 1
  // END IF, END LOOP and the like close what was opened without being counted; END CASE is the END of a counted CASE.
  if (before === 'END') return UNCOUNTED.has(word) ? depth + 1 : depth
  if (depth === 0) return 0
  if (word === 'CASE') return depth + 1
  return word === 'END' ? depth - 1 : depth
}

function effectOf(words: readonly string[], dialect: Dialect): SqlFacts['transaction'] {
  const [first, second] = words
  switch (first) {
    case 'BEGIN':
      // A compound statement, BEGIN NOT ATOMIC of MariaDB, and a batch of Cassandra begin otherwise.
      return dialect === 'oracle' || dialect === 'cql' || second === 'NOT' ? undefined : 'begin'
    case 'START':
      return second === 'TRANSACTION' ? 'begin' : undefined
    case 'COMMIT':
      return second === 'PREPARED' ? undefined : 'commit'
    case 'END':
      return dialect === 'pgsql' ? 'commit' : undefined
    case 'PREPARE':
      return dialect === 'pgsql' && second === 'TRANSACTION' ? 'commit' : undefined
    case 'ABORT':
      return dialect === 'pgsql' ? 'rollback' : undefined
    case 'ROLLBACK':
      return words.includes('TO') || second === 'PREPARED' ? undefined : 'rollback'
    default:
      return undefined
  }
}
