/**
 * The comments at the head of a saved query: what it answers, and its parameters.
 *
 *     -- Requests that took longest, slowest first.
 *     --
 *     -- :min_ms real = 1000      Least duration, milliseconds.
 *     -- :protocol text = null    Only this protocol.
 *     -- :host text               A parameter without a default must be given.
 *     select ...
 *
 * The first lines, up to one that is empty or a parameter, are the description; other lines are for who reads the SQL. A file without
 * any of this is a query as well: its parameters are then those that the SQL names, all to be given, of whatever type.
 */
import { UserError } from '../../model/user-error.js'
import { placeholdersOf } from './placeholders.js'

export const parameterTypes = ['text', 'integer', 'real', 'time'] as const
/** `time` is ISO 8601 or seconds since 1970, and reaches the SQL as the text that `ts` columns hold. */
export type ParameterType = (typeof parameterTypes)[number] | 'any'

export interface SavedParameter {
  readonly name: string
  readonly type: ParameterType
  /** As written: what stands for it when no value is given. null = bound as NULL, which the SQL takes for "any"; undefined = it must be given. */
  readonly fallback: string | null | undefined
  readonly meaning: string
}

export interface SavedQuery {
  readonly name: string
  readonly description: string
  readonly parameters: readonly SavedParameter[]
  /** The file's text, header included. */
  readonly sql: string
}

const COMMENT = /^--\s?(.*)$/
const DECLARATION = /^:([A-Za-z_]\w*)\s+([A-Za-z]+)(?:\s*=\s*('(?:[^']|'')*'|\S+))?(?:\s+(.*))?$/
const FORM = "a parameter is declared as '-- :name type = default  meaning', without '= default' when it must be given"

/** Throws UserError, which names `path` and the line, for a declaration that cannot be read. */
export function readSavedQuery(name: string, text: string, path: string): SavedQuery {
  const description: string[] = []
  const declared: SavedParameter[] = []
  let described = false
  for (const [index, raw] of text
    .replace(/^\ufeff/, '')
    .split(/\r?\n/)
    .entries()) {
    const comment = COMMENT.exec(raw.trim())
    if (!comment) {
      if (raw.trim() === '') continue
      break
    }
    const line = comment[1]!.trim()
    if (line.startsWith(':')) {
      declared.push(declaration(line, `${path}, line ${index + 1}`, declared))
      described = true
    } else if (line === '') described = description.length > 0
    else if (!described) description.push(line)
  }
  const { names, positional } = placeholdersOf(text)
  if (positional)
    throw new UserError(`${path} has a parameter without a name (?)`, ['name it, such as :client, so that a value can be given to it'])
  const known = new Set(declared.map((one) => one.name))
  const undeclared = names
    .filter((one) => !known.has(one))
    .map((one) => ({ name: one, type: 'any', fallback: undefined, meaning: '' }) as const)
  return { name, description: description.join(' '), parameters: [...declared, ...undeclared], sql: text }
}

function declaration(line: string, where: string, before: readonly SavedParameter[]): SavedParameter {
  const match = DECLARATION.exec(line)
  if (!match) throw new UserError(`${where}: ${line} cannot be read`, [FORM])
  const [, name, type, fallback, meaning = ''] = match
  if (!(parameterTypes as readonly string[]).includes(type!))
    throw new UserError(`${where}: the parameter ${name} has the type "${type}", which there is none of`, [
      `types: ${parameterTypes.join(', ')}`,
    ])
  if (before.some((one) => one.name === name)) throw new UserError(`${where}: the parameter ${name} is declared twice`)
  return { name: name!, type: type as ParameterType, fallback: unquoted(fallback), meaning: meaning.trim() }
}

function unquoted(fallback: string | undefined): string | null | undefined {
  if (fallback === undefined) return undefined
  if (/^null$/i.test(fallback)) return null
  return fallback.startsWith("'") ? fallback.slice(1, -1).replaceAll("''", "'") : fallback
}
