/** Reads Thrift IDL files (thrift/doc/specs/idl.md) for the names of what the wire only numbers. */
import type { GivenFile } from '../../schema/options.js'
import { type Tokens, tokensOf } from './idl-tokens.js'

export type Type =
  | { readonly is: 'base'; readonly name: string }
  | { readonly is: 'named'; readonly name: string; readonly file: string }
  | { readonly is: 'list'; readonly of: Type }
  | { readonly is: 'map'; readonly key: Type; readonly of: Type }

export interface IdlField {
  readonly id: number
  readonly name: string
  readonly type: Type
}
export type Fields = ReadonlyMap<number, IdlField>

export interface IdlMethod {
  readonly name: string
  readonly service: string
  readonly oneway: boolean
  readonly returns: Type | undefined
  readonly params: Fields
  readonly throws: Fields
}

const BASE = new Set(['bool', 'byte', 'i8', 'i16', 'i32', 'i64', 'double', 'string', 'binary', 'slist', 'uuid'])
/** Types inside types, and typedefs of typedefs. */
const MAX_DEPTH = 32
/** Includes followed by no one: what another file defines is found by its name, "shared.SharedStruct". */
const stem = (name: string): string => name.replace(/^.*[\\/]/, '').replace(/\.thrift$/, '')

export class Idl {
  readonly structs = new Map<string, Fields>()
  readonly enums = new Map<string, ReadonlyMap<number, string>>()
  readonly typedefs = new Map<string, Type>()
  /** All that have the name, in the order of the files. */
  readonly methods = new Map<string, IdlMethod[]>()
  readonly extending = new Map<string, string>()

  /** The type behind typedefs. */
  resolve(type: Type | undefined): Type | undefined {
    let at = type
    for (let i = 0; at?.is === 'named' && i < MAX_DEPTH; i++) {
      const next = find(this.typedefs, at)
      if (!next) return at
      at = next
    }
    return at
  }

  fieldsOf(type: Type | undefined): Fields | undefined {
    return type?.is === 'named' ? find(this.structs, type) : undefined
  }

  enumOf(type: Type | undefined): ReadonlyMap<number, string> | undefined {
    return type?.is === 'named' ? find(this.enums, type) : undefined
  }
}

/** "file.Name" as defined, then any definition of that last name. */
function find<V>(among: ReadonlyMap<string, V>, type: { readonly name: string; readonly file: string }): V | undefined {
  return (
    among.get(type.name.includes('.') ? type.name : `${type.file}.${type.name}`) ??
    among.get(type.name.slice(type.name.lastIndexOf('.') + 1))
  )
}

/** What is wrong with a file, with its line; undefined when it can be read. */
export function checkIdl(file: GivenFile): string | undefined {
  try {
    readInto(new Idl(), file)
    return undefined
  } catch (error) {
    return error instanceof IdlError ? error.message : String(error)
  }
}

const known = new WeakMap<readonly GivenFile[], Idl>()
/** Read once a run: options are one object for all conversations. */
export function idlOf(files: readonly GivenFile[]): Idl | undefined {
  if (files.length === 0) return undefined
  let idl = known.get(files)
  if (!idl) {
    idl = new Idl()
    for (const file of files) if (checkIdl(file) === undefined) readInto(idl, file)
    known.set(files, idl)
  }
  return idl
}

export class IdlError extends Error {}

function readInto(idl: Idl, file: GivenFile): void {
  const tokens = tokensOf(file.text, (line, what) => new IdlError(`line ${line}: ${what}`))
  new Reader(idl, tokens, stem(file.name)).all()
}

class Reader {
  constructor(
    private readonly idl: Idl,
    private readonly t: Tokens,
    private readonly file: string,
  ) {}

