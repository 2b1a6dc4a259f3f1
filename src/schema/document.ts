/**
 * The NDJSON document of a field set: where each column goes, compiled once, so that a document is one walk over a tree.
 *
 * A slot is one value as JSON text. Slots of the envelope come first, columns after them; several slots may share a path, and
 * then the last one that has a value wins: so a protocol may say better who the client is than the flow can.
 *
 * A side of a transaction that sent nothing has no byte count, whether the envelope or a column says so.
 */
import type { Field, FieldSet, Row, TableSchema } from './fields.js'
import { jsonString, jsonText } from './json-text.js'

export interface DocumentColumn {
  readonly name: string
  readonly field: Field<unknown>
  readonly paths: readonly string[]
  readonly slot: number
  /** Its zero takes the count out of the document, the envelope's own included. */
  readonly side: boolean
}

/** Bytes of a side of a transaction, or of both. */
const SIDE_BYTES = /^(?:source|destination|client|server|network)\.bytes$/
/** In a slot: no value, whatever stands in the slots before it. */
const NOTHING = ''

interface Node {
  /** `"key":` */
  readonly label: string
  readonly key: string
  readonly slots: number[]
  readonly children: Node[]
}

export const pathsOf = (table: string, name: string, field: Field<unknown>): readonly string[] =>
  field.path === undefined ? [`${table}.${name}`] : typeof field.path === 'string' ? [field.path] : field.path

/** Columns that go into the document, with the paths they go to. */
export const documentFields = (
  table: string,
  fields: FieldSet,
): readonly { name: string; field: Field<unknown>; paths: readonly string[] }[] =>
  Object.entries(fields)
    .filter(([, field]) => field.only !== 'case')
    .map(([name, field]) => ({ name, field, paths: pathsOf(table, name, field) }))

const RELATED = ['ip', 'hosts', 'user', 'hash'] as const
export type RelatedKind = (typeof RELATED)[number]

export class DocumentShape {
  readonly columns: readonly DocumentColumn[]
  /** Columns that are gathered into related.*, one list per kind. */
  readonly related: Readonly<Record<RelatedKind, readonly string[]>>
  /** JSON text by slot; what stays the same from document to document may stay in place. */
  readonly values: (string | undefined)[]
  private readonly root: Node = { label: '', key: '', slots: [], children: [] }

  /** @param envelope paths of the slots that are not columns, in document order. */
  constructor(schema: TableSchema, envelope: readonly string[]) {
    envelope.forEach((path, slot) => {
      this.place(path, slot)
    })
    this.columns = documentFields(schema.name, schema.fields).map((column, i) => ({
      ...column,
      slot: envelope.length + i,
      side: column.paths.some((path) => SIDE_BYTES.test(path)),
    }))
    for (const { paths, slot } of this.columns) for (const path of paths) this.place(path, slot)
    this.values = new Array<string | undefined>(envelope.length + this.columns.length).fill(undefined)
    const related: Record<RelatedKind, string[]> = { ip: [], hosts: [], user: [], hash: [] }
    for (const [name, field] of Object.entries(schema.fields)) if (field.related) related[field.related].push(name)
    this.related = related
  }

  private place(path: string, slot: number): void {
    let node = this.root
    for (const key of path.split('.')) {
      let child = node.children.find((c) => c.key === key)
      if (!child) {
        child = { label: `${jsonString(key)}:`, key, slots: [], children: [] }
        node.children.push(child)
      }
      node = child
    }
    node.slots.push(slot)
  }

  /** Puts the columns of a row into their slots. A list of one is written as its item where `single` says so. */
  setColumns(row: Row, single = false): void {
    const { columns, values } = this
    for (let i = 0; i < columns.length; i++) {
      const column = columns[i]!
      const value = row[column.name]
      values[column.slot] =
        value === undefined || value === null
          ? undefined
          : typeof value === 'string'
            ? jsonString(value)
            : single && Array.isArray(value)
              ? value.length === 0
                ? undefined
                : jsonText(value.length === 1 ? value[0] : value)
              : jsonText(value)
      // Flows are written as single: they count the frames of both sides, and a side without any is what they have to tell.
      if (column.side && value === 0 && !single) values[column.slot] = NOTHING
    }
  }

  /** The document as one line of JSON, without the line's end. */
  text(): string {
    return `{${this.inside(this.root)}}`
  }

  private inside(node: Node): string {
    const { values } = this
    const { children } = node
    let text = ''
    for (let i = 0; i < children.length; i++) {
      const child = children[i]!
      let value: string | undefined
      for (let s = child.slots.length - 1; s >= 0 && value === undefined; s--) value = values[child.slots[s]!]
      if (child.children.length > 0) {
        const inner = this.inside(child)
        if (inner !== '') value = value === undefined ? `{${inner}}` : merged(value, inner)
      }
      if (value === undefined || value === NOTHING) continue
      text += text === '' ? child.label + value : `,${child.label}${value}`
    }
    return text
  }
}

/** An object column and columns below the same path: both, the narrower one deciding where they meet. */
function merged(value: string, inner: string): string {
  if (!value.startsWith('{')) return `{${inner}}`
  return jsonText({ ...(JSON.parse(value) as object), ...(JSON.parse(`{${inner}}`) as object) })
}

/** Adds the texts in a value (one or a list) to a list without repeating any. */
export function gather(into: string[], value: unknown): void {
  if (typeof value === 'string') {
    if (value !== '' && !into.includes(value) && into.length < MAX_RELATED) into.push(value)
  } else if (Array.isArray(value)) for (const item of value) if (typeof item === 'string') gather(into, item)
}

/** A document's related.* lists help to find it; a zone transfer of ten thousand names would make them quadratic. */
const MAX_RELATED = 256
