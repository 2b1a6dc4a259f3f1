/** The numbers of the CQL native protocol and their names: Packetbeat's where it has one. */

/** Frame opcodes, native protocol v5 §2.4.1.4; CREDENTIALS is v1's, REVISE_REQUEST that of DataStax Enterprise. */
export const Op = {
  ERROR: 0x00,
  STARTUP: 0x01,
  READY: 0x02,
  AUTHENTICATE: 0x03,
  CREDENTIALS: 0x04,
  OPTIONS: 0x05,
  SUPPORTED: 0x06,
  QUERY: 0x07,
  RESULT: 0x08,
  PREPARE: 0x09,
  EXECUTE: 0x0a,
  REGISTER: 0x0b,
  EVENT: 0x0c,
  BATCH: 0x0d,
  AUTH_CHALLENGE: 0x0e,
  AUTH_RESPONSE: 0x0f,
  AUTH_SUCCESS: 0x10,
  REVISE_REQUEST: 0xff,
} as const

const opNames = new Map<number, string>(Object.entries(Op).map(([name, code]) => [code, name]))
export const opName = (op: number): string => opNames.get(op) ?? `UNKNOWN_OP_${op}`

const REQUESTS: ReadonlySet<number> = new Set([
  Op.STARTUP,
  Op.CREDENTIALS,
  Op.OPTIONS,
  Op.QUERY,
  Op.PREPARE,
  Op.EXECUTE,
  Op.REGISTER,
  Op.BATCH,
  Op.AUTH_RESPONSE,
  Op.REVISE_REQUEST,
])
const RESPONSES: ReadonlySet<number> = new Set([
  Op.ERROR,
  Op.READY,
  Op.AUTHENTICATE,
  Op.SUPPORTED,
  Op.RESULT,
  Op.EVENT,
  Op.AUTH_CHALLENGE,
  Op.AUTH_SUCCESS,
])
export const isRequestOp = (op: number): boolean => REQUESTS.has(op)
export const isResponseOp = (op: number): boolean => RESPONSES.has(op)

/** Frame flags, §2.4.1.2. */
export const Flag = { COMPRESSED: 0x01, TRACING: 0x02, CUSTOM_PAYLOAD: 0x04, WARNING: 0x08, BETA: 0x10 } as const
export const KNOWN_FLAGS = 0x1f

const flagNames: readonly (readonly [number, string])[] = [
  [Flag.COMPRESSED, 'Compress'],
  [Flag.TRACING, 'Tracing'],
  [Flag.CUSTOM_PAYLOAD, 'CustomPayload'],
  [Flag.WARNING, 'Warning'],
  [Flag.BETA, 'UseBeta'],
]
export const flagText = (flags: number): string => namesOf(flags, flagNames, 'Default')

/** Flags of result metadata, §4.2.5.2. */
export const MetaFlag = { GLOBAL: 0x01, MORE_PAGES: 0x02, NO_METADATA: 0x04, CHANGED: 0x08 } as const
const metaNames: readonly (readonly [number, string])[] = [
  [MetaFlag.GLOBAL, 'GlobalTableSpec'],
  [MetaFlag.MORE_PAGES, 'HasMorePages'],
  [MetaFlag.NO_METADATA, 'NoMetaData'],
  [MetaFlag.CHANGED, 'MetadataChanged'],
]
export const metaFlagText = (flags: number): string => namesOf(flags, metaNames, 'Default')

function namesOf(bits: number, names: readonly (readonly [number, string])[], none: string): string {
  if (bits === 0) return none
  let text = ''
  let rest = bits
  for (const [bit, name] of names) {
    if ((rest & bit) === 0) continue
    text += text === '' ? name : `,${name}`
    rest &= ~bit
  }
  if (rest === 0) return text
  const unknown = `0x${(rest >>> 0).toString(16)}`
  return text === '' ? unknown : `${text},${unknown}`
}

const consistencies = [
  'ANY',
  'ONE',
  'TWO',
  'THREE',
  'QUORUM',
  'ALL',
  'LOCAL_QUORUM',
  'EACH_QUORUM',
  'SERIAL',
  'LOCAL_SERIAL',
  'LOCAL_ONE',
] as const
export const MAX_CONSISTENCY = consistencies.length - 1
/** §3, [consistency]. */
export const consistencyName = (code: number): string => consistencies[code] ?? `UNKNOWN_CONS_0x${code.toString(16)}`

/** §9. The names are Packetbeat's; those of v5 follow its manner. */
const errorNames = new Map<number, string>([
  [0x0000, 'errServer'],
  [0x000a, 'errProtocol'],
  [0x0100, 'errCredentials'],
  [0x1000, 'errUnavailable'],
  [0x1001, 'errOverloaded'],
  [0x1002, 'errBootstrapping'],
  [0x1003, 'errTruncate'],
  [0x1100, 'errWriteTimeout'],
  [0x1200, 'errReadTimeout'],
  [0x1300, 'errReadFailure'],
  [0x1400, 'errFunctionFailure'],
  [0x1500, 'errWriteFailure'],
  [0x1600, 'errCDCWriteFailure'],
  [0x1700, 'errCASWriteUnknown'],
  [0x2000, 'errSyntax'],
  [0x2100, 'errUnauthorized'],
  [0x2200, 'errInvalid'],
  [0x2300, 'errConfig'],
  [0x2400, 'errAlreadyExists'],
  [0x2500, 'errUnprepared'],
  [0x8000, 'errClientWrite'],
])
export const errorName = (code: number): string => errorNames.get(code) ?? 'ErrUnknown'
export const isErrorCode = (code: number): boolean => errorNames.has(code)

const batchTypes = ['LOGGED', 'UNLOGGED', 'COUNTER'] as const
export const batchTypeName = (type: number): string => batchTypes[type] ?? `UNKNOWN_${type}`

/** DataStax Enterprise numbers its own versions from 0x41. */
export const isDse = (version: number): boolean => version >= 0x40
/** Flags of QUERY, EXECUTE and BATCH take four bytes instead of one. */
export const hasIntFlags = (version: number): boolean => version >= 5
/** Requests may name a keyspace, prepared results and EXECUTE carry the id of the result's metadata. */
export const hasKeyspaceFlag = (version: number): boolean => version === 5 || version === 6 || version === 0x42
