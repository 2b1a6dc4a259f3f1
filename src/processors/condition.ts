/** Conditions of processors, with the meanings that Beats give them. A field that is not there fulfils none of them. */
import { type InNetwork, inNetworks } from './networks.js'
import { type Document, valueAt } from './paths.js'
import type { Condition, Range, Scalar } from './processor.js'

export type Test = (document: Document) => boolean

export function compile(condition: Condition): Test {
  switch (condition.op) {
    case 'equals':
      return every(condition.values, (want, got) => equals(want, got))
    case 'contains':
      return every(condition.values, (words, got) => texts(got).some((text) => words.some((word) => text.includes(word))))
    case 'regexp': {
      const patterns = mapValues(condition.values, (sources) => sources.map(pattern))
      return every(patterns, (all, got) => texts(got).some((text) => all.some((one) => one.test(text.slice(0, MAX_MATCHED)))))
    }
    case 'range':
      return every(condition.values, (range, got) => within(range, got))
    case 'network': {
      const networks: Record<string, InNetwork> = mapValues(condition.values, inNetworks)
      return every(networks, (inside, got) => texts(got).some(inside))
    }
    case 'has_fields':
      return (document) => condition.fields.every((field) => valueAt(document, field) !== undefined)
    case 'and': {
      const all = condition.all.map(compile)
      return (document) => all.every((test) => test(document))
    }
    case 'or': {
      const all = condition.all.map(compile)
      return (document) => all.some((test) => test(document))
    }
    case 'not': {
      const inner = compile(condition.inner)
      return (document) => !inner(document)
    }
  }
}

/** Characters of a value that a pattern sees: a pattern of the user's meets texts of a stranger's. */
const MAX_MATCHED = 16_384

/** A pattern as Beats write it: Go's flags at the start, (?i) and (?s). Throws a SyntaxError. */
export function pattern(source: string): RegExp {
  const flags = /^\(\?([ims]+)\)/.exec(source)
  return new RegExp(flags ? source.slice(flags[0].length) : source, flags?.[1] ?? '')
}

function mapValues<A, B>(values: Readonly<Record<string, A>>, change: (value: A) => B): Record<string, B> {
  return Object.fromEntries(Object.entries(values).map(([key, value]) => [key, change(value)]))
}

function every<W>(values: Readonly<Record<string, W>>, holds: (want: W, got: unknown) => boolean): Test {
  const all = Object.entries(values)
  return (document) =>
    all.every(([field, want]) => {
      const got = valueAt(document, field)
      return got !== undefined && holds(want, got)
    })
}

const texts = (value: unknown): string[] =>
  Array.isArray(value) ? value.flatMap(texts) : value === null || typeof value === 'object' ? [] : [String(value)]

function equals(want: Scalar, got: unknown): boolean {
  if (typeof got === 'bigint') return typeof want !== 'boolean' && String(want) === String(got)
  if (typeof got === 'number' && typeof want === 'string') return want.trim() !== '' && Number(want) === got
  return want === got
}

function within(range: Range, got: unknown): boolean {
  const value = typeof got === 'bigint' ? Number(got) : got
  if (typeof value !== 'number') return false
  return (
    (range.gte === undefined || value >= range.gte) &&
    (range.gt === undefined || value > range.gt) &&
    (range.lte === undefined || value <= range.lte) &&
    (range.lt === undefined || value < range.lt)
  )
}
