/** What Tab offers: commands with their arguments, and in SQL the names that fit where the cursor is. */
import type { SavedQuery } from '../../query/saved/header.js'
import { packetFormats, rowFormats } from '../../report/format/row-format.js'
import { timeZones } from '../time-zone.js'
import type { CaseNames } from './case-names.js'
import { dotCommands } from './dot-commands.js'

const KEYWORDS =
  'all and as asc between by case cast collate cross desc distinct else end escape except exists explain from glob group having in inner intersect is join left like limit match not null offset on or order outer over partition pragma recursive regexp select then union using values when where window with'.split(
    ' ',
  )

/** Behind these a table is named. */
const BEFORE_TABLE = /\b(?:from|join)\s+(?:[\w"]+(?:\s+(?:as\s+)?\w+)?\s*,\s*)*$/i
/** A name that needs no quotes, and holds nothing that a terminal would obey. */
const PLAIN = /^[A-Za-z_]\w*$/
/** Characters of a statement that are looked at for the tables it names. */
const LOOKED_AT = 4000
/** More are not read by anybody. */
const MAX_OFFERED = 200

/** Read when they are asked for: a file may have come since. */
type Saved = () => readonly SavedQuery[]
const none: Saved = () => []

/**
 * @param line up to the cursor
 * @param begun the lines of the statement before it
 * @returns what may stand there, and the piece of the line that it stands for
 */
export function complete(line: string, begun: string, names: CaseNames, saved: Saved = none): [string[], string] {
  if (begun === '' && /^\s*\./.test(line)) return commandWords(line, names, saved)
  const word = /[\w.]*$/.exec(line)![0]
  const text = `${begun}${line}`.slice(-LOOKED_AT)
  const before = text.slice(0, text.length - word.length)
  const dot = word.lastIndexOf('.')
  if (dot >= 0) {
    const owner = tableOf(word.slice(0, dot), text, names)
    return offer(owner ? owner.columns.map(({ name }) => `${word.slice(0, dot)}.${name}`) : [], word)
  }
  const tables = names.outer.map(({ name }) => name)
  if (BEFORE_TABLE.test(before)) return offer(tables, word)
  const read = tablesIn(text, names)
  const columns = (read.length > 0 ? read : [names.table('tx')]).flatMap((table) => table?.columns.map(({ name }) => name) ?? [])
  // Nothing typed yet: what the case has, and not all that SQL has.
  if (word === '' && before.trim() !== '') return offer(columns, word)
  const functions = names.functions.map((name) => `${name}(`)
  const upper = word !== '' && word === word.toUpperCase() && /[A-Z]/.test(word)
  const keywords = upper ? KEYWORDS.map((one) => one.toUpperCase()) : KEYWORDS
  return offer([...columns, ...tables, ...keywords, ...functions], word)
}

function offer(all: readonly string[], word: string): [string[], string] {
  const wanted = word.toLowerCase()
  const fitting = all.filter((one) => one.toLowerCase().startsWith(wanted) && PLAIN.test(one.replace(/\($/, '').replace(/^\w+\./, '')))
  return [[...new Set(fitting)].slice(0, MAX_OFFERED), word]
}

function commandWords(line: string, names: CaseNames, saved: Saved): [string[], string] {
  const [, command = '', gap, argument = ''] = /^\s*(\.\S*)(\s+)?(.*)$/s.exec(line)!
  const starting = (all: readonly string[], word: string): [string[], string] => [
    all.filter((one) => one.toLowerCase().startsWith(word.toLowerCase())).slice(0, MAX_OFFERED),
    word,
  ]
  if (gap === undefined)
    return starting(
      dotCommands.map(({ name }) => name),
      command,
    )
  if (command === '.schema')
    return offer(
      names.tables.map(({ name }) => name),
      argument,
    )
  if (command === '.format' || command === '.mode') return starting([...rowFormats, ...packetFormats], argument)
  if (command === '.run') return starting(...savedWords(argument, saved()))
  if (command === '.tz') return starting(['local', 'off', ...timeZones()], argument)
  return [[], argument]
}

/** Names of saved queries, and behind one those of its parameters that have no value yet; of values we know nothing. */
function savedWords(argument: string, saved: readonly SavedQuery[]): [string[], string] {
  const words = argument.split(/\s+/)
  const word = words.pop()!
  if (words.length === 0) return [saved.map(({ name }) => name), word]
  const parameters = saved.find(({ name }) => name === words[0])?.parameters ?? []
  return [parameters.map(({ name }) => `${name}=`).filter((one) => !words.some((given) => given.startsWith(one))), word]
}

/** The tables that the statement names behind FROM and JOIN. */
function tablesIn(text: string, names: CaseNames) {
  const words = new Set([...text.matchAll(/\b(?:from|join|,)\s*"?(\w+)/gi)].map(([, name]) => name!.toLowerCase()))
  return names.tables.filter(({ name }) => words.has(name.toLowerCase()))
}

/** A table by its own name, or by the name that the statement gives it. */
function tableOf(name: string, text: string, names: CaseNames) {
  if (!PLAIN.test(name)) return undefined
  const alias = new RegExp(`\\b(?:from|join|,)\\s*"?(\\w+)"?\\s+(?:as\\s+)?${name}\\b`, 'i').exec(text)?.[1]
  return names.table(name) ?? (alias === undefined ? undefined : names.table(alias))
}
