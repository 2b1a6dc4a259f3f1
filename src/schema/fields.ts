/**
 * One column: the only place where its name, type, meaning and document path are written.
 *
 * From a field set come the row type, the SQL columns, the NDJSON document, `audit schema` and the docs page.
 */
export type FieldKind = 'text' | 'int' | 'real' | 'bool' | 'list' | 'json'

/** Texts that mean the same wherever they stand: addresses, names of hosts, URLs, mail addresses, hashes and fingerprints. */
export type TextKind = 'ip' | 'host' | 'url' | 'email' | 'hash'

export interface Field<T> {
  readonly kind: FieldKind
  /** One sentence, capital to full stop. */
  readonly doc: string
  readonly example: T
  readonly optional: boolean
  /** Name in the NDJSON document, Packetbeat's or ECS's; several when Packetbeat repeats a value. Absent: `<table>.<column>`. */
  readonly path?: string | readonly string[]
  /** Also gathered into related.ip, related.hosts, related.user or related.hash. */
  readonly related?: 'ip' | 'hosts' | 'user' | 'hash'
  /** What its texts are, for lists of indicators to be looked up (`kindOf`); not needed beside a `related` that says it. */
  readonly holds?: TextKind
  /** Written to one kind of sink only: 'case' = SQL column without document field, 'document' the other way round. */
  readonly only?: 'case' | 'document'
}
// biome-ignore lint/suspicious/noExplicitAny: a set of fields of any type; `unknown` would make every example contravariant.
export type FieldSet = Readonly<Record<string, Field<any>>>
export type FieldExtras = Pick<Field<unknown>, 'related' | 'holds' | 'only'>

const builder =
  <T>(kind: FieldKind) =>
  (doc: string, example: T, path?: string | readonly string[], extras?: FieldExtras): Field<T> => ({
    kind,
    doc,
    example,
    optional: false,
    ...(path === undefined ? {} : { path }),
    ...extras,
  })

export const text = builder<string>('text')
/** A whole number that a JavaScript number holds exactly. */
export const int = builder<number>('int')
/** A 64-bit whole number: a bigint wherever it may pass 2^53. */
export const long = builder<number | bigint>('int')
export const real = builder<number>('real')
/** 0 or 1 in SQL. */
export const bool = builder<boolean>('bool')
/** A list of texts or numbers: JSON text in SQL, an array in the document. */
export const list = builder<readonly string[] | readonly number[]>('list')
/** An object or a list of objects: JSON text in SQL, itself in the document. */
export const json = builder<unknown>('json')
export const optional = <T>(f: Field<T>): Field<T | undefined> => ({ ...f, optional: true })
export const defineFields = <const F extends FieldSet>(fields: F): F => fields

const RELATED_KINDS = { ip: 'ip', hosts: 'host', hash: 'hash', user: undefined } as const

/** What kind of texts a column holds, wherever in a list or an object they stand; undefined = nothing that can be looked up. */
export const kindOf = ({ holds, related }: Field<unknown>): TextKind | undefined => holds ?? (related && RELATED_KINDS[related])

type TypeOf<F> = F extends Field<infer T> ? T : never
type OptionalKeys<F> = { [K in keyof F]: undefined extends TypeOf<F[K]> ? K : never }[keyof F]
/** The row type that a field set describes: a missing or unknown column does not compile. */
export type RowOf<F> = { -readonly [K in Exclude<keyof F, OptionalKeys<F>>]: TypeOf<F[K]> } & {
  -readonly [K in OptionalKeys<F>]?: Exclude<TypeOf<F[K]>, undefined> | undefined
}
export type Row = Readonly<Record<string, unknown>>

/**
 * A column that follows from others of its row: where `holds` says so it is left NULL, and the views put `sql` in its place.
 * Saves writing the same text twice; a test holds what the views give against what the protocol said.
 */
export interface Derived {
  /** Over the row's own columns, as `t."column"`. NULL where the column is to be NULL. */
  readonly sql: string
  /** `common` are the members that every transaction has. */
  readonly holds: (row: Row, common: Row) => boolean
}

/** A named field set: a protocol's transactions, or one of the case's own tables. */
export interface TableSchema {
  readonly name: string
  /** One sentence: what a row is. */
  readonly doc: string
  readonly fields: FieldSet
  /** By column, common or own. */
  readonly derived?: Readonly<Record<string, Derived>>
}
