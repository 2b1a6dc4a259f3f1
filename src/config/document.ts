/** A YAML file (JSON is YAML) as a tree in which every key and value knows its line, dotted keys unfolded. */
import { type Document, isAlias, isMap, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml'
import type { ConfigProblems } from './problems.js'

/** Nodes after aliases are followed: aliases of aliases make a small file huge. */
const MAX_NODES = 50_000
/** Deeper than any configuration; keeps the recursion bounded. */
const MAX_DEPTH = 32

export interface ConfigMap {
  readonly kind: 'map'
  readonly path: string
  readonly line: number
  readonly entries: Map<string, ConfigEntry>
}
export interface ConfigEntry {
  /** Line of the key. */
  readonly line: number
  readonly node: ConfigNode
}
export interface ConfigList {
  readonly kind: 'list'
  readonly path: string
  readonly line: number
  readonly items: readonly ConfigNode[]
}
export interface ConfigValue {
  readonly kind: 'value'
  readonly path: string
  readonly line: number
  readonly value: string | number | bigint | boolean | null
}
export type ConfigNode = ConfigMap | ConfigList | ConfigValue

/** The tree of `text`; undefined when it cannot be read at all, which is then among the problems. */
export function readDocument(text: string, problems: ConfigProblems): ConfigNode | undefined {
  const lines = new LineCounter()
  let document: ReturnType<typeof parseDocument>
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false })
  } catch (error) {
    // Brackets within brackets by the thousand use up the parser's stack.
    problems.add(0, `not valid YAML: ${firstSentence(String((error as Error).message))}`)
    return undefined
  }
  for (const error of document.errors) problems.add(lines.linePos(error.pos[0]).line, `not valid YAML: ${firstSentence(error.message)}`)
  if (document.errors.length > 0) return undefined
  if (document.contents === null) return { kind: 'map', path: '', line: 1, entries: new Map() }
  return new TreeReader(document, lines, problems).read(document.contents, '', 0)
}

const firstSentence = (message: string): string => message.split('\n', 1)[0]!.replace(/\.$/, '')

class TreeReader {
  private nodes = 0

  constructor(
    private readonly document: Document,
    private readonly lines: LineCounter,
    private readonly problems: ConfigProblems,
  ) {}

  read(node: Node | null, path: string, depth: number, fallbackLine = 1): ConfigNode {
    const line = node?.range ? this.lines.linePos(node.range[0]).line : fallbackLine
    if (++this.nodes === MAX_NODES) this.problems.add(line, `more than ${MAX_NODES} values, aliases followed`)
    if (depth === MAX_DEPTH) this.problems.add(line, `nested deeper than ${MAX_DEPTH} levels`)
    if (this.nodes >= MAX_NODES || depth >= MAX_DEPTH) return { kind: 'value', path, line, value: null }
    if (isAlias(node)) return this.read(node.resolve(this.document) ?? null, path, depth + 1, line)
    if (isSeq(node)) {
      const items = node.items.map((item, i) => this.read(item as Node | null, `${path}[${i}]`, depth + 1, line))
      return { kind: 'list', path, line, items }
    }
    if (isMap(node)) return this.readMap(node.items, path, line, depth)
    const value = isScalar(node) ? node.value : null
    return { kind: 'value', path, line, value: isPlain(value) ? value : String(value) }
  }

  private readMap(pairs: readonly { key: unknown; value: unknown }[], path: string, line: number, depth: number): ConfigMap {
    const map: ConfigMap = { kind: 'map', path, line, entries: new Map() }
    const merged: ConfigNode[] = []
    for (const pair of pairs) {
      if (!isScalar(pair.key)) {
        this.problems.add(line, `a key in ${path || 'the file'} is not a word`)
        continue
      }
      const key = String(pair.key.value)
      const keyLine = pair.key.range ? this.lines.linePos(pair.key.range[0]).line : line
      const child = this.read(pair.value as Node | null, path === '' ? key : `${path}.${key}`, depth + 1, keyLine)
      if (key === '<<') merged.push(...(child.kind === 'list' ? child.items : [child]))
      else this.insert(map, key.split('.'), { line: keyLine, node: child })
    }
    // YAML merge keys: what stands in the map itself wins.
    for (const source of merged)
      if (source.kind === 'map') for (const [key, entry] of source.entries) if (!map.entries.has(key)) map.entries.set(key, entry)
    return map
  }

  /** `a.b.c: 1` means `a: {b: {c: 1}}`, anywhere, also beside `a: {b: ...}`. */
  private insert(map: ConfigMap, keys: readonly string[], entry: ConfigEntry): void {
    const [key, ...rest] = keys as [string, ...string[]]
    const present = map.entries.get(key)
    if (rest.length > 0) {
      let inner = present?.node
      if (inner?.kind !== 'map') {
        if (inner) {
          this.twice(inner, key, entry.line)
          return
        }
        inner = { kind: 'map', path: map.path === '' ? key : `${map.path}.${key}`, line: entry.line, entries: new Map() }
        map.entries.set(key, { line: entry.line, node: inner })
      }
      this.insert(inner, rest, entry)
    } else if (!present) map.entries.set(key, entry)
    else if (present.node.kind === 'map' && entry.node.kind === 'map')
      for (const [name, more] of entry.node.entries) this.insert(present.node, [name], more)
    else this.twice(present.node, key, entry.line)
  }

  private twice(first: ConfigNode, key: string, line: number): void {
    this.problems.add(line, `"${key}" is given twice, first on line ${first.line}`)
  }
}

const isPlain = (value: unknown): value is ConfigValue['value'] =>
  value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)

/** The node as plain data, for what is passed on as it is. */
export function toPlain(node: ConfigNode): unknown {
  if (node.kind === 'value') return node.value
  if (node.kind === 'list') return node.items.map(toPlain)
  return Object.fromEntries([...node.entries].map(([key, entry]) => [key, toPlain(entry.node)]))
}

/** A key without value: the same as not given. */
export const isEmpty = (node: ConfigNode): boolean => node.kind === 'value' && node.value === null
