/**
 * Reads one struct, the body of a message, in the binary or the compact protocol. Value by value, so that it can stop anywhere and a
 * message of any size needs no more memory than what is kept of it.
 */
import type { Cursor } from '../../bytes/cursor.js'
import { compactType, isType, T } from './names.js'
import type { Container, Node, StringNode, StructNode } from './nodes.js'

/** Structs and containers inside each other; generated readers give up at 64 as well. */
const MAX_DEPTH = 64
/** Values kept of one message: fifteen in a container, but containers multiply. */
const MAX_NODES = 4096
/** Longest string believed where no frame bounds it: Thrift's own limit for a message is 100 MiB. */
const MAX_STRING = 100 << 20
/** A varint of 64 bits. */
const MAX_VARINT = 10

export interface Limits {
  readonly string_max_size: number
  readonly collection_max_size: number
  readonly drop_after_n_struct_fields: number
}

interface Level {
  readonly container: Container | undefined
  readonly struct: boolean
  readonly map: boolean
  /** Elements to come, keys and values counted alike; unused for structs. */
  left: number
  readonly keyType: number
  readonly valueType: number
  /** Structs: the field whose value comes, and the one before it. */
  id: number
  fields: number
}

type Slot = ((node: Node) => void) | undefined
export type Progress = 'more' | 'done' | 'bad'

export class Decoder {
  root: StructNode = { t: 'struct', ids: [], items: [], more: false }
  /** Why it is 'bad'. */
  reason = ''
  private levels: Level[] = []
  private nodes = 0
  private text: StringNode | undefined
  private textLeft = 0
  private started = false

  constructor(
    private readonly compact: boolean,
    private readonly limits: Limits,
  ) {}

  /** Octets of a string still to come, 0 outside of one: so many may be lost without losing the thread. */
  get inString(): number {
    return this.textLeft
  }

  /** `bytes` of the string that is being read are gone. */
  lose(bytes: number): void {
    this.textLeft -= bytes
    if (this.textLeft === 0) this.text = undefined
  }

  /** @param room bytes from `cur.pos` on that belong to this message, Infinity when no frame tells */
  read(cur: Cursor, room: number): Progress {
    if (!this.started) {
      this.started = true
      this.push(this.root, true, false, 0, 0, 0)
    }
    const limit = cur.pos + room
    for (;;) {
      if (this.textLeft > 0) {
        if (cur.left === 0) return 'more'
        this.readText(cur)
        continue
      }
      const level = this.levels[this.levels.length - 1]
      if (!level) return 'done'
      const before = cur.pos
      const progress = level.struct ? this.field(cur, level, limit) : this.element(cur, level, limit)
      if (progress === 'bad') return 'bad'
      if (progress === 'more') {
        cur.pos = before
        return 'more'
      }
    }
  }

  private readText(cur: Cursor): void {
    const take = Math.min(this.textLeft, cur.left)
    const { text } = this
    if (text && text.v.length < this.limits.string_max_size) {
      const wanted = Math.min(take, this.limits.string_max_size - text.v.length)
      const piece = cur.buf.subarray(cur.pos, cur.pos + wanted)
      text.v = text.v.length === 0 ? Buffer.from(piece) : Buffer.concat([text.v, piece])
    }
    cur.pos += take
    this.textLeft -= take
    if (this.textLeft === 0) this.text = undefined
  }

  private push(container: Container | undefined, struct: boolean, map: boolean, left: number, keyType: number, valueType: number): void {
    this.levels.push({ container, struct, map, left, keyType, valueType, id: 0, fields: 0 })
  }

  private bad(reason: string): 'bad' {
    this.reason = reason
    return 'bad'
  }