  all(): void {
    const { t } = this
    while (!t.over) {
      const word = t.word()
      switch (word) {
        case 'include':
        case 'cpp_include':
          t.literal()
          break
        case 'namespace':
        case 'php_namespace':
        case 'cpp_namespace':
        case 'py_module':
          if (word === 'namespace') t.any()
          t.any()
          this.annotations()
          break
        case 'const':
          this.type(0)
          t.word()
          t.want('=')
          this.value(0)
          break
        case 'typedef': {
          const type = this.type(0)
          this.put(this.idl.typedefs, t.word(), type)
          this.annotations()
          break
        }
        case 'enum':
          this.enumeration()
          break
        case 'senum':
          t.word()
          this.value(0)
          break
        case 'struct':
        case 'union':
        case 'exception': {
          const name = t.word()
          t.take('xsd_all')
          this.put(this.idl.structs, name, this.fields('{', '}'))
          this.annotations()
          break
        }
        case 'service':
          this.service()
          break
        default:
          throw t.wrong(`"${word}" defines nothing`)
      }
      this.separator()
    }
  }

  private put<V>(into: Map<string, V>, name: string, value: V): void {
    into.set(`${this.file}.${name}`, value)
    if (!into.has(name)) into.set(name, value)
  }

  private separator(): void {
    if (!this.t.take(',')) this.t.take(';')
  }

  private enumeration(): void {
    const { t } = this
    const name = t.word()
    const values = new Map<number, string>()
    let next = 0
    t.want('{')
    while (!t.take('}')) {
      const label = t.word()
      if (t.take('=')) next = t.integer()
      values.set(next++, label)
      this.annotations()
      this.separator()
    }
    this.annotations()
    this.put(this.idl.enums, name, values)
  }

  private service(): void {
    const { t, idl } = this
    const service = t.word()
    if (t.take('extends')) idl.extending.set(service, t.word().replace(/^.*\./, ''))
    t.want('{')
    while (!t.take('}')) {
      const oneway = t.take('oneway') || t.take('async')
      const returns = t.take('void') ? undefined : this.type(0)
      const name = t.word()
      const params = this.fields('(', ')')
      const throws: Fields = t.take('throws') ? this.fields('(', ')') : new Map()
      this.annotations()
      this.separator()
      const all = idl.methods.get(name) ?? []
      all.push({ name, service, oneway, returns, params, throws })
      idl.methods.set(name, all)
    }
    this.annotations()
  }

  private fields(open: string, shut: string): Fields {
    const { t } = this
    const out = new Map<number, IdlField>()
    let implied = -1
    t.want(open)
    while (!t.take(shut)) {
      const id = t.isInteger() ? t.integer() : implied--
      if (t.isIntegerBehind) t.want(':')
      if (!t.take('required')) t.take('optional')
      const type = this.type(0)
      t.take('&')
      const name = t.word()
      if (t.take('=')) this.value(0)
      while (t.take('xsd_optional') || t.take('xsd_nillable'));
      this.annotations()
      this.separator()
      if (!out.has(id)) out.set(id, { id, name, type })
    }
    return out
  }

  private type(depth: number): Type {
    const { t } = this
    if (depth > MAX_DEPTH) throw t.wrong('types lie too deep in each other')
    const name = t.word()
    let type: Type
    if (name === 'map') {
      this.cppType()
      t.want('<')
      const key = this.type(depth + 1)
      t.want(',')
      const of = this.type(depth + 1)
      t.want('>')
      type = { is: 'map', key, of }
    } else if (name === 'list' || name === 'set') {
      this.cppType()
      t.want('<')
      type = { is: 'list', of: this.type(depth + 1) }
      t.want('>')
      this.cppType()
    } else type = BASE.has(name) ? { is: 'base', name } : { is: 'named', name, file: this.file }
    this.annotations()
    return type
  }

  private cppType(): void {
    if (this.t.take('cpp_type')) this.t.literal()
  }

  /** (name = "value", flag) */
  private annotations(): void {
    const { t } = this
    if (!t.take('(')) return
    while (!t.take(')')) {
      t.any()
      if (t.take('=')) t.any()
      this.separator()
    }
  }

  /** A constant: only its end matters. */
  private value(depth: number): void {
    const { t } = this
    if (depth > MAX_DEPTH) throw t.wrong('values lie too deep in each other')
    const shut = t.take('[') ? ']' : t.take('{') ? '}' : ''
    if (shut === '') {
      t.any()
      return
    }
    while (!t.take(shut)) {
      this.value(depth + 1)
      if (t.take(':')) this.value(depth + 1)
      this.separator()
    }
  }
}
