/** Names of commands, opcodes and statuses, with the family each belongs to. */

export type Family =
  | 'Load'
  | 'Store'
  | 'Delete'
  | 'Counter'
  | 'Info'
  | 'Stats'
  | 'SlabCtrl'
  | 'LRUCrawler'
  | 'Auth'
  | 'Success'
  | 'Fail'
  | 'UNKNOWN'

/** What a text command's arguments are. */
export type Shape =
  | 'keys' // get <key>*
  | 'gat' // gat <exptime> <key>*
  | 'store' // set <key> <flags> <exptime> <bytes> [noreply]
  | 'cas' // cas <key> <flags> <exptime> <bytes> <cas> [noreply]
  | 'delete' // delete <key> [0] [noreply]
  | 'counter' // incr <key> <delta> [noreply]
  | 'touch' // touch <key> <exptime> [noreply]
  | 'flush' // flush_all [exptime] [noreply]
  | 'verbosity' // verbosity <level> [noreply]
  | 'slabs' // slabs reassign <from> <to>, slabs automove <mode>
  | 'lru' // lru_crawler ..., lru ...
  | 'raw' // anything
  | 'none'
  | 'meta' // mg <key> <flags>*
  | 'metaset' // ms <key> <bytes> <flags>*

export interface TextCommand {
  readonly name: string
  readonly family: Family
  readonly shape: Shape
}

export const textCommands = new Map<string, TextCommand>()
const define = (family: Family, shape: Shape, ...names: string[]): void => {
  for (const name of names) textCommands.set(name, { name, family, shape })
}
define('Load', 'keys', 'get', 'gets')
define('Load', 'gat', 'gat', 'gats')
define('Store', 'store', 'set', 'add', 'replace', 'append', 'prepend')
define('Store', 'cas', 'cas')
define('Store', 'touch', 'touch')
define('Delete', 'delete', 'delete')
define('Delete', 'flush', 'flush_all')
define('Counter', 'counter', 'incr', 'decr')
define('Stats', 'raw', 'stats')
define('SlabCtrl', 'slabs', 'slabs')
define('LRUCrawler', 'lru', 'lru_crawler', 'lru')
define('Info', 'verbosity', 'verbosity')
define('Info', 'none', 'version', 'quit', 'mn')
define('Info', 'raw', 'watch', 'cache_memlimit', 'shutdown', 'misbehave', 'extstore', 'refresh_certs', 'debugtime', 'mgdump')
define('Load', 'meta', 'mg')
define('Store', 'metaset', 'ms')
define('Delete', 'meta', 'md')
define('Counter', 'meta', 'ma')
define('Info', 'meta', 'me')

export const unknownCommand: TextCommand = { name: 'UNKNOWN', family: 'UNKNOWN', shape: 'raw' }

export interface Opcode {
  readonly value: number
  readonly name: string
  readonly command: string
  readonly family: Family
  readonly quiet: boolean
  /** Lengths the extras of a request may have. */
  readonly extras: readonly number[]
  /** Whether a request names a key, and whether it carries a value. */
  readonly key: 'yes' | 'no' | 'may'
  readonly body: boolean
}