  private field(cur: Cursor, level: Level, limit: number): Progress {
    if (cur.left < 1) return 'more'
    const first = cur.u8()
    let type = first
    if (first === T.stop) {
      this.levels.pop()
      return 'done'
    }
    let id: number
    let truth: boolean | undefined
    if (this.compact) {
      type = compactType(first & 0x0f)
      const delta = first >> 4
      if (delta !== 0) id = level.id + delta
      else {
        const long = varint(cur)
        if (long === undefined) return cur.left >= MAX_VARINT ? this.bad('a number never ends') : 'more'
        id = Number(BigInt.asIntN(16, zigzag(long)))
      }
      if (type === T.bool) truth = (first & 0x0f) === 1
    } else {
      if (cur.left < 2) return 'more'
      id = (cur.u16() << 16) >> 16
    }
    if (!isType(type)) return this.bad(`type ${first} of a field is none`)
    if (level.fields >= this.limits.drop_after_n_struct_fields) return this.bad(`a struct has more than ${level.fields} fields`)
    const into = this.slot(level.container, id)
    if (truth !== undefined) into?.({ t: 'bool', v: truth })
    else {
      const progress = this.value(cur, type, into, limit)
      if (progress !== 'done') return progress
    }
    level.id = id
    level.fields++
    return 'done'
  }

  private element(cur: Cursor, level: Level, limit: number): Progress {
    if (level.left === 0) {
      this.levels.pop()
      return 'done'
    }
    const type = level.map && level.left % 2 === 0 ? level.keyType : level.valueType
    const progress = this.value(cur, type, this.slot(level.container, 0), limit)
    if (progress === 'done') level.left--
    return progress
  }

  /** Where a value goes, undefined when it is not kept. Nothing is noted yet: the value may have to be read again. */
  private slot(container: Container | undefined, id: number): Slot {
    if (!container || container.more) return undefined
    const most = this.limits.collection_max_size * (container.t === 'map' ? 2 : 1)
    if (container.items.length >= most || this.nodes >= MAX_NODES)
      return () => {
        container.more = true
      }
    return (node) => {
      this.nodes++
      if (container.t === 'struct') container.ids.push(id)
      container.items.push(node)
    }
  }

