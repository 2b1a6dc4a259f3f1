/** Data types by their OID (pg_type.dat): name, how the binary form is read, and for an array its element. */
export type Form =
  | 'bool'
  | 'bytea'
  | 'text'
  | 'int'
  | 'oid'
  | 'float'
  | 'numeric'
  | 'money'
  | 'uuid'
  | 'date'
  | 'time'
  | 'timetz'
  | 'timestamp'
  | 'timestamptz'
  | 'interval'
  | 'json'
  | 'jsonb'
  | 'inet'
  | 'macaddr'
  | 'bits'
  | 'lsn'
  | 'array'
  | 'other'

export interface Type {
  readonly name: string
  readonly form: Form
}

const TABLE: readonly (readonly [oid: number, name: string, form: Form, array: number])[] = [
  [16, 'bool', 'bool', 1000],
  [17, 'bytea', 'bytea', 1001],
  [18, 'char', 'text', 1002],
  [19, 'name', 'text', 1003],
  [20, 'int8', 'int', 1016],
  [21, 'int2', 'int', 1005],
  [23, 'int4', 'int', 1007],
  [24, 'regproc', 'oid', 1008],
  [25, 'text', 'text', 1009],
  [26, 'oid', 'oid', 1028],
  [28, 'xid', 'oid', 1011],
  [29, 'cid', 'oid', 1012],
  [114, 'json', 'json', 199],
  [142, 'xml', 'text', 143],
  [650, 'cidr', 'inet', 651],
  [700, 'float4', 'float', 1021],
  [701, 'float8', 'float', 1022],
  [705, 'unknown', 'text', 0],
  [774, 'macaddr8', 'macaddr', 775],
  [790, 'money', 'money', 791],
  [829, 'macaddr', 'macaddr', 1040],
  [869, 'inet', 'inet', 1041],
  [1042, 'bpchar', 'text', 1014],
  [1043, 'varchar', 'text', 1015],
  [1082, 'date', 'date', 1182],
  [1083, 'time', 'time', 1183],
  [1114, 'timestamp', 'timestamp', 1115],
  [1184, 'timestamptz', 'timestamptz', 1185],
  [1186, 'interval', 'interval', 1187],
  [1266, 'timetz', 'timetz', 1270],
  [1560, 'bit', 'bits', 1561],
  [1562, 'varbit', 'bits', 1563],
  [1700, 'numeric', 'numeric', 1231],
  [1790, 'refcursor', 'text', 2201],
  [2205, 'regclass', 'oid', 2210],
  [2206, 'regtype', 'oid', 2211],
  [2249, 'record', 'other', 2287],
  [2275, 'cstring', 'text', 1263],
  [2278, 'void', 'text', 0],
  [2950, 'uuid', 'uuid', 2951],
  [3220, 'pg_lsn', 'lsn', 3221],
  [3802, 'jsonb', 'jsonb', 3807],
  [600, 'point', 'other', 1017],
  [3614, 'tsvector', 'other', 3643],
  [3904, 'int4range', 'other', 3905],
  [3906, 'numrange', 'other', 3907],
  [3908, 'tsrange', 'other', 3909],
  [3910, 'tstzrange', 'other', 3911],
  [3912, 'daterange', 'other', 3913],
  [3926, 'int8range', 'other', 3927],
  [5069, 'xid8', 'int', 271],
]

const TYPES = new Map<number, Type>()
for (const [oid, name, form, array] of TABLE) {
  TYPES.set(oid, { name, form })
  if (array > 0) TYPES.set(array, { name: `${name}[]`, form: 'array' })
}

export const typeOf = (oid: number): Type | undefined => TYPES.get(oid)
/** The name of a type, its number where it is an extension's or a user's own. */
export const typeName = (oid: number): string => TYPES.get(oid)?.name ?? (oid === 0 ? 'unspecified' : String(oid))
