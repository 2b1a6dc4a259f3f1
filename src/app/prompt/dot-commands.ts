/** Commands of the prompt that are no SQL: a dot, a word, perhaps an argument; named as in sqlite3 where it has them. */
import { didYouMean } from '../../config/nearest.js'
import { UserError } from '../../model/user-error.js'

export const dotCommands = [
  { name: '.help', argument: '', doc: 'What can be typed.' },
  { name: '.tables', argument: '', doc: 'Tables and views of the case.' },
  { name: '.schema', argument: '[NAME]', doc: 'Columns of a table or view, or the SQL of all.' },
  { name: '.queries', argument: '', doc: 'The saved queries and their parameters.' },
  { name: '.run', argument: 'NAME [PARAMETER=VALUE ...]', doc: 'Run a saved query.' },
  { name: '.search', argument: 'WORDS', doc: 'Find the rows with these words in any of their texts.' },
  { name: '.format', argument: '[NAME]', doc: 'How rows are written: table, csv, json, filter ...' },
  { name: '.tz', argument: '[ZONE]', doc: 'Show times in this zone, too; local is the one of this host, off ends it.' },
  { name: '.timeout', argument: '[DURATION]', doc: 'Stop a query that takes longer; 0 = no limit.' },
  { name: '.limit', argument: '[N]', doc: 'Show at most so many rows; 0 = all.' },
  { name: '.once', argument: 'FILE', doc: 'Write the next result into a file, in the format that its name says.' },
  { name: '.read', argument: 'FILE', doc: 'Run the statements of a file.' },
  { name: '.quit', argument: '', doc: 'Leave; so does Ctrl-D.' },
] as const

export type DotCommand = (typeof dotCommands)[number]['name']

/** Quotes around all of the argument are taken off, but where they are part of what is looked for or of a value. */
const QUOTES_STAY: readonly string[] = ['.run', '.search'] satisfies DotCommand[]

const ALIASES: Readonly<Record<string, DotCommand>> = { '.exit': '.quit', '.q': '.quit', '.mode': '.format' }

/** `.quit` may be cut short as far as it stays clear, as in sqlite3. */
export function dotCommand(line: string): { readonly command: DotCommand; readonly argument: string } {
  const [, word = '', rest = ''] = /^(\.\S*)\s*(.*?);?\s*$/s.exec(line) ?? []
  const name = word.toLowerCase().replace(/;$/, '')
  const names = dotCommands.map((one) => one.name)
  const exact = ALIASES[name] ?? names.find((one) => one === name)
  const begun = names.filter((one) => name.length > 1 && one.startsWith(name))
  const command = exact ?? (begun.length === 1 ? begun[0] : undefined)
  if (command === undefined)
    throw new UserError(`there is no command ${word}${didYouMean(name, [...names, ...Object.keys(ALIASES)])}`, ['.help lists them'])
  return { command, argument: QUOTES_STAY.includes(command) ? rest : rest.replace(/^(['"])(.*)\1$/s, '$2') }
}

/** Words of a line, apart by blanks; between single or double quotes blanks are part of a word, as in `user="anna b"`. */
export function wordsOf(text: string): readonly string[] {
  const words: string[] = []
  let word: string | undefined
  let quote: string | undefined
  for (const character of text) {
    if (quote !== undefined) {
      if (character === quote) quote = undefined
      else word += character
    } else if (character === '"' || character === "'") {
      quote = character
      word ??= ''
    } else if (/\s/.test(character)) {
      if (word !== undefined) words.push(word)
      word = undefined
    } else word = `${word ?? ''}${character}`
  }
  if (quote !== undefined) throw new UserError(`a quote (${quote}) is not closed`)
  return word === undefined ? words : [...words, word]
}
