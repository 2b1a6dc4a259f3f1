/** A redaction policy: which columns are kept, removed, masked, or given other names. Rules are tried in order; the first that names a column decides. */
import { readFile } from 'node:fs/promises'
import { type ConfigMap, type ConfigNode, readDocument } from '../config/document.js'
import { didYouMean } from '../config/nearest.js'
import { ConfigProblems } from '../config/problems.js'
import { readBool, readInt, readText, readWords } from '../config/values.js'
import { UserError } from '../model/user-error.js'
import { isNetwork } from '../processors/networks.js'
import type { FieldKind } from '../schema/fields.js'
import { DEFAULT_POLICY } from './default-policy.js'
import { sha256, TOKEN_DIGITS } from './tokens.js'

/** A policy is written by hand; more than this is another file given by mistake. */
const MAX_BYTES = 1024 * 1024
/** SHA-256 has 64 hex digits; below 16 two values may come to share a token. */
const MAX_TOKEN_DIGITS = 64
const MIN_TOKEN_DIGITS = 16

export const actions = ['keep', 'remove', 'mask', 'token', 'prefix', 'literals'] as const
export type Action = (typeof actions)[number]

export interface Rule {
  readonly line: number
  /** Columns, `table.column`, or names of documents; * stands for any letters. */
  readonly fields: readonly string[]
  readonly action: Action
  /** Only columns of these kinds. */
  readonly kinds: readonly FieldKind[] | undefined
  /** Values of these columns are looked for in texts that are kept. */
  readonly elsewhere: boolean
  /** Of a mask: characters that stay. */
  readonly first: number
  readonly last: number
}

export interface Policy {
  readonly name: string
  /** As given, for problems found later. */
  readonly file: string
  readonly sha256: string
  /** What happens to a column that no rule names. */
  readonly otherwise: 'keep' | 'remove'
  readonly tokenDigits: number
  /** Networks and addresses: flows with an endpoint in them go out, all others do not. Undefined: all do. */
  readonly only: readonly string[] | undefined
  /** Flows with an endpoint in them do not go out. */
  readonly except: readonly string[]
  readonly rules: readonly Rule[]
}

const TOP = ['name', 'default', 'token_digits', 'only', 'except', 'rules']
const RULE = ['fields', 'action', 'kinds', 'elsewhere', 'first', 'last']
const KINDS: readonly FieldKind[] = ['text', 'int', 'real', 'bool', 'list', 'json']

/** The policy of a file, or the one that comes with the program. Throws UserError with every problem and its line. */
export async function readPolicy(file: string | undefined): Promise<Policy> {
  if (file === undefined || file === 'default') return parsePolicy(DEFAULT_POLICY, 'default')
  let bytes: Buffer
  try {
    bytes = await readFile(file)
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, [
      '--policy default   is the one that comes with the program',
    ])
  }
  if (bytes.length > MAX_BYTES) throw new UserError(`${file}: too large for a policy (${bytes.length} bytes)`)
  return parsePolicy(bytes.toString('utf8'), file)
}

export function parsePolicy(text: string, file: string): Policy {
  const problems = new ConfigProblems(file)
  const root = readDocument(text, problems)
  problems.throwIfAny()
  const map = mapOf(root!, 'a policy', problems)
  checkKeys(map, TOP, problems)
  const at = (key: string): ConfigNode | undefined => map?.entries.get(key)?.node
  const otherwise = at('default') && readText(at('default')!, problems)
  if (otherwise === undefined || (otherwise !== 'keep' && otherwise !== 'remove'))
    problems.add(at('default')?.line ?? 1, 'default: say what happens to columns that no rule names: keep or remove')
  const digits = at('token_digits') ? readInt(at('token_digits')!, problems, MIN_TOKEN_DIGITS) : TOKEN_DIGITS
  if (digits !== undefined && digits > MAX_TOKEN_DIGITS)
    problems.add(at('token_digits')!.line, `token_digits: at most ${MAX_TOKEN_DIGITS}, the digits of a SHA-256`)
  const only = at('only') && readNetworks(at('only')!, problems)
  const policy = {
    name: (at('name') && readText(at('name')!, problems)) ?? file,
    file,
    sha256: sha256(text),
    otherwise: otherwise as 'keep' | 'remove',
    tokenDigits: digits ?? TOKEN_DIGITS,
    only,
    except: at('except') ? readNetworks(at('except')!, problems) : [],
    rules: readRules(at('rules'), problems),
  }
  problems.throwIfAny()
  return policy
}

function mapOf(node: ConfigNode, what: string, problems: ConfigProblems): ConfigMap | undefined {
  if (node.kind === 'map') return node
  problems.add(node.line, `${what} is a map of keys`)
  return undefined
}

function checkKeys(map: ConfigMap | undefined, known: readonly string[], problems: ConfigProblems): void {
  for (const [key, { line }] of map?.entries ?? [])
    if (!known.includes(key)) problems.add(line, `unknown key "${key}"${didYouMean(key, known)}`)
}

/** `{networks: [...], hosts: [...]}` as one list of networks. */
function readNetworks(node: ConfigNode, problems: ConfigProblems): string[] {
  const map = mapOf(node, node.path, problems)
  checkKeys(map, ['networks', 'hosts'], problems)
  const words: string[] = []
  for (const [key, { node: list }] of map?.entries ?? [])
    for (const word of readWords(list, problems) ?? []) {
      const network = key === 'hosts' ? `${word}/${word.includes(':') ? 128 : 32}` : word
      if (isNetwork(network)) words.push(network)
      else problems.add(list.line, `${list.path}: ${word} is no ${key === 'hosts' ? 'address' : 'network such as 10.0.0.0/8'}`)
    }
  return words
}

function readRules(node: ConfigNode | undefined, problems: ConfigProblems): Rule[] {
  if (!node) return []
  if (node.kind !== 'list') {
    problems.add(node.line, 'rules: want a list')
    return []
  }
  return node.items.flatMap((item) => readRule(item, problems) ?? [])
}

function readRule(node: ConfigNode, problems: ConfigProblems): Rule | undefined {
  const map = mapOf(node, 'a rule', problems)
  if (!map) return undefined
  checkKeys(map, RULE, problems)
  const at = (key: string): ConfigNode | undefined => map.entries.get(key)?.node
  const fields = at('fields') && readWords(at('fields')!, problems)
  if (!fields) problems.add(map.line, 'a rule names its fields')
  const action = at('action') && readText(at('action')!, problems)
  if (action === undefined || !actions.includes(action as Action))
    problems.add(at('action')?.line ?? map.line, `action: want one of ${actions.join(', ')}`)
  const kinds = at('kinds') && readWords(at('kinds')!, problems)
  for (const kind of kinds ?? [])
    if (!KINDS.includes(kind as FieldKind)) problems.add(at('kinds')!.line, `kinds: ${kind} is none of ${KINDS.join(', ')}`)
  const count = (key: string): number => (at(key) ? (readInt(at(key)!, problems) ?? 0) : 0)
  for (const key of ['first', 'last'])
    if (at(key) && action !== 'mask') problems.add(at(key)!.line, `${key}: is of a mask; this rule's action is ${action}`)
  return {
    line: map.line,
    fields: fields ?? [],
    action: action as Action,
    kinds: kinds as FieldKind[] | undefined,
    elsewhere: at('elsewhere') ? (readBool(at('elsewhere')!, problems) ?? true) : true,
    first: count('first'),
    last: count('last'),
  }
}
