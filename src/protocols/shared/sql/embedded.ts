/** Statements inside literals and comments of statements. */
const QUOTE = /['$]/
const STATEMENT = /\b(?:identified|password|insert|update|alter|create|grant|select|set)\b/i
const ABOUT_ACCOUNT = /\b(?:alter|create|grant|set|change)\b/i
const PASSWORD_CLAUSE = /\b(?:identified|password)\b/i

/** Whether text may hold a statement with a secret: without a quote in it, only a password without quotes can be one. */
export const mayHoldStatement = (text: string): boolean =>
  QUOTE.test(text) ? STATEMENT.test(text) : ABOUT_ACCOUNT.test(text) && PASSWORD_CLAUSE.test(text)
