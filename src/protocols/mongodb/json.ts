/**
 * BSON as relaxed Extended JSON 2 (specifications/bson-objectid and extended-json of the MongoDB specifications), straight
 * from the bytes, so that a document of 16 MB costs no more than the part of it that is shown. 64-bit numbers that a
 * double cannot hold are written as {"$numberLong":"..."}; what does not fit is left out with a mark, and the text stays valid JSON.
 */
import { createRequire } from 'node:module'
import { double, fixedSize, i32le, int64, T, valueSize, zero } from './bson.js'
import { type Masking, Secrecy } from './masking.js'

/** Levels shown: servers refuse documents deeper than 180, people read far fewer. */
const MAX_DEPTH = 64
/** Bytes of one string that are decoded: enough to find secrets that the part shown is cut out of. */
const MAX_STRING = 65536
/** Bytes of a field name that are shown. */
const MAX_NAME = 1024
/** Least room for a value: a short one is shown whole even at the limit. */
const MIN_ROOM = 64
/** What stands for elements and ends of strings that are left out. */
const CUT = '...'

const load = createRequire(import.meta.url)
let decimals: { new (bytes: Uint8Array): { toString(): string } } | undefined

export class JsonWriter {
  text = ''
  /** Something was left out: for lack of room, of depth, or because it was damaged. */
  cut = false

  /** @param limit characters after which elements are left out */
  constructor(
    private readonly masking: Masking,
    public limit: number,
  ) {}

  private get full(): boolean {
    return this.text.length >= this.limit
  }

  /** The document or array at `at`. `skip` names elements of this level to leave out. */
  document(buf: Buffer, at: number, end: number, secrecy: Secrecy, array = false, skip?: (name: string) => boolean, depth = 0): void {
    this.text += array ? '[' : '{'
    const length = at + 4 <= end ? i32le(buf, at) : 0
    const stop = length >= 5 && at + length <= end ? at + length : end
    if (stop !== at + length) this.cut = true
    // In an array that compares with a secret field ({$eq: ["$password", "x"]}) the other texts are values of that field.
    const within = array && this.masking.comparesSecret(buf, at + 4, stop) ? Secrecy.compared : secrecy
    let pos = at + 4
    let first = true
    while (pos < stop) {
      const type = buf[pos++]!
      if (type === 0) break
      const nameEnd = zero(buf, pos, stop)
      const size = nameEnd < 0 ? -1 : valueSize(type, buf, nameEnd + 1, stop)
      if (size < 0) {
        this.cut = true
        break
      }
      const name = array ? '' : buf.toString('utf8', pos, Math.min(nameEnd, pos + MAX_NAME))
      const from = nameEnd + 1
      pos = from + size
      if (skip?.(name)) continue
      if (!first) this.text += ','
      if (this.full || depth >= MAX_DEPTH) {
        this.cut = true
        this.text += array ? `"${CUT}"` : `"${CUT}":"cut"`
        break
      }
      first = false
      if (!array) this.text += `${JSON.stringify(name)}:`
      const to = Math.min(pos, stop)
      const inner = array ? within : this.masking.of(name, type, within)
      if (inner >= Secrecy.value) this.hidden(type, buf, from, to, inner, depth)
      else this.value(type, buf, from, to, inner, depth)
    }
    this.text += array ? ']' : '}'
  }

  /** One value that is no document. */
  one(type: number, buf: Buffer, from: number, to: number, secrecy: Secrecy): void {
    if (secrecy >= Secrecy.value) this.hidden(type, buf, from, to, secrecy, 0)
    else this.value(type, buf, from, to, secrecy, 0)
  }

  /** A value in a secret's place: what can be no secret is shown, anything else goes through the mask. */
  private hidden(type: number, buf: Buffer, from: number, to: number, secrecy: Secrecy, depth: number): void {
    if (type === T.string && to - from >= 4) {
      const text = this.stringOf(buf, from, to)
      this.text += JSON.stringify(secrecy === Secrecy.compared && text.startsWith('$') ? text : this.masking.hide(text))
      return
    }
    if (type === T.int32 || type === T.double || type === T.int64) {
      let plain: number | bigint | undefined
      if (to - from >= fixedSize(type))
        plain = type === T.int32 ? i32le(buf, from) : type === T.double ? double(buf, from) : int64(buf, from)
      if (plain === 0 || plain === 1 || plain === -1) {
        this.text += plain
        return
      }
    }
    if (type === T.bool || type === T.null || type === T.undefined) {
      this.value(type, buf, from, to, Secrecy.none, depth)
      return
    }
    if (secrecy === Secrecy.compared && (type === T.document || type === T.array)) {
      this.value(type, buf, from, to, secrecy, depth)
      return
    }
    const shown = new JsonWriter(this.masking.revealing(), this.limit - Math.min(this.text.length, this.limit) + MIN_ROOM)
    shown.value(type, buf, from, to, Secrecy.none, depth)
    const masked = this.masking.hide(shown.text)
    this.text += masked === shown.text ? masked : JSON.stringify(masked)
    this.cut ||= shown.cut
  }

