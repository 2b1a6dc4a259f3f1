/** Numbers of the wire and their names (Thrift protocol specifications, thrift/doc/specs). */

/** Types as the binary protocol numbers them; the compact protocol's are mapped to these. */
export const T = {
  stop: 0,
  bool: 2,
  byte: 3,
  double: 4,
  i16: 6,
  i32: 8,
  i64: 10,
  string: 11,
  struct: 12,
  map: 13,
  set: 14,
  list: 15,
  uuid: 16,
} as const
export const isType = (type: number): boolean =>
  type === 2 || type === 3 || type === 4 || type === 6 || type === 8 || (type >= 10 && type <= 16)

/** Compact type numbers in their order; 1 and 2 are the two booleans. */
const COMPACT = [T.stop, T.bool, T.bool, T.byte, T.i16, T.i32, T.i64, T.double, T.string, T.list, T.set, T.map, T.struct, T.uuid]
/** The type that a compact number means, -1 for none. */
export const compactType = (nibble: number): number => COMPACT[nibble] ?? -1

export const Kind = { call: 1, reply: 2, exception: 3, oneway: 4 } as const

/** TApplicationException.type. */
const APPLICATION = [
  'UNKNOWN',
  'UNKNOWN_METHOD',
  'INVALID_MESSAGE_TYPE',
  'WRONG_METHOD_NAME',
  'BAD_SEQUENCE_ID',
  'MISSING_RESULT',
  'INTERNAL_ERROR',
  'PROTOCOL_ERROR',
  'INVALID_TRANSFORM',
  'INVALID_PROTOCOL',
  'UNSUPPORTED_CLIENT_TYPE',
]
export const applicationKind = (type: number): string => APPLICATION[type] ?? String(type)
