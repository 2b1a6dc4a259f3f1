/** The numbers behind DNS words, which Zeek writes beside them; read off the tables that the DNS parser names them by. */
import { className as classWord, rcodeName, typeName } from '../../protocols/shared/dns/names.js'

/** Types with a word of their own: below 512, and two of RFC 4431 and of drafts. */
const TYPES = [...Array(512).keys(), 32768, 32769]
/** Classes and response codes with a word of their own are all below this. */
const SMALL = 256
/** Words that are a number: of what has none of its own. */
const NUMBERED = /^(?:TYPE|CLASS)?(\d{1,5})$/

const reversed = (numbers: readonly number[], word: (number: number) => string): ReadonlyMap<string, number> =>
  new Map(numbers.map((number) => [word(number), number]))

const small = [...Array(SMALL).keys()]
const types = reversed(TYPES, typeName)
const classes = reversed(small, classWord)
const rcodes = reversed(small, rcodeName)

function numberOf(word: unknown, known: ReadonlyMap<string, number>): number | undefined {
  if (typeof word !== 'string') return undefined
  const number = known.get(word)
  if (number !== undefined) return number
  const digits = NUMBERED.exec(word)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

export const typeNumber = (word: unknown): number | undefined => numberOf(word, types)
export const classNumber = (word: unknown): number | undefined => numberOf(word, classes)
export const rcodeNumber = (word: unknown): number | undefined => numberOf(word, rcodes)

/** As Zeek names classes. */
const CLASSES: Readonly<Record<string, string>> = { IN: 'C_INTERNET', CH: 'C_CHAOS', HS: 'C_HESIOD', NONE: 'C_NONE', ANY: 'C_ANY' }
export const className = (word: unknown): unknown => (typeof word === 'string' ? (CLASSES[word] ?? word) : undefined)
