/**
 * The frame of protocol 3: a letter, four bytes of length that count themselves, the body. What a client sends before it is
 * logged in has no letter (PostgreSQL documentation, chapter "Frontend/Backend Protocol").
 */

/** Longest message a server takes or sends: its own limit is 1 GB - 1 for a value and twice that for a few kinds. */
export const MAX_MESSAGE = 0x3fffffff
/** Longest packet before the login; servers refuse more (MAX_STARTUP_PACKET_LENGTH). */
export const MAX_STARTUP = 10_000
/** Bytes of a message that are read as a whole; of a longer one this much is looked at and the rest passes by. */
export const MAX_BODY = 128 * 1024
/** Bytes of a row's or copy message's head that are needed to count it: length, field count; replication header. */
export const ROW_HEAD = 7
export const COPY_HEAD = 30

export const CODE_CANCEL = 80877102
export const CODE_SSL = 80877103
export const CODE_GSS = 80877104

export const at = (letter: string): number => letter.charCodeAt(0)

const lettersOf = (letters: string): Uint8Array => {
  const known = new Uint8Array(256)
  for (const letter of letters) known[at(letter)] = 1
  return known
}
/** Letters that either side uses, 1 where it does. */
export const CLIENT_LETTERS = lettersOf('QPBDECHSXpdcfF')
export const SERVER_LETTERS = lettersOf('RSKZCDTtnIEN123sAGHWdcVv')

/** Lengths (as written) that kinds of message have; [least, most]. Kinds not listed may have any. */
type Span = readonly [least: number, most: number]
const spans = (table: Record<string, Span>): (Span | undefined)[] => {
  const list: (Span | undefined)[] = new Array(256).fill(undefined)
  for (const [letter, span] of Object.entries(table)) list[at(letter)] = span
  return list
}
const FEW = 64 * 1024
const CLIENT_SPANS = spans({
  Q: [5, MAX_MESSAGE],
  P: [8, MAX_MESSAGE],
  B: [12, MAX_MESSAGE],
  D: [6, FEW],
  E: [9, FEW],
  C: [6, FEW],
  H: [4, 4],
  S: [4, 4],
  X: [4, 4],
  c: [4, 4],
  f: [5, FEW],
  p: [4, FEW],
  F: [14, MAX_MESSAGE],
})
const SERVER_SPANS = spans({
  R: [8, FEW],
  S: [6, FEW],
  K: [12, 264],
  Z: [5, 5],
  C: [5, FEW],
  D: [6, MAX_MESSAGE],
  T: [6, 1 << 20],
  t: [6, 1 << 20],
  n: [4, 4],
  I: [4, 4],
  E: [5, 1 << 20],
  N: [5, 1 << 20],
  '1': [4, 4],
  '2': [4, 4],
  '3': [4, 4],
  s: [4, 4],
  A: [10, FEW],
  G: [7, FEW],
  H: [7, FEW],
  W: [7, FEW],
  c: [4, 4],
  V: [8, MAX_MESSAGE],
  v: [12, FEW],
})

/** Whether a letter with this length can be a message of that side. */
export function headerFits(client: boolean, letter: number, length: number): boolean {
  if ((client ? CLIENT_LETTERS : SERVER_LETTERS)[letter] !== 1) return false
  const span = (client ? CLIENT_SPANS : SERVER_SPANS)[letter]
  return span ? length >= span[0] && length <= span[1] : length >= 4 && length <= MAX_MESSAGE
}

export const lengthAt = (buf: Buffer, pos: number): number =>
  ((buf[pos]! << 24) | (buf[pos + 1]! << 16) | (buf[pos + 2]! << 8) | buf[pos + 3]!) >>> 0