  private value(cur: Cursor, type: number, into: Slot, limit: number): Progress {
    switch (type) {
      case T.bool:
        if (cur.left < 1) return 'more'
        this.truth(cur.u8(), into)
        return 'done'
      case T.byte:
        if (cur.left < 1) return 'more'
        this.give(into, (cur.u8() << 24) >> 24)
        return 'done'
      case T.i16:
      case T.i32:
      case T.i64:
        return this.integer(cur, type, into)
      case T.double:
        if (cur.left < 8) return 'more'
        this.double(cur.bytes(8), into)
        return 'done'
      case T.uuid: {
        if (cur.left < 16) return 'more'
        const hex = cur.bytes(16).toString('hex')
        const v = Buffer.from(hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-'))
        into?.({ t: 'string', v, size: v.length })
        return 'done'
      }
      case T.string:
        return this.startText(cur, into, limit)
      default:
        return this.container(cur, type, into, limit)
    }
  }

  private truth(byte: number, into: Slot): void {
    into?.({ t: 'bool', v: this.compact ? byte === 1 : byte !== 0 })
  }

  private double(bytes: Buffer, into: Slot): void {
    into?.({ t: 'double', v: this.compact ? bytes.readDoubleLE(0) : bytes.readDoubleBE(0) })
  }

  private give(into: Slot, v: number | bigint): void {
    into?.({ t: 'int', v })
  }

  private integer(cur: Cursor, type: number, into: Slot): Progress {
    if (this.compact) {
      const raw = varint(cur)
      if (raw === undefined) return cur.left >= MAX_VARINT ? this.bad('a number never ends') : 'more'
      const wide = zigzag(raw)
      this.give(into, type === T.i64 ? wide : Number(BigInt.asIntN(type === T.i16 ? 16 : 32, wide)))
      return 'done'
    }
    const size = type === T.i16 ? 2 : type === T.i32 ? 4 : 8
    if (cur.left < size) return 'more'
    if (size === 2) this.give(into, (cur.u16() << 16) >> 16)
    else if (size === 4) this.give(into, cur.u32() | 0)
    else this.give(into, BigInt.asIntN(64, cur.u64()))
    return 'done'
  }

  /** A length of the compact protocol, or four octets; -1 = more needed. */
  private length(cur: Cursor): number {
    if (!this.compact) return cur.left < 4 ? -1 : cur.u32()
    const raw = varint(cur)
    // One that never ends is longer than anything.
    return raw === undefined ? (cur.left >= MAX_VARINT ? Number.MAX_SAFE_INTEGER : -1) : Number(raw)
  }

  private startText(cur: Cursor, into: Slot, limit: number): Progress {
    const length = this.length(cur)
    if (length < 0) return 'more'
    if (length > MAX_STRING || cur.pos + length > limit) return this.bad(`a string claims ${length} bytes`)
    const text: StringNode = { t: 'string', v: EMPTY, size: length }
    into?.(text)
    if (length > 0) {
      this.text = into ? text : undefined
      this.textLeft = length
    }
    return 'done'
  }

  private container(cur: Cursor, type: number, into: Slot, limit: number): Progress {
    if (this.levels.length >= MAX_DEPTH) return this.bad(`more than ${MAX_DEPTH} values lie inside each other`)
    if (type === T.struct) {
      const node: StructNode | undefined = into && { t: 'struct', ids: [], items: [], more: false }
      if (node) into!(node)
      this.push(node, true, false, 0, 0, 0)
      return 'done'
    }
    const map = type === T.map
    let keyType = 0
    let valueType = 0
    let size: number
    if (this.compact && !map) {
      if (cur.left < 1) return 'more'
      const first = cur.u8()
      valueType = compactType(first & 0x0f)
      size = first >> 4 === 15 ? this.length(cur) : first >> 4
      if (size < 0) return 'more'
    } else if (this.compact) {
      size = this.length(cur)
      if (size < 0) return 'more'
      if (size > 0) {
        if (cur.left < 1) return 'more'
        const types = cur.u8()
        keyType = compactType(types >> 4)
        valueType = compactType(types & 0x0f)
      }
    } else {
      if (cur.left < (map ? 6 : 5)) return 'more'
      if (map) keyType = cur.u8()
      valueType = cur.u8()
      size = cur.u32()
    }
    if (size > 0 && (!isType(valueType) || (map && !isType(keyType)))) return this.bad('the elements of a container are of no type')
    // Every element takes an octet at least.
    if (size > 0x7fffffff || cur.pos + size > limit) return this.bad(`a container claims ${size} elements`)
    const node: Container | undefined =
      into && (map ? { t: 'map', items: [], more: false } : { t: type === T.set ? 'set' : 'list', items: [], more: false })
    if (node) into!(node)
    this.push(node, false, map, map ? size * 2 : size, keyType, valueType)
    return 'done'
  }
}

/** The varint at `cur`; undefined, and nothing moved that counts, when its end is not here or it has none. */
export function varint(cur: Cursor): bigint | undefined {
  let value = 0
  let factor = 1
  for (let i = 0; i < MAX_VARINT; i++) {
    const byte = cur.peek(i)
    if (byte < 0) return undefined
    if (i === 4) return wideVarint(cur)
    value += (byte & 0x7f) * factor
    factor *= 128
    if (byte < 0x80) {
      cur.pos += i + 1
      return BigInt(value)
    }
  }
  return undefined
}

function wideVarint(cur: Cursor): bigint | undefined {
  let value = 0n
  for (let i = 0; i < MAX_VARINT; i++) {
    const byte = cur.peek(i)
    if (byte < 0) return undefined
    value |= BigInt(byte & 0x7f) << BigInt(7 * i)
    if (byte < 0x80) {
      cur.pos += i + 1
      return BigInt.asUintN(64, value)
    }
  }
  return undefined
}

const EMPTY = Buffer.alloc(0)
const zigzag = (raw: bigint): bigint => (raw >> 1n) ^ -(raw & 1n)
