/** One row against all indicators. An indicator is found in a row once, however many of its values fit. */
import type { Conjunction, Fit, Hit, Indicators } from './indicators.js'
import type { MatchedColumn } from './matched-columns.js'

export interface Found {
  readonly indicator: number
  readonly fit: Fit | 'all'
  readonly column: string
  readonly value: string
  count: number
  /** Of several conditions at once: all of them. */
  readonly parts?: readonly number[]
}

/** Characters of a list or an object: a zone transfer takes some MiB. What another tool wrote there would take many times as much once read. */
const MAX_NESTED = 32 * 1024 * 1024
/** Lists in objects in lists; certificates in a chain go five deep. */
const MAX_DEPTH = 12
/** Longer texts are no name, hash or address; lists and objects are as long as they are. */
const MAX_TEXT = 16_384

export class RowMatcher {
  private readonly found = new Map<number, Found>()
  private readonly parts = new Map<Conjunction, Set<number>>()
  /** Conditions of several of which the row itself has one, not only its flow. */
  private readonly own = new Set<Conjunction>()
  private column = ''
  private value = ''
  /** Cells that are too long to be looked at. */
  unread = 0

  constructor(private readonly indicators: Indicators) {}

  /** @param cells in the order of the columns; `beside` are columns that only complete a condition of several. */
  match(columns: readonly MatchedColumn[], cells: readonly unknown[], beside = 0): readonly Found[] {
    this.found.clear()
    this.parts.clear()
    this.own.clear()
    for (let i = 0; i < columns.length; i++) {
      const cell = cells[i]
      if (typeof cell !== 'string' || cell === '') continue
      const { name, holds, nested } = columns[i]!
      this.column = name
      const hit = i < columns.length - beside ? this.hit : this.hitBeside
      if (!nested) this.look(holds, cell, hit)
      else if (cell.length > MAX_NESTED) this.unread++
      else this.inside(parsed(cell), holds, hit, 0)
    }
    if (this.found.size === 0) return NONE
    return this.parts.size === 0 ? [...this.found.values()] : this.whole()
  }

  private inside(value: unknown, holds: MatchedColumn['holds'], hit: Hit, depth: number): void {
    if (typeof value === 'string') this.look(holds, value, hit)
    else if (typeof value === 'object' && value !== null && depth < MAX_DEPTH)
      for (const one of Object.values(value)) this.inside(one, holds, hit, depth + 1)
  }

  private look(holds: MatchedColumn['holds'], text: string, hit: Hit): void {
    if (text.length > MAX_TEXT) return
    const { indicators } = this
    this.value = text
    if (holds === 'ip') indicators.address(text, hit)
    else if (holds === 'host') indicators.host(text, hit)
    else if (holds === 'hash') indicators.hash(text, hit)
    else if (holds === 'email') indicators.email(text, hit)
    else indicators.url(text, hit)
  }

  private readonly hit: Hit = (indicator, fit) => {
    const { together } = this.indicators.notes[indicator]!
    if (together) this.own.add(together)
    this.record(indicator, fit, together)
  }

  private readonly hitBeside: Hit = (indicator, fit) => {
    const { together } = this.indicators.notes[indicator]!
    if (together) this.record(indicator, fit, together)
  }

  private record(indicator: number, fit: Fit, together: Conjunction | undefined): void {
    const known = this.found.get(indicator)
    if (known) known.count++
    else this.found.set(indicator, { indicator, fit, column: this.column, value: this.value, count: 1 })
    if (!together) return
    const parts = this.parts.get(together)
    if (parts) parts.add(indicator)
    else this.parts.set(together, new Set([indicator]))
  }

  /** Conditions that must hold together are one finding when all do, and none when one is missing. */
  private whole(): readonly Found[] {
    const { notes } = this.indicators
    const all: Found[] = []
    for (const one of this.found.values()) if (!notes[one.indicator]!.together) all.push(one)
    for (const [together, parts] of this.parts)
      if (parts.size === together.size && this.own.has(together)) {
        const inOrder = [...parts].sort((a, b) => a - b)
        const count = inOrder.reduce((sum, part) => sum + this.found.get(part)!.count, 0)
        all.push({ ...this.found.get(inOrder[0]!)!, fit: 'all', count, parts: inOrder })
      }
    return all
  }
}

const NONE: readonly Found[] = []

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    // Written by another tool; what stands there is looked at as it is.
    return json
  }
}
