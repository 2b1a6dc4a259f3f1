/** Values as text: Packetbeat's rendering, and JSON with the names of the IDL. Both mask secrets alike. */
import { isSecretName } from '../shared/secret-names.js'
import { maskText } from '../shared/secret-text.js'
import type { Fields, Idl, Type } from './idl.js'
import type { Node, StringNode, StructNode } from './nodes.js'

export interface TextOptions {
  readonly string_max_size: number
  readonly obfuscate_strings: boolean
}

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const ESCAPES: Readonly<Record<string, string>> = {
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
  '"': '\\"',
  '\\': '\\\\',
}
/** What has no picture of its own. */
const UNPRINTABLE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu

const PLAIN = /^[ !#-[\]-~]*$/

/** In double quotes, escaped as Go does. */
function quoted(text: string): string {
  if (PLAIN.test(text)) return `"${text}"`
  const plain = text.replace(UNPRINTABLE, (c) => {
    const known = ESCAPES[c]
    if (known) return known
    const code = c.codePointAt(0)!
    if (code < 0x80) return `\\x${code.toString(16).padStart(2, '0')}`
    return code > 0xffff ? `\\U${code.toString(16).padStart(8, '0')}` : `\\u${code.toString(16).padStart(4, '0')}`
  })
  return `"${plain}"`
}

/** All digits, never an exponent. */
export function decimal(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
  if (Object.is(value, -0)) return '-0'
  const text = String(value)
  const found = /^(-?)(\d)(?:\.(\d+))?e([+-]\d+)$/.exec(text)
  if (!found) return text
  const [, sign, head, tail = '', exponent] = found
  const digits = head! + tail
  const point = 1 + Number(exponent)
  if (point <= 0) return `${sign}0.${'0'.repeat(-point)}${digits}`
  return `${sign}${digits.padEnd(point, '0')}`
}

export class Texts {
  constructor(
    private readonly idl: Idl | undefined,
    private readonly options: TextOptions,
    private readonly secret: (text: string) => string,
  ) {}

  /** "(name: value, 2: value)"; names are those of `fields`, and of the outermost struct only, as Packetbeat writes it. */
  struct(node: StructNode, fields: Fields | undefined, hide: boolean): string {
    const parts = node.items.map((item, i) => {
      const field = fields?.get(node.ids[i]!)
      return `${field?.name ?? node.ids[i]}: ${this.value(item, field?.type, hide || isSecretName(field?.name ?? ''))}`
    })
    if (node.more) parts.push('...')
    return `(${parts.join(', ')})`
  }

  value(node: Node, declared: Type | undefined, hide: boolean): string {
    const type = this.idl?.resolve(declared)
    switch (node.t) {
      case 'bool':
        return hide ? this.secret(String(node.v)) : String(node.v)
      case 'int':
        return hide ? this.secret(String(node.v)) : String(node.v)
      case 'double':
        return hide ? this.secret(decimal(node.v)) : decimal(node.v)
      case 'string':
        return this.string(node, hide)
      case 'list':
      case 'set': {
        const of = type?.is === 'list' ? type.of : undefined
        const inner = node.items.map((item) => this.value(item, of, hide)).join(', ') + (node.more ? ', ...' : '')
        return node.t === 'set' ? `{${inner}}` : `[${inner}]`
      }
      case 'map': {
        const parts: string[] = []
        for (let i = 0; i < node.items.length; i += 2) {
          const key = node.items[i]!
          const value = node.items[i + 1]
          const of = type?.is === 'map' ? type : undefined
          const secret = hide || (key.t === 'string' && isSecretName(key.v.toString('latin1')))
          parts.push(`${this.value(key, of?.key, hide)}: ${value ? this.value(value, of?.of, secret) : '...'}`)
        }
        if (node.more) parts.push('...')
        return `{${parts.join(', ')}}`
      }
      case 'struct': {
        const fields = this.idl?.fieldsOf(type)
        const parts = node.items.map((item, i) => {
          const field = fields?.get(node.ids[i]!)
          return `${node.ids[i]}: ${this.value(item, field?.type, hide || isSecretName(field?.name ?? ''))}`
        })
        if (node.more) parts.push('...')
        return `(${parts.join(', ')})`
      }
    }
  }

  private string(node: StringNode, hide: boolean): string {
    if (node.size === 0) return '""'
    if (this.options.obfuscate_strings) return '"*"'
    const text = this.readable(node)
    if (text === undefined)
      return hide ? `"${this.secret(node.v.toString('hex'))}"` : node.v.toString('hex') + (node.size > node.v.length ? '...' : '')
    return quoted(hide ? this.secret(text) : text)
  }

  /** Text that is UTF-8, cut ones with "..."; undefined for octets. Words in it that are secret are masked. */
  private readable(node: StringNode): string | undefined {
    const cut = node.size > node.v.length
    // A cut may go through a character.
    for (let back = 0; back < (cut ? 4 : 1); back++) {
      try {
        const text = UTF8.decode(node.v.subarray(0, Math.max(0, node.v.length - back)))
        return maskText(text, this.secret) + (cut ? '...' : '')
      } catch {}
    }
    return undefined
  }

  /** For JSON: structs become objects with the names of the IDL, or the numbers. */
  json(node: Node, declared: Type | undefined, hide: boolean): unknown {
    const type = this.idl?.resolve(declared)
    switch (node.t) {
      case 'bool':
        return hide ? this.secret(String(node.v)) : node.v
      case 'int': {
        if (hide) return this.secret(String(node.v))
        const label = this.idl?.enumOf(type)?.get(Number(node.v))
        if (label !== undefined) return label
        return typeof node.v === 'bigint' && Number.isSafeInteger(Number(node.v))
          ? Number(node.v)
          : typeof node.v === 'bigint'
            ? String(node.v)
            : node.v
      }
      case 'double':
        return hide ? this.secret(decimal(node.v)) : Number.isFinite(node.v) ? node.v : decimal(node.v)
      case 'string': {
        if (node.size === 0) return ''
        if (this.options.obfuscate_strings) return '*'
        const text = this.readable(node)
        if (text === undefined) return hide ? this.secret(node.v.toString('hex')) : node.v.toString('hex')
        return hide ? this.secret(text) : text
      }
      case 'list':
      case 'set': {
        const of = type?.is === 'list' ? type.of : undefined
        const out = node.items.map((item) => this.json(item, of, hide))
        if (node.more) out.push('...')
        return out
      }
      case 'map': {
        const out: Record<string, unknown> = Object.create(null)
        const of = type?.is === 'map' ? type : undefined
        for (let i = 0; i + 1 < node.items.length; i += 2) {
          const key = node.items[i]!
          const shown = this.json(key, of?.key, hide)
          const secret = hide || (key.t === 'string' && isSecretName(key.v.toString('latin1')))
          out[typeof shown === 'object' ? JSON.stringify(shown) : String(shown)] = this.json(node.items[i + 1]!, of?.of, secret)
        }
        if (node.more) out['...'] = '...'
        return out
      }
      case 'struct':
        return this.object(node, this.idl?.fieldsOf(type), hide)
    }
  }

  object(node: StructNode, fields: Fields | undefined, hide: boolean): Record<string, unknown> {
    const out: Record<string, unknown> = Object.create(null)
    node.items.forEach((item, i) => {
      const field = fields?.get(node.ids[i]!)
      out[field?.name ?? String(node.ids[i])] = this.json(item, field?.type, hide || isSecretName(field?.name ?? ''))
    })
    if (node.more) out['...'] = '...'
    return out
  }
}
