/** Documents as the texts of columns and of `request` and `response`. */
import { T } from './bson.js'
import type { Doc, Docs } from './doc.js'
import { JsonWriter } from './json.js'
import { type Masking, Secrecy } from './masking.js'
import { docCount, docLength, MAX_TEXT, type MongodbOptions } from './options.js'

/** Where a document, or an array, lies. */
export interface Range {
  readonly buf: Buffer
  readonly from: number
  readonly to: number
  readonly array?: boolean
}

export class Shown {
  /** Columns whose text does not show all there is. */
  readonly cut: string[] = []
  readonly max: number

  constructor(
    readonly masking: Masking,
    private readonly options: MongodbOptions,
  ) {
    this.max = docLength(options)
  }

  doc(column: string, doc: Doc, secrecy: Secrecy = Secrecy.none, skip?: (name: string) => boolean): string {
    const writer = new JsonWriter(this.masking, this.max)
    writer.document(doc.buf, doc.at, doc.end, secrecy, false, skip)
    if (writer.cut) this.cut.push(column)
    return writer.text
  }

  /** The value of one element: a document, an array, or a plain value. */
  element(column: string, doc: Doc, i: number, secrecy: Secrecy = Secrecy.none): string {
    const type = doc.types[i]!
    const writer = new JsonWriter(this.masking, this.max)
    if (type === T.document || type === T.array)
      writer.document(doc.buf, doc.from[i]!, doc.to[i]!, this.masking.of(doc.names[i]!, type, secrecy) as Secrecy, type === T.array)
    else writer.one(type, doc.buf, doc.from[i]!, doc.to[i]!, this.masking.of(doc.names[i]!, type, secrecy))
    if (writer.cut || (type === T.array && (doc.lengthOf(doc.names[i]!) ?? 0) > countIn(doc, i))) this.cut.push(column)
    return writer.text
  }

  /** One document as it is, several as a JSON list. */
  list(column: string, docs: readonly Range[], total: number): string {
    if (total === 1 && docs.length === 1) {
      const { buf, from, to, array } = docs[0]!
      const one = new JsonWriter(this.masking, this.max)
      one.document(buf, from, to, Secrecy.none, array)
      if (one.cut) this.cut.push(column)
      return one.text
    }
    const writer = new JsonWriter(this.masking, this.max)
    let shown = 0
    writer.text = '['
    for (const { buf, from, to, array } of docs) {
      if (shown === docCount(this.options) || writer.text.length >= this.max) break
      if (shown > 0) writer.text += ','
      writer.document(buf, from, to, Secrecy.none, array)
      shown++
    }
    if (shown < total) writer.text += `${shown > 0 ? ',' : ''}"..."`
    writer.text += ']'
    if (writer.cut || shown < total) this.cut.push(column)
    return writer.text
  }

  /** One line a document, as Packetbeat writes them: each cut at max_doc_length, and "[...]" where there are more. */
  lines(docs: readonly Range[], total: number): string {
    const lines: string[] = []
    let length = 0
    for (const { buf, from, to } of docs) {
      if (lines.length === docCount(this.options) || length > MAX_TEXT) break
      const line = this.line(buf, from, to)
      length += line.length
      lines.push(line)
    }
    if (lines.length < total) lines.push('[...]')
    return lines.join('\n')
  }

  line(buf: Buffer, from: number, to: number, secrecy: Secrecy = Secrecy.none): string {
    const writer = new JsonWriter(this.masking, this.max)
    writer.document(buf, from, to, secrecy)
    return writer.text.length > this.max || writer.cut ? `${writer.text.slice(0, this.max)} ...` : writer.text
  }
}

const countIn = (doc: Doc, i: number): number => doc.subAt(i)?.size ?? 0

/** The documents of a sequence, as ranges; at most `most`. */
export function rangesOf(docs: Docs, most: number): Range[] {
  const out: Range[] = []
  if (most <= 0) return out
  docs.each((from, to) => out.push({ buf: docs.buf, from, to }) < most)
  return out
}

/** The documents in an array. */
export function rangesIn(array: Doc, most: number): Range[] {
  const out: Range[] = []
  for (let i = 0; i < array.size && out.length < most; i++)
    if (array.types[i] === T.document) out.push({ buf: array.buf, from: array.from[i]!, to: array.to[i]! })
  return out
}
