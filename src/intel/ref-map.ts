/** A map from a key to the few numbers that stand under it: mostly one, which then costs no list. */

/** A key's place in its map. */
export interface Slot {
  readonly refs: readonly number[]
  add(ref: number): void
}

const NONE: readonly number[] = []

export class RefMap<K> {
  private readonly map = new Map<K, number | number[]>()

  get size(): number {
    return this.map.size
  }

  slot(key: K): Slot {
    const { map } = this
    const held = map.get(key)
    return {
      refs: held === undefined ? NONE : typeof held === 'number' ? [held] : held,
      add: (ref) => {
        if (held === undefined) map.set(key, ref)
        else if (typeof held === 'number') map.set(key, [held, ref])
        else held.push(ref)
      },
    }
  }

  each(key: K, visit: (ref: number) => void): void {
    const held = this.map.get(key)
    if (held === undefined) return
    if (typeof held === 'number') visit(held)
    else for (const ref of held) visit(ref)
  }
}
