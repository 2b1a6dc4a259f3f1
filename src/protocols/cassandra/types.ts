/** CQL types as results and prepared statements describe them, native protocol §4.2.5.2 ([option]). */
import type { Cursor } from '../../bytes/cursor.js'
import { readString } from './notation.js'

export interface CqlType {
  /** As CQL writes it: "int", "list<text>". */
  readonly name: string
  /** What decides how a value is read. */
  readonly kind: string
  /** Elements: one for list, set and vector, two for map, all for tuple and UDT. */
  readonly of: readonly CqlType[]
  /** Names of the fields of a UDT. */
  readonly fields?: readonly string[]
  /** Elements of a vector. */
  readonly size?: number
}

const natives: Readonly<Record<number, string>> = {
  1: 'ascii',
  2: 'bigint',
  3: 'blob',
  4: 'boolean',
  5: 'counter',
  6: 'decimal',
  7: 'double',
  8: 'float',
  9: 'int',
  10: 'text',
  11: 'timestamp',
  12: 'uuid',
  13: 'text',
  14: 'varint',
  15: 'timeuuid',
  16: 'inet',
  17: 'date',
  18: 'time',
  19: 'smallint',
  20: 'tinyint',
  21: 'duration',
}
const plain = (name: string): CqlType => ({ name, kind: name, of: [] })
const nativeTypes = new Map(Object.entries(natives).map(([id, name]) => [Number(id), plain(name)]))
const byName = new Map([...nativeTypes.values()].map((type) => [type.name, type]))
const unknown = (name: string): CqlType => ({ name, kind: 'unknown', of: [] })

/** Types inside types. Schemas nest three or four deep. */
const MAX_DEPTH = 12
/** Elements of a tuple or fields of a UDT that are kept; values behind them are not read. */
const MAX_ELEMENTS = 256
/** Characters of a type's name: a UDT of UDTs would fill columns. */
const MAX_NAME = 256

/** Deeper nesting than is followed sets `cur.short`: nothing behind it can be read. */
export function readType(cur: Cursor, depth = 0): CqlType {
  if (depth > MAX_DEPTH) {
    cur.pos = cur.end
    cur.u8()
    return unknown('?')
  }
  const id = cur.u16()
  const native = nativeTypes.get(id)
  if (native) return native
  switch (id) {
    case 0x0000:
      return customType(readString(cur))
    case 0x0020: {
      const of = readType(cur, depth + 1)
      return named('list', [of])
    }
    case 0x0021: {
      const key = readType(cur, depth + 1)
      return named('map', [key, readType(cur, depth + 1)])
    }
    case 0x0022:
      return named('set', [readType(cur, depth + 1)])
    case 0x0030: {
      const keyspace = readString(cur)
      const name = readString(cur)
      const of: CqlType[] = []
      const fields: string[] = []
      for (let n = cur.u16(); n > 0 && !cur.short; n--) {
        const field = readString(cur)
        const type = readType(cur, depth + 1)
        if (of.length >= MAX_ELEMENTS) continue
        fields.push(field)
        of.push(type)
      }
      return { name: `${keyspace}.${name}`.slice(0, MAX_NAME), kind: 'udt', of, fields }
    }
    case 0x0031: {
      const of: CqlType[] = []
      for (let n = cur.u16(); n > 0 && !cur.short; n--) {
        const type = readType(cur, depth + 1)
        if (of.length < MAX_ELEMENTS) of.push(type)
      }
      return named('tuple', of)
    }
    default:
      return unknown(`type 0x${id.toString(16).padStart(4, '0')}`)
  }
}

const named = (kind: string, of: readonly CqlType[], size?: number): CqlType => ({
  name: `${kind}<${of.map((type) => type.name).join(', ')}${size === undefined ? '' : `, ${size}`}>`.slice(0, MAX_NAME),
  kind,
  of,
  ...(size !== undefined && { size }),
})

const MARSHAL = 'org.apache.cassandra.db.marshal.'
const classes: Readonly<Record<string, string>> = {
  AsciiType: 'ascii',
  LongType: 'bigint',
  BytesType: 'blob',
  BooleanType: 'boolean',
  CounterColumnType: 'counter',
  DecimalType: 'decimal',
  DoubleType: 'double',
  FloatType: 'float',
  Int32Type: 'int',
  UTF8Type: 'text',
  TimestampType: 'timestamp',
  DateType: 'timestamp',
  UUIDType: 'uuid',
  LexicalUUIDType: 'uuid',
  IntegerType: 'varint',
  TimeUUIDType: 'timeuuid',
  InetAddressType: 'inet',
  SimpleDateType: 'date',
  TimeType: 'time',
  ShortType: 'smallint',
  ByteType: 'tinyint',
  DurationType: 'duration',
}
const collections: Readonly<Record<string, string>> = { ListType: 'list', SetType: 'set', MapType: 'map', TupleType: 'tuple' }

/** A type named by its Java class: vectors everywhere, newer types under older protocol versions. */
function customType(text: string, depth = 0): CqlType {
  const name = text.trim()
  const open = name.indexOf('(')
  const short = (open < 0 ? name : name.slice(0, open)).replace(MARSHAL, '')
  const native = classes[short]
  if (native !== undefined) return byName.get(native) ?? plain(native)
  if (open >= 0 && name.endsWith(')') && depth < MAX_DEPTH) {
    const parts = splitArguments(name.slice(open + 1, -1))
    if ((short === 'FrozenType' || short === 'ReversedType') && parts.length === 1) return customType(parts[0]!, depth + 1)
    if (short === 'VectorType' && parts.length === 2 && /^\s*\d{1,5}\s*$/.test(parts[1]!))
      return named('vector', [customType(parts[0]!, depth + 1)], Number(parts[1]))
    const kind = collections[short]
    const wanted = kind === 'map' ? 2 : kind === 'tuple' ? parts.length : 1
    if (kind !== undefined && parts.length === wanted)
      return named(
        kind,
        parts.map((part) => customType(part, depth + 1)),
      )
  }
  return unknown(name.slice(0, MAX_NAME))
}

function splitArguments(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let from = 0
  for (let i = 0; i < text.length; i++) {
    const c = text[i]
    if (c === '(') depth++
    else if (c === ')') depth--
    else if (c === ',' && depth === 0) {
      parts.push(text.slice(from, i))
      from = i + 1
    }
    if (parts.length >= MAX_ELEMENTS) break
  }
  parts.push(text.slice(from))
  return parts
}
