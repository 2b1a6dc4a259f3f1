/** Where secrets stand: in the arguments of commands, and in replies that tell them back. */
import { isSecretName } from './secret-names.js'

export type Secret = (text: string) => string
/** Sees each string of a reply in turn and answers what may be shown of it. */
export type ReplyFilter = (leaf: string) => string

/** A command's arguments as they may be shown, and what was taken out of them. */
export interface Shown {
  readonly args: readonly string[]
  /** The secrets themselves: replies that quote them are washed. */
  readonly secrets: readonly string[] | undefined
}

/** Shorter words would be found by chance in any reply. */
const MIN_WASHED = 3
/** Secrets remembered of one command; MIGRATE has one, CONFIG SET a few. */
const MAX_SECRETS = 16

class Masker {
  readonly args: string[]
  secrets: string[] | undefined

  constructor(
    args: readonly string[],
    private readonly secret: Secret,
  ) {
    this.args = [...args]
  }

  hide(at: number, prefix = 0): void {
    const text = this.args[at]
    if (text !== undefined && text.length > prefix) this.args[at] = text.slice(0, prefix) + this.take(text.slice(prefix))
  }

  /** The mask for `bare`, which is remembered. */
  take(bare: string): string {
    this.secrets ??= []
    if (this.secrets.length < MAX_SECRETS && bare.length >= MIN_WASHED) this.secrets.push(bare)
    return this.secret(bare)
  }

  is(at: number, word: string): boolean {
    const text = this.args[at]
    return text !== undefined && text.length === word.length && text.toUpperCase() === word
  }
}

/** `name` in capitals; `args` without it. */
export function maskCommand(name: string, args: readonly string[], secret: Secret): Shown {
  const m = new Masker(args, secret)
  switch (name) {
    case 'AUTH':
      // One argument is the password; of more the first is the user, and servers refuse what follows the second.
      for (let i = args.length > 1 ? 1 : 0; i < args.length; i++) m.hide(i)
      break
    case 'HELLO':
      for (let i = 0; i < args.length; i++) if (m.is(i, 'AUTH')) m.hide(i + 2)
      break
    case 'ACL':
      if (m.is(0, 'SETUSER')) for (let i = 2; i < args.length; i++) if (/^\(?[><#!]/.test(args[i]!)) m.hide(i, args[i]![0] === '(' ? 2 : 1)
      break
    case 'CONFIG':
      if (m.is(0, 'SET')) hideValues(m, 1)
      break
    case 'SENTINEL':
      if (m.is(0, 'SET')) hideValues(m, 2)
      if (m.is(0, 'CONFIG')) hideValues(m, 2)
      break
    case 'MODULE':
      // LOADEX path CONFIG name value ... ARGS ...; LOAD path argument ...
      for (let i = 1; i + 1 < args.length; i++) if (isSecretName(args[i]!)) m.hide(i + 1)
      break
    case 'MIGRATE':
      for (let i = 5; i < args.length; i++) {
        if (m.is(i, 'KEYS')) break
        if (m.is(i, 'AUTH')) m.hide(++i)
        else if (m.is(i, 'AUTH2')) {
          m.hide(i + 2)
          i += 2
        }
      }
      break
    case 'EVAL':
    case 'EVAL_RO':
    case 'SCRIPT':
    case 'FUNCTION':
      for (let i = 0; i < args.length; i++) hideInScript(m, i)
  }
  return { args: m.args, secrets: m.secrets }
}

function hideValues(m: Masker, from: number): void {
  for (let i = from; i + 1 < m.args.length; i += 2) if (isSecretName(m.args[i]!)) m.hide(i + 1)
}

/** redis.call('config', 'set', 'requirepass', '...') and the like: the quoted word behind a secret's name. */
const SECRET_IN_SCRIPT = /((?:requirepass|masterauth|primaryauth|auth2?|[\w-]*pass(?:word)?)\\?['"]\s*,\s*)(\\?['"])([^'"\\]+)/gi

function hideInScript(m: Masker, at: number): void {
  const text = m.args[at]!
  m.args[at] = text.replace(SECRET_IN_SCRIPT, (_all, before: string, quote: string, word: string) => before + quote + m.take(word))
}

/** Without the secrets of the command it answers: errors quote arguments. */
export function wash(text: string, secrets: readonly string[], secret: Secret): string {
  let out = text
  for (const one of secrets) if (out.includes(one)) out = out.replaceAll(one, secret(one))
  return out
}

/**
 * What to do with the strings of a reply; undefined where it cannot hold secrets.
 *
 * @param args the command's arguments, or undefined when it was not seen
 */
export function filterFor(name: string | undefined, args: readonly string[] | undefined, secret: Secret): ReplyFilter | undefined {
  const sub = args?.[0]?.toUpperCase()
  if (name === 'ACL') {
    if (sub === 'GENPASS') return secret
    if (sub === 'LIST' || sub === 'GETUSER' || sub === 'SAVE') return (leaf) => hashes(leaf, secret)
    return undefined
  }
  if (name === undefined || name === 'CONFIG' || name === 'SENTINEL' || name === 'SLOWLOG' || name === 'MODULE') return behindNames(secret)
  return undefined
}

/** `#` and 64 hex digits in the rules of a user, or the digits alone: the SHA-256 of a password. */
const hashes = (leaf: string, secret: Secret): string =>
  /[0-9a-f]{64}/.test(leaf) ? leaf.replace(/(#?)([0-9a-f]{64})/g, (_all, sign: string, hash: string) => sign + secret(hash)) : leaf

/** The string behind the name of a secret setting is one; so are the words of a logged AUTH, HELLO or ACL SETUSER. */
function behindNames(secret: Secret): ReplyFilter {
  let hide = 0
  let rules = false
  return (leaf) => {
    if (hide > 0) {
      hide--
      return leaf === '' || leaf === 'nil' ? leaf : secret(leaf)
    }
    const lower = leaf.length <= 64 ? leaf.toLowerCase() : ''
    if (lower === 'auth' || (lower !== '' && isSecretName(lower))) hide = 1
    else if (lower === 'auth2') hide = 2
    else if (lower === 'setuser') rules = true
    else if (rules && /^[><#!]/.test(leaf)) return leaf[0]! + secret(leaf.slice(1))
    return hashes(leaf, secret)
  }
}
