/** Arguments of a method, read by its layout. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Method } from './names.js'
import { readTable, small, TableState, textOf, type Value } from './tables.js'

export interface ReadArguments {
  readonly args: Record<string, Value>
  /** Why they are not all there. */
  readonly fault: string | undefined
  /** Tables held more than is kept. */
  readonly cut: boolean
}

/** `cur` holds the rest of the method's frame; what stands behind the last argument is some later version's. */
export function readArguments(cur: Cursor, method: Method, wantTables: boolean): ReadArguments {
  const args: Record<string, Value> = {}
  let state: TableState | undefined
  let bits = 0
  let bit = 8
  for (const { name, kind } of method.args) {
    if (kind === 'bit') {
      if (bit === 8) {
        bits = cur.u8()
        bit = 0
      }
      if (cur.short) break
      if (name[0] !== '-') args[name] = ((bits >> bit) & 1) === 1
      bit++
      continue
    }
    bit = 8
    if (kind === 'table' && name === 'arguments' && !wantTables) break
    let value: Value
    switch (kind) {
      case 'u8':
        value = cur.u8()
        break
      case 'u16':
        value = cur.u16()
        break
      case 'u32':
        value = cur.u32()
        break
      case 'u64':
        value = small(cur.u64())
        break
      case 'short':
        value = cur.utf8(cur.u8())
        break
      case 'long':
        value = longText(cur, name)
        break
      case 'table':
        state ??= new TableState()
        value = readTable(cur, state)
        break
    }
    if (cur.short) break
    if (name[0] !== '-') args[name] = value
  }
  const fault = cur.short ? 'its arguments end early' : state?.bad ? 'a table in it cannot be read' : undefined
  return { args, fault, cut: state?.cut ?? false }
}

/** SASL data keep their octets, one a character: user names are cut out of them. */
function longText(cur: Cursor, name: string): string {
  const length = cur.u32()
  if (name === 'response' || name === 'challenge') return cur.latin1(length)
  return length > cur.left ? cur.latin1(length) : textOf(cur.bytes(length))
}