export const opcodes: (Opcode | undefined)[] = []
const opcode = (
  value: number,
  name: string,
  command: string,
  family: Family,
  extras: readonly number[],
  key: Opcode['key'],
  body = false,
): void => {
  opcodes[value] = { value, name, command, family, quiet: name.endsWith('Q') && name !== 'Q', extras, key, body }
}
opcode(0x00, 'Get', 'get', 'Load', [0], 'yes')
opcode(0x01, 'Set', 'set', 'Store', [8], 'yes', true)
opcode(0x02, 'Add', 'add', 'Store', [8], 'yes', true)
opcode(0x03, 'Replace', 'replace', 'Store', [8], 'yes', true)
opcode(0x04, 'Delete', 'delete', 'Delete', [0], 'yes')
opcode(0x05, 'Increment', 'incr', 'Counter', [20], 'yes')
opcode(0x06, 'Decrement', 'decr', 'Counter', [20], 'yes')
opcode(0x07, 'Quit', 'quit', 'Info', [0], 'no')
opcode(0x08, 'Flush', 'flush_all', 'Delete', [0, 4], 'no')
opcode(0x09, 'GetQ', 'get', 'Load', [0], 'yes')
opcode(0x0a, 'Noop', 'noop', 'Info', [0], 'no')
opcode(0x0b, 'Version', 'version', 'Info', [0], 'no')
opcode(0x0c, 'GetK', 'get', 'Load', [0], 'yes')
opcode(0x0d, 'GetKQ', 'get', 'Load', [0], 'yes')
opcode(0x0e, 'Append', 'append', 'Store', [0], 'yes', true)
opcode(0x0f, 'Prepend', 'prepend', 'Store', [0], 'yes', true)
opcode(0x10, 'Stat', 'stats', 'Stats', [0], 'may', true)
opcode(0x11, 'SetQ', 'set', 'Store', [8], 'yes', true)
opcode(0x12, 'AddQ', 'add', 'Store', [8], 'yes', true)
opcode(0x13, 'ReplaceQ', 'replace', 'Store', [8], 'yes', true)
opcode(0x14, 'DeleteQ', 'delete', 'Delete', [0], 'yes')
opcode(0x15, 'IncrementQ', 'incr', 'Counter', [20], 'yes')
opcode(0x16, 'DecrementQ', 'decr', 'Counter', [20], 'yes')
opcode(0x17, 'QuitQ', 'quit', 'Info', [0], 'no')
opcode(0x18, 'FlushQ', 'flush_all', 'Delete', [0, 4], 'no')
opcode(0x19, 'AppendQ', 'append', 'Store', [0], 'yes', true)
opcode(0x1a, 'PrependQ', 'prepend', 'Store', [0], 'yes', true)
opcode(0x1b, 'Verbosity', 'verbosity', 'Info', [4], 'no')
opcode(0x1c, 'Touch', 'touch', 'Store', [4], 'yes')
opcode(0x1d, 'GAT', 'gat', 'Load', [4], 'yes')
opcode(0x1e, 'GATQ', 'gat', 'Load', [4], 'yes')
opcode(0x1f, 'Hello', 'hello', 'Info', [0], 'may', true)
opcode(0x20, 'SASLListMechs', 'sasl_list_mechs', 'Auth', [0], 'no')
opcode(0x21, 'SASLAuth', 'sasl_auth', 'Auth', [0], 'yes', true)
opcode(0x22, 'SASLStep', 'sasl_step', 'Auth', [0], 'yes', true)
opcode(0x23, 'GATK', 'gat', 'Load', [4], 'yes')
opcode(0x24, 'GATKQ', 'gat', 'Load', [4], 'yes')
for (const [value, name] of [
  [0x30, 'RGet'],
  [0x31, 'RSet'],
  [0x32, 'RSetQ'],
  [0x33, 'RAppend'],
  [0x34, 'RAppendQ'],
  [0x35, 'RPrepend'],
  [0x36, 'RPrependQ'],
  [0x37, 'RDelete'],
  [0x38, 'RDeleteQ'],
  [0x39, 'RIncr'],
  [0x3a, 'RIncrQ'],
  [0x3b, 'RDecr'],
  [0x3c, 'RDecrQ'],
  [0x3d, 'SetVBucket'],
  [0x3e, 'GetVBucket'],
  [0x3f, 'DelVBucket'],
  [0x40, 'TapConnect'],
  [0x41, 'TapMutation'],
  [0x42, 'TapDelete'],
  [0x43, 'TapFlush'],
  [0x44, 'TapOpaque'],
  [0x45, 'TapVBucketSet'],
  [0x46, 'TapCheckpointStart'],
  [0x47, 'TapCheckpointEnd'],
] as const)
  opcode(value, name, name.toLowerCase(), 'UNKNOWN', [], 'may', true)
/** Couchbase and what comes later: the framing is the same, the names are not ours to guess. */
export const opcodeOf = (value: number): Opcode =>
  opcodes[value] ??
  ({
    value,
    name: `0x${value.toString(16).padStart(2, '0')}`,
    command: 'UNKNOWN',
    family: 'UNKNOWN',
    quiet: false,
    extras: [],
    key: 'may',
    body: true,
  } as const)

export const STAT = 0x10
export const statusNames: Readonly<Record<number, string>> = {
  0: 'Success',
  1: 'Key not found',
  2: 'Key exists',
  3: 'Value too large',
  4: 'Invalid arguments',
  5: 'Item not stored',
  6: 'Non-numeric value',
  7: 'The vbucket belongs to another server',
  8: 'Authentication error',
  9: 'Authentication continue',
  32: 'Authentication error',
  33: 'Authentication continue',
  34: 'Range error',
  35: 'Rollback required',
  36: 'No access',
  37: 'Node is being initialized',
  129: 'Unknown command',
  130: 'Out of memory',
  131: 'Not supported',
  132: 'Internal error',
  133: 'Busy',
  134: 'Temporary failure',
}

/** First words of a text reply, with the family of the reply. */
export const replyWords: Readonly<Record<string, Family>> = {
  STORED: 'Success',
  NOT_STORED: 'Fail',
  EXISTS: 'Fail',
  NOT_FOUND: 'Fail',
  DELETED: 'Success',
  TOUCHED: 'Success',
  OK: 'Success',
  RESET: 'Success',
  END: 'Load',
  VALUE: 'Load',
  STAT: 'Stats',
  ITEM: 'Stats',
  VERSION: 'Info',
  ERROR: 'Fail',
  CLIENT_ERROR: 'Fail',
  SERVER_ERROR: 'Fail',
  BUSY: 'Fail',
  BADCLASS: 'Fail',
  NOSPARE: 'Fail',
  NOTFULL: 'Fail',
  UNSAFE: 'Fail',
  SAME: 'Fail',
  VA: 'Load',
  HD: 'Success',
  EN: 'Load',
  NS: 'Fail',
  EX: 'Fail',
  NF: 'Fail',
  MN: 'Success',
  ME: 'Info',
}
