/** The result of `audit verify` for people: one line a check, what exactly below it, the answer last. */
import type { Check } from '../model/check.js'
import type { Paint } from './paint.js'
import { plural } from './quantities.js'
import { sanitize } from './sanitize.js'

const WORDS = { ok: 'ok', failed: 'FAILED', unchecked: 'unknown', note: 'note' } as const
const STATE_WIDTH = 9
const CHECK_WIDTH = 15

export function verifyText(path: string, checks: readonly Check[], paint: Paint): string {
  const colour = { ok: paint.dim, failed: paint.bad, unchecked: paint.warn, note: paint.dim }
  const lines = checks.flatMap(({ check, state, message, details = [] }) => [
    `${colour[state](WORDS[state].padEnd(STATE_WIDTH))}${check.padEnd(CHECK_WIDTH)}${sanitize(message)}`,
    ...details.map((detail) => `${' '.repeat(STATE_WIDTH + CHECK_WIDTH)}${sanitize(detail)}`),
  ])
  const failed = checks.filter(({ state }) => state === 'failed').length
  const unchecked = checks.filter(({ state }) => state === 'unchecked').length
  const answer =
    failed > 0
      ? paint.bad(`no: ${plural(failed, 'check')} of ${checks.length} failed`)
      : unchecked > 0
        ? paint.warn(`nothing fails, but ${plural(unchecked, 'thing')} could not be looked at`)
        : 'yes: all that was looked at holds'
  return `${paint.heading(sanitize(path))}\n\n${lines.join('\n')}\n\n${answer}\n`
}
