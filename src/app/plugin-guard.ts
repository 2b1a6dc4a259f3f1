/**
 * What a run calls of a plugin outside of its conversations: a failure there cannot be put down to one conversation, so it ends the
 * run, as the plugin's failure and not as ours.
 */
import { basename } from 'node:path'
import { UserError } from '../model/user-error.js'
import type { AnyProtocol } from '../protocols/protocol.js'
import type { Derived } from '../schema/fields.js'
import type { Option } from '../schema/options.js'

const STEPS = ['mend the plugin, or run without it', 'docs/writing-a-protocol.md says what is called, and when']

/** The same protocol; what it throws where no conversation is to blame names the plugin and the line. */
export function guarded(protocol: AnyProtocol, path: string): AnyProtocol {
  const { name } = protocol
  const blame = <R>(what: string, call: () => R): R => {
    try {
      return call()
    } catch (error) {
      throw new UserError(`${path}: ${what} of the plugin's protocol "${name}" failed: ${placed(error, path)}`, STEPS)
    }
  }
  const options = Object.entries<Option<unknown>>(protocol.options).map(([key, option]) => {
    const { check } = option
    return [
      key,
      check ? { ...option, check: (file: Parameters<typeof check>[0]) => blame(`options.${key}.check`, () => check(file)) } : option,
    ]
  })
  const derived = Object.entries<Derived>(protocol.derived ?? {}).map(([column, one]): [string, Derived] => [
    column,
    { sql: one.sql, holds: (row, common) => blame(`derived.${column}.holds`, () => one.holds(row, common)) },
  ])
  return Object.create(protocol, {
    options: { value: Object.fromEntries(options), enumerable: true },
    ...(protocol.derived && { derived: { value: Object.fromEntries(derived), enumerable: true } }),
    ...(protocol.shared && { shared: { value: () => blame('shared()', () => protocol.shared!()), enumerable: true } }),
  }) as AnyProtocol
}

/** An error in the plugin's code, with the line it stands on. */
export function placed(error: unknown, path: string): string {
  if (!(error instanceof Error)) return String(error)
  const line = error.stack?.split('\n').find((one) => one.trim().startsWith('at ') && one.includes(basename(path)))
  return `${error.message}${line === undefined ? '' : ` (${line.trim()})`}`
}
