/** Commands of the prompt that are no SQL: a dot, a word, perhaps an argument; named as in sqlite3 where it has them. */
import { didYouMean } from '../../config/nearest.js'
import { UserError } from '../../model/user-error.js'

export const dotCommands = [
  { name: '.help', argument: '', doc: 'What can be typed.' },
  { name: '.tables', argument: '', doc: 'Tables and views of the case.' },
  { name: '.schema', argument: '[NAME]', doc: 'Columns of a table or view, or the SQL of all.' },
  { name: '.format', argument: '[NAME]', doc: 'How rows are written: table, csv, json, filter ...' },
  { name: '.tz', argument: '[ZONE]', doc: 'Show times in this zone, too; local is the one of this host, off ends it.' },
  { name: '.timeout', argument: '[DURATION]', doc: 'Stop a query that takes longer; 0 = no limit.' },
  { name: '.limit', argument: '[N]', doc: 'Show at most so many rows; 0 = all.' },
  { name: '.once', argument: 'FILE', doc: 'Write the next result into a file, in the format that its name says.' },
  { name: '.read', argument: 'FILE', doc: 'Run the statements of a file.' },
  { name: '.quit', argument: '', doc: 'Leave; so does Ctrl-D.' },
] as const

export type DotCommand = (typeof dotCommands)[number]['name']

const ALIASES: Readonly<Record<string, DotCommand>> = { '.exit': '.quit', '.mode': '.format' }

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
  return { command, argument: rest.replace(/^(['"])(.*)\1$/s, '$2') }
}
