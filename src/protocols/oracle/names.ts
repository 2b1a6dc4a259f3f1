/** Numbers of TNS and TTC and their names. Names of calls are those of Oracle's own clients and of published dissectors. */

/** Types of TNS packets. */
export const Tns = {
  CONNECT: 1,
  ACCEPT: 2,
  ACK: 3,
  REFUSE: 4,
  REDIRECT: 5,
  DATA: 6,
  NULL: 7,
  ABORT: 9,
  RESEND: 11,
  MARKER: 12,
  ATTENTION: 13,
  CONTROL: 14,
  DESCRIPTOR: 15,
} as const

/** Flags of a data packet. */
export const DataFlag = { EOF: 0x40, COMPRESSED: 0x400, END_OF_REQUEST: 0x800, END_OF_RESPONSE: 0x2000 } as const
/** Every bit that has been seen in use: send token, request confirmation, ..., begin of a pipeline, end of response. */
export const DATA_FLAGS = 0x3fff

/** Kinds of TTC messages, the first byte of each. */
export const Ttc = {
  PROTOCOL: 1,
  DATA_TYPES: 2,
  FUNCTION: 3,
  ERROR: 4,
  ROW_HEADER: 6,
  ROW_DATA: 7,
  PARAMETER: 8,
  STATUS: 9,
  IO_VECTOR: 11,
  LOB_DATA: 14,
  WARNING: 15,
  DESCRIBE: 16,
  PIGGYBACK: 17,
  FLUSH_OUT_BINDS: 19,
  BIT_VECTOR: 21,
  SERVER_PIGGYBACK: 23,
  IMPLICIT_RESULT: 27,
  RENEGOTIATE: 28,
  END_OF_REQUEST: 29,
  TOKEN: 33,
  FAST_AUTH: 34,
} as const
const TTC_KINDS: ReadonlySet<number> = new Set([...Object.values(Ttc), 5, 12, 13, 18, 20, 22, 24, 25, 26])
export const isTtcKind = (kind: number): boolean => TTC_KINDS.has(kind)

export const Fn = {
  LOGON: 1,
  OPEN: 2,
  PARSE: 3,
  EXECUTE: 4,
  FETCH: 5,
  CLOSE: 8,
  LOGOFF: 9,
  COMMIT: 14,
  ROLLBACK: 15,
  CANCEL: 20,
  VERSION: 59,
  ALL7: 71,
  SQL7: 74,
  EXECUTE_FETCH: 78,
  ALL8: 94,
  LOB: 96,
  TX_SWITCH: 103,
  TX_STATE: 104,
  CLOSE_CURSORS: 105,
  AUTH: 115,
  SESSION_KEY: 118,
  CANCEL_CURSORS: 120,
  END_TO_END: 135,
  PING: 147,
  SET_SCHEMA: 152,
  PIPELINE_BEGIN: 199,
} as const

/** Number -> [name of the call, verb of its rows]. */
const FUNCTIONS: ReadonlyMap<number, readonly [string, string]> = new Map([
  [1, ['OLOGON', 'LOGIN']],
  [2, ['OOPEN', 'OPEN']],
  [3, ['OPARSE', 'PARSE']],
  [4, ['OEXEC', 'EXECUTE']],
  [5, ['OFETCH', 'FETCH']],
  [8, ['OCLOSE', 'CLOSE']],
  [9, ['OLOGOFF', 'LOGOFF']],
  [10, ['ODSCRIBE', 'DESCRIBE']],
  [11, ['ODEFIN', 'DEFINE']],
  [12, ['OCOMON', 'AUTOCOMMIT ON']],
  [13, ['OCOMOFF', 'AUTOCOMMIT OFF']],
  [14, ['OCOMMIT', 'COMMIT']],
  [15, ['OROLLBACK', 'ROLLBACK']],
  [20, ['OCANCEL', 'CANCEL']],
  [43, ['ODSCRARR', 'DESCRIBE']],
  [48, ['OSTARTUP', 'STARTUP']],
  [49, ['OSHUTDOWN', 'SHUTDOWN']],
  [59, ['OVERSION', 'VERSION']],
  [67, ['OK2RPC', 'RPC']],
  [71, ['OALL7', 'EXECUTE']],
  [74, ['OSQL7', 'EXECUTE']],
  [78, ['OEXFEN', 'FETCH']],
  [81, ['O3LOGON', 'LOGIN']],
  [82, ['O3LOGA', 'LOGIN']],
  [92, ['OKOD', 'OBJECT']],
  [94, ['OALL8', 'EXECUTE']],
  [96, ['OLOBOPS', 'LOB']],
  [98, ['ODNY', 'DESCRIBE']],
  [103, ['OTXSE', 'TRANSACTION SWITCH']],
  [104, ['OTXEN', 'TRANSACTION END']],
  [105, ['OCCA', 'CLOSE CURSORS']],
  [107, ['O80SES', 'SESSION SWITCH']],
  [115, ['OAUTH', 'LOGIN']],
  [118, ['OSESSKEY', 'SESSION KEY']],
  [119, ['ODSY', 'DESCRIBE']],
  [120, ['OCANA', 'CANCEL CURSORS']],
  [121, ['OAQEQ', 'ENQUEUE']],
  [122, ['OAQDQ', 'DEQUEUE']],
  [125, ['OKPN', 'SUBSCRIBE']],
  [128, ['ODPP', 'DIRECT PATH PREPARE']],
  [129, ['ODPLS', 'DIRECT PATH LOAD']],
  [130, ['ODPMOP', 'DIRECT PATH']],
  [135, ['OKEYVAL', 'SET ATTRIBUTES']],
  [145, ['OAQXQ', 'QUEUE ARRAY']],
  [147, ['OPING', 'PING']],
  [152, ['OSETSCHEMA', 'SET SCHEMA']],
  [154, ['OAPPCTX', 'SET CONTEXT']],
  [162, ['OSESSGET', 'SESSION GET']],
  [163, ['OSESSRLS', 'SESSION RELEASE']],
  [187, ['ONOTIFY', 'NOTIFY']],
  [199, ['OPLBGN', 'PIPELINE']],
  [200, ['OPLEND', 'PIPELINE END']],
])
export const isFunction = (code: number): boolean => FUNCTIONS.has(code)
export const functionName = (code: number): string => FUNCTIONS.get(code)?.[0] ?? `0x${code.toString(16).padStart(2, '0')}`
export const functionVerb = (code: number): string => FUNCTIONS.get(code)?.[1] ?? `CALL ${functionName(code)}`

