/** Redis conversations in few words: `cmd('SET', 'a', 1)` are the bytes of a command; `rows` what a conversation gives. */
import { redis } from '../../../src/protocols/redis/index.js'
import { type Driven, drive, type Step } from '../../support/drive.js'

export const cmd = (...words: (string | number)[]): string =>
  `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(String(word), 'latin1')}\r\n${word}\r\n`).join('')}`
export const bulk = (text: string): string => `$${text.length}\r\n${text}\r\n`
export const array = (...elements: string[]): string => `*${elements.length}\r\n${elements.join('')}`

export type Talk = readonly Step[]
export const talk = (steps: Talk, opts: Parameters<typeof drive>[2] = {}): Promise<Driven> => drive(redis, steps, opts)

/** Each row as "VERB query = reply | completeness", the reply's error behind '!'. */
export async function told(steps: Talk, opts: Parameters<typeof drive>[2] = {}): Promise<string[]> {
  return brief(await talk(steps, opts))
}

export const brief = (driven: Driven): string[] =>
  driven.transactions.map((tx) => {
    const said = tx.error !== undefined ? `!${tx.error}` : tx.row.return_value !== undefined ? `=${tx.row.return_value}` : ''
    return [tx.query ?? '-', said, tx.complete === 'complete' ? '' : `(${tx.complete})`].filter((part) => part !== '').join(' ')
  })
