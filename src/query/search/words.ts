/**
 * What a user types to search for, as an FTS5 expression. Words are all looked for, in any order and any column; what stands in double
 * quotes is one phrase; `word*` is the beginning of one. Every other character is text: an address, a path or a mail address can be
 * typed as it is, and becomes the phrase of the words in it.
 */
import { UserError } from '../../model/user-error.js'

/** What a person types; more is a file given by mistake, and each word is a lookup in every protocol's index. */
const MAX_CHARACTERS = 2000
const MAX_WORDS = 100
/** What the index takes for part of a word, as FTS5's unicode61 does. */
const TOKEN = /[\p{L}\p{N}\p{Co}]/u
const TERM = /"([^"]*)"?|[^\s"]+/gu

/** Throws UserError when nothing could be found by it. */
export function expressionOf(text: string): string {
  if (text.length > MAX_CHARACTERS)
    throw new UserError(`what to search for is ${text.length} characters long; ${MAX_CHARACTERS} are looked at`)
  const terms: string[] = []
  for (const [whole, phrase] of text.replaceAll('\0', ' ').matchAll(TERM)) {
    const words = phrase ?? whole
    if (!TOKEN.test(words)) continue
    const prefix = phrase === undefined && words.endsWith('*')
    terms.push(`"${prefix ? words.replace(/\*+$/, '') : words}"${prefix ? '*' : ''}`)
  }
  if (terms.length > MAX_WORDS) throw new UserError(`${terms.length} words are more than the ${MAX_WORDS} that are searched for at once`)
  if (terms.length === 0)
    throw new UserError(`there is no word to search for in ${JSON.stringify(text)}`, [
      "words are made of letters and digits; for other characters ask in SQL: select ... where query like '%->%'",
    ])
  return terms.join(' AND ')
}

/** What SQLite says of an expression that it cannot read, in our words. */
export function explainExpression(message: string): UserError {
  const near = /^fts5: syntax error near "(.*)"$/s.exec(message)?.[1]
  const what =
    message === 'unterminated string'
      ? 'a double quote is never closed'
      : near === ''
        ? 'it ends too early'
        : near === undefined
          ? message
          : `near "${near}"`
  return new UserError(`--fts: the expression cannot be read: ${what}`, [
    'words and "phrases", joined by AND, OR, NOT; word* for a beginning; column : word; NEAR(a b, 5)',
    'anything with other characters in it stands in double quotes: "foo@bar.example"; without --fts all is taken as text',
  ])
}