/** Calls that carry the text of a statement. */
const WITH_SQL: ReadonlySet<number> = new Set([Fn.PARSE, Fn.ALL7, Fn.SQL7, Fn.ALL8])
export const carriesSql = (code: number): boolean => WITH_SQL.has(code)
/** Calls that act on a statement parsed before. */
const ON_CURSOR: ReadonlySet<number> = new Set([Fn.EXECUTE, Fn.FETCH, Fn.EXECUTE_FETCH, Fn.CLOSE, Fn.CANCEL])
export const actsOnCursor = (code: number): boolean => ON_CURSOR.has(code)
const LOGINS: ReadonlySet<number> = new Set([Fn.LOGON, 81, 82, Fn.AUTH])
export const isLogin = (code: number): boolean => LOGINS.has(code)
/** Calls that keep the connection rather than ask for something. */
const HOUSEKEEPING: ReadonlySet<number> = new Set([
  ...[Fn.LOGON, Fn.CLOSE, Fn.LOGOFF, Fn.VERSION, 67, 81, 82, Fn.CLOSE_CURSORS, 107, Fn.AUTH, Fn.SESSION_KEY, Fn.CANCEL_CURSORS],
  ...[Fn.END_TO_END, Fn.PING, Fn.SET_SCHEMA, 154, 162, 163, Fn.PIPELINE_BEGIN, 200],
])
export const isHousekeeping = (code: number): boolean => HOUSEKEEPING.has(code)

/** Bits of the mode of a login, beside the plain ones. */
const AUTH_MODES: readonly (readonly [number, string])[] = [
  [0x2, 'change password'],
  [0x20, 'SYSDBA'],
  [0x40, 'SYSOPER'],
  [0x400000, 'SYSASM'],
  [0x1000000, 'SYSBACKUP'],
  [0x2000000, 'SYSDG'],
  [0x4000000, 'SYSKM'],
  [0x8000000, 'SYSRAC'],
]
export const authModes = (mode: number): string[] => AUTH_MODES.filter(([bit]) => (mode & bit) !== 0).map(([, name]) => name)

/** Oracle's type numbers, as DESCRIBE and binds give them. */
const TYPES: ReadonlyMap<number, string> = new Map([
  [1, 'VARCHAR2'],
  [2, 'NUMBER'],
  [3, 'BINARY_INTEGER'],
  [8, 'LONG'],
  [11, 'ROWID'],
  [12, 'DATE'],
  [23, 'RAW'],
  [24, 'LONG RAW'],
  [96, 'CHAR'],
  [100, 'BINARY_FLOAT'],
  [101, 'BINARY_DOUBLE'],
  [102, 'CURSOR'],
  [109, 'OBJECT'],
  [112, 'CLOB'],
  [113, 'BLOB'],
  [114, 'BFILE'],
  [119, 'JSON'],
  [127, 'VECTOR'],
  [180, 'TIMESTAMP'],
  [181, 'TIMESTAMP WITH TIME ZONE'],
  [182, 'INTERVAL YEAR TO MONTH'],
  [183, 'INTERVAL DAY TO SECOND'],
  [208, 'UROWID'],
  [231, 'TIMESTAMP WITH LOCAL TIME ZONE'],
  [252, 'BOOLEAN'],
])
export const isType = (type: number): boolean => TYPES.has(type)
export const typeName = (type: number): string => TYPES.get(type) ?? String(type)

/** Services of the network service negotiation, and the algorithms that its answer may choose. */
export const NaService = { AUTHENTICATION: 1, ENCRYPTION: 2, INTEGRITY: 3, SUPERVISOR: 4 } as const
const CIPHERS = ['none', 'RC4_40', 'DES', 'DES40', '', '', 'RC4_256', '', 'RC4_56', '', 'RC4_128', '3DES112', '3DES168', '', '']
export const cipherName = (id: number): string => {
  if (id >= 15 && id <= 17) return ['AES128', 'AES192', 'AES256'][id - 15]!
  return CIPHERS[id] || String(id)
}
export const digestName = (id: number): string => ['none', 'MD5', '', 'SHA1', 'SHA512', 'SHA256', 'SHA384'][id] || String(id)