  private value(type: number, buf: Buffer, from: number, to: number, secrecy: Secrecy, depth: number): void {
    const there = to - from
    switch (type) {
      case T.int32:
        this.text += there < 4 ? 'null' : i32le(buf, from)
        return
      case T.string:
        this.string(buf, from, to)
        return
      case T.document:
      case T.array:
        this.document(buf, from, to, secrecy, type === T.array, undefined, depth + 1)
        return
      case T.bool:
        this.text += there > 0 && buf[from] !== 0 ? 'true' : 'false'
        return
      case T.double:
        this.text += there < 8 ? 'null' : doubleText(double(buf, from))
        return
      case T.int64: {
        const value = there < 8 ? undefined : int64(buf, from)
        this.text += typeof value === 'bigint' ? `{"$numberLong":"${value}"}` : (value ?? 'null')
        return
      }
      case T.objectId:
        this.text += `{"$oid":"${buf.toString('hex', from, to)}"}`
        return
      case T.date:
        this.text += there < 8 ? 'null' : dateText(int64(buf, from))
        return
      case T.binary:
        this.binary(buf, from, to)
        return
      case T.undefined:
        this.text += '{"$undefined":true}'
        return
      case T.timestamp:
        this.text += there < 8 ? 'null' : `{"$timestamp":{"t":${i32le(buf, from + 4) >>> 0},"i":${i32le(buf, from) >>> 0}}}`
        return
      case T.symbol:
        this.text += '{"$symbol":'
        this.string(buf, from, to)
        this.text += '}'
        return
      case T.code:
        this.text += '{"$code":'
        this.string(buf, from, to)
        this.text += '}'
        return
      case T.scoped:
        this.scoped(buf, from, to, secrecy, depth)
        return
      case T.regex: {
        const end = zero(buf, from, to)
        const pattern = this.masking.text(buf.toString('utf8', from, Math.min(end < 0 ? to : end, from + MAX_STRING)))
        const options = end < 0 ? '' : buf.toString('latin1', end + 1, Math.max(end + 1, Math.min(to - 1, end + 17)))
        this.text += `{"$regularExpression":{"pattern":${JSON.stringify(this.fit(pattern))},"options":${JSON.stringify(options)}}}`
        return
      }
      case T.decimal:
        this.text += there < 16 ? 'null' : `{"$numberDecimal":"${decimalText(buf.subarray(from, to))}"}`
        return
      case T.dbPointer:
        this.text += '{"$dbPointer":{"$ref":'
        this.string(buf, from, Math.max(from, to - 12))
        this.text += `,"$id":{"$oid":"${buf.toString('hex', Math.max(from, to - 12), to)}"}}}`
        return
      case T.minKey:
        this.text += '{"$minKey":1}'
        return
      case T.maxKey:
        this.text += '{"$maxKey":1}'
        return
      default: // The sizes of all other types are -1, so that nothing comes here but null.
        this.text += 'null'
    }
  }

  private stringOf(buf: Buffer, from: number, to: number): string {
    const length = i32le(buf, from)
    const end = Math.min(to, from + 4 + length - 1)
    if (end - from - 4 > MAX_STRING || from + 4 + length > to) this.cut = true
    return buf.toString('utf8', from + 4, Math.max(from + 4, Math.min(end, from + 4 + MAX_STRING)))
  }

  private string(buf: Buffer, from: number, to: number): void {
    if (to - from < 4) {
      this.cut = true
      this.text += '""'
      return
    }
    const before = this.cut
    this.cut = false
    const raw = this.stringOf(buf, from, to)
    const masked = this.masking.script(raw)
    // A text whose end is not here may end in the middle of an address with a password.
    this.text += JSON.stringify(this.fit(this.cut || this.masking.openEnds ? this.masking.tail(masked) : masked))
    this.cut ||= before
  }

  /** The part of a text that there is room for. */
  private fit(text: string): string {
    const room = Math.max(MIN_ROOM, this.limit - this.text.length)
    if (text.length <= room) return text
    this.cut = true
    return text.slice(0, room) + CUT
  }

  private binary(buf: Buffer, from: number, to: number): void {
    if (to - from < 5) {
      this.cut = true
      this.text += 'null'
      return
    }
    const subtype = buf[from + 4]!.toString(16).padStart(2, '0')
    // Whole groups of three bytes, so that the cut text is base64 too.
    const room = Math.max(48, Math.floor((Math.max(0, this.limit - this.text.length) * 3) / 4 / 3) * 3)
    const end = Math.min(to, from + 5 + room)
    if (end < to) this.cut = true
    this.text += `{"$binary":{"base64":"${buf.toString('base64', from + 5, end)}","subType":"${subtype}"}}`
  }

  private scoped(buf: Buffer, from: number, to: number, secrecy: Secrecy, depth: number): void {
    this.text += '{"$code":'
    const length = to - from >= 8 ? i32le(buf, from + 4) : 0
    const scope = from + 8 + length
    if (length < 1 || scope + 5 > to) {
      this.cut = true
      this.text += '""}'
      return
    }
    this.string(buf, from + 4, scope)
    this.text += ',"$scope":'
    this.document(buf, scope, to, secrecy, false, undefined, depth + 1)
    this.text += '}'
  }
}

function doubleText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0.0' : String(value)
  return `{"$numberDouble":"${value}"}`
}

/** Years 1970 to 9999 as text, others as milliseconds, as relaxed Extended JSON asks. */
function dateText(value: number | bigint): string {
  if (typeof value === 'bigint' || value < 0 || value > 253402300799999) return `{"$date":{"$numberLong":"${value}"}}`
  const text = new Date(value).toISOString()
  return `{"$date":"${text.endsWith('.000Z') ? `${text.slice(0, -5)}Z` : text}"}`
}

/** IEEE 754-2008 decimal128 in binary integer decimal coding: the one type that needs the library. */
function decimalText(bytes: Uint8Array): string {
  decimals ??= (load('bson') as { Decimal128: NonNullable<typeof decimals> }).Decimal128
  return new decimals(new Uint8Array(bytes)).toString()
}
