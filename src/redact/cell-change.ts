/** One column's cells: what the policy makes of them, and which of their values are to be looked for elsewhere. */

import type { Stored } from '../case/stored-value.js'
import type { Dialect } from '../protocols/shared/sql/scanner.js'
import { readStatement } from '../protocols/shared/sql/statement.js'
import type { KnownValues } from './known-values.js'
import type { PlannedColumn } from './plan.js'
import type { TextSearch } from './text-search.js'
import type { Tokens } from './tokens.js'

export const REMOVED = '[removed]'
/** Of a mask: stars are as many as the characters they hide, up to here, so that a length tells little. */
const MAX_STARS = 16
/** Of a mask: shorter texts would be given away by the ends that stay. */
const MIN_HIDDEN = 4
/** Levels of JSON that are walked; the writer of cases keeps fewer. */
const MAX_DEPTH = 64

const DIALECTS: Readonly<Record<string, Dialect>> = { mysql: 'mysql', pgsql: 'pgsql', oracle: 'oracle', cassandra: 'cql' }

export class CellChange {
  /** Cells that the policy changed. */
  changed = 0
  /** Cells in which something was found that must not stand there. */
  found = 0
  private readonly dialect: Dialect | undefined

  constructor(
    readonly column: PlannedColumn,
    private readonly tokens: Tokens,
    private readonly search: TextSearch,
  ) {
    this.dialect = DIALECTS[column.table]
  }

  /** Values of this column have to be looked for in others. */
  get collects(): boolean {
    const { action, rule } = this.column
    return rule?.elsewhere === true && (action === 'remove' || action === 'mask' || action === 'token' || action === 'prefix')
  }

  /** Notes the values of a cell with what stands in their place. */
  collect(cell: Stored, into: KnownValues): void {
    if (typeof cell === 'bigint' || typeof cell === 'number') {
      // Figures say little; a long one may be a card's.
      into.add(String(cell), REMOVED)
      return
    }
    if (typeof cell !== 'string' || this.search.finds(cell)) return
    const json = parsed(cell)
    if (json === undefined) into.add(cell, this.leaf(cell))
    else
      walk(json, (leaf) => {
        if (!this.search.finds(leaf)) into.add(leaf, this.leaf(leaf))
      })
  }

  /** The cell as it goes out. */
  of(cell: Stored): Stored {
    const { action, id, searched } = this.column
    if (cell === null) return null
    if (id !== undefined) return this.count(id === 'id' ? this.tokens.id(String(cell)) : this.tokens.of(String(cell)))
    if (action === 'keep') return searched && typeof cell === 'string' ? this.searchedCell(cell) : cell
    if (action === 'remove') return this.count(this.removed())
    if (typeof cell !== 'string') return this.count(null)
    // Parameters are a text that holds a list: each of them is changed by itself.
    const json = action === 'literals' ? undefined : parsed(cell)
    if (json !== undefined)
      return this.count(
        JSON.stringify(
          mapped(
            json,
            (leaf) => this.leaf(leaf),
            (key) => this.search.clean(key),
            true,
          ),
        ),
      )
    const text = this.leaf(cell)
    return this.count(action === 'literals' ? this.cleaned(text) : text)
  }

  private count(cell: Stored): Stored {
    this.changed++
    return cell
  }

  private removed(): Stored {
    const { kind, optional } = this.column
    if (optional || kind === 'int' || kind === 'real' || kind === 'bool') return null
    return kind === 'text' ? REMOVED : kind === 'list' ? '[]' : '{}'
  }

  private leaf(text: string): string {
    const { action, rule } = this.column
    switch (action) {
      case 'token':
        return this.tokens.of(text)
      case 'mask':
        return masked(text, rule?.first ?? 0, rule?.last ?? 0)
      case 'prefix':
        return this.tokens.addresses.of(text) ?? this.tokens.of(text)
      case 'literals':
        return this.dialect === undefined ? this.tokens.of(text) : readStatement(text, this.dialect, (secret) => secret).fingerprint
      default:
        return REMOVED
    }
  }

  private searchedCell(cell: string): string {
    const json = this.column.kind === 'text' ? undefined : parsed(cell)
    if (json === undefined) return this.cleaned(cell)
    const clean = (text: string): string => this.cleaned(text)
    const before = this.found
    const out = mapped(json, clean, clean, false)
    // Written anew only when it changed: what stood there keeps its digits.
    return this.found === before ? cell : JSON.stringify(out)
  }

  private cleaned(text: string): string {
    const out = this.search.clean(text)
    if (out !== text) this.found++
    return out
  }
}

/** As cards are printed: the ends that stay, stars between them. */
export function masked(text: string, first: number, last: number): string {
  const chars = [...text]
  const hidden = chars.length - first - last
  if (hidden < MIN_HIDDEN) return '*'.repeat(Math.min(chars.length, MAX_STARS))
  return chars.slice(0, first).join('') + '*'.repeat(Math.min(hidden, MAX_STARS)) + chars.slice(chars.length - last).join('')
}

function parsed(text: string): object | undefined {
  if (!/^\s*[[{]/.test(text)) return undefined
  try {
    return JSON.parse(text) as object
  } catch {
    return undefined
  }
}

/** Every text and number in a value. */
function walk(value: unknown, visit: (leaf: string) => void, depth = 0): void {
  if (typeof value === 'string') visit(value)
  else if (typeof value === 'number') visit(String(value))
  else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH)
    for (const inner of Object.values(value)) walk(inner, visit, depth + 1)
}

/** The value with every text changed; numbers too where `numbers` says so, which become texts. */
function mapped(value: unknown, text: (leaf: string) => string, key: (name: string) => string, numbers: boolean, depth = 0): unknown {
  if (typeof value === 'string') return text(value)
  if (typeof value === 'number' && numbers) return text(String(value))
  if (typeof value !== 'object' || value === null) return value
  if (depth >= MAX_DEPTH) return null
  if (Array.isArray(value)) return value.map((inner) => mapped(inner, text, key, numbers, depth + 1))
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [key(name), mapped(inner, text, key, numbers, depth + 1)]))
}
