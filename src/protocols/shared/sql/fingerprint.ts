/**
 * A statement without what changes from call to call: literals become ?, lists of them (?+), white space one blank, keywords
 * and names lower case.
 */
import { Kind, type Scanner } from './scanner.js'

/** Longest fingerprint: enough to tell statements apart; a generated one may be of megabytes. */
const MAX_LENGTH = 2000

const isOperator = (c: number): boolean => '=<>!+-*/%|&^~:'.includes(String.fromCharCode(c))

export class Fingerprint {
  private out = ''
  private previous: Kind = Kind.end
  private previousMark = 0
  /** Where the open parenthesis of a list of nothing but literals stands, or -1. */
  private list = -1
  private items = 0
  /** End of the last folded list: one that follows behind a comma is dropped, as in VALUES (...), (...). */
  private foldedEnd = -1

  token(kind: Kind, scan: Scanner, upper: string): void {
    if (this.out.length > MAX_LENGTH) return
    if (kind === Kind.mark) {
      this.mark(scan.text)
      return
    }
    const literal = kind === Kind.text || kind === Kind.number || kind === Kind.placeholder || kind === Kind.body || isNullish(upper)
    if (literal) {
      this.value()
      return
    }
    this.list = -1
    this.put(kind === Kind.name ? scan.sql.slice(scan.innerStart, scan.innerEnd).toLowerCase() : upper.toLowerCase(), kind)
  }

  /** What is a value though it does not look like one. */
  value(): void {
    if (this.out.length > MAX_LENGTH) return
    if (this.list >= 0) this.items++
    this.put('?', Kind.text)
  }

  mark(text: string): void {
    if (this.out.length > MAX_LENGTH) return
    const c = text.charCodeAt(0)
    if (c === 0x28) {
      this.put('(', Kind.mark, c)
      this.list = this.out.length - 1
      this.items = 0
      return
    }
    if (c === 0x29 && this.list >= 0 && this.items > 0) {
      const from = this.list
      this.list = -1
      const before = this.out.slice(0, from)
      // VALUES (...), (...): further rows are the same again.
      if (this.foldedEnd >= 0 && before.slice(this.foldedEnd).trim() === ',') this.out = before.slice(0, this.foldedEnd)
      else this.out = `${before}(${this.items === 1 ? '?' : '?+'})`
      this.foldedEnd = this.out.length
      this.previous = Kind.mark
      this.previousMark = c
      return
    }
    if (c !== 0x2c && c !== 0x2d && c !== 0x2b) this.list = -1
    this.put(text, Kind.mark, c)
  }

  private put(piece: string, kind: Kind, mark = 0): void {
    const gap =
      this.out !== '' &&
      !(kind === Kind.mark && (mark === 0x2c || mark === 0x29 || mark === 0x3b || mark === 0x2e || mark === 0x5d || mark === 0x5b)) &&
      !(this.previous === Kind.mark && (this.previousMark === 0x28 || this.previousMark === 0x2e || this.previousMark === 0x5b)) &&
      !(kind === Kind.mark && this.previous === Kind.mark && isOperator(mark) && isOperator(this.previousMark)) &&
      !(kind === Kind.mark && mark === 0x28 && this.previous === Kind.word && !SPACED.test(this.out))
    this.out += gap ? ` ${piece}` : piece
    this.previous = kind
    this.previousMark = mark
  }

  text(): string {
    const text = this.out.endsWith(';') ? this.out.slice(0, -1) : this.out
    return text.length > MAX_LENGTH ? text.slice(0, MAX_LENGTH) : text
  }
}
/** Keywords with a blank between them and a parenthesis; other words are functions or tables with their columns. */
const SPACED =
  /(?:^|[\s(])(?:in|values|value|and|or|not|on|using|as|select|where|from|join|by|set|over|exists|any|all|union|when|then|else)$/
const isNullish = (upper: string): boolean => upper === 'NULL' || upper === 'TRUE' || upper === 'FALSE'
