/** What the rows of a user's query stand for: transactions, flows, or packets that they name themselves. */
import { UserError } from '../model/user-error.js'

export type QueriedKind =
  /** `tx`: content ids. */
  | 'tx'
  /** `id` of a transaction. */
  | 'id'
  /** `frames` with `capture_id`. */
  | 'frames'
  /** `flow`: content ids. */
  | 'flow'
  /** `flow_id`, or `id` of a flow. */
  | 'flow_id'

export interface QueriedColumn {
  readonly name: string
  /** The table that it stands in; null for what a query computes, and for the view `tx`. */
  readonly table: string | null
}

export interface Queried {
  readonly kind: QueriedKind
  /** The column that has the ids; of frames the one that has them. */
  readonly column: string
}

/**
 * The most exact thing that the columns name. Throws UserError when they name nothing.
 *
 * `id` alone is the number of many things: it is taken where its table tells, or the columns beside it that only `tx` has.
 */
export function queriedBy(columns: readonly QueriedColumn[]): Queried {
  const names = new Set(columns.map(({ name }) => name))
  const id = columns.find(({ name }) => name === 'id')
  if (names.has('tx')) return { kind: 'tx', column: 'tx' }
  if (id?.table?.startsWith('tx_')) return { kind: 'id', column: 'id' }
  if (names.has('frames') && names.has('capture_id')) return { kind: 'frames', column: 'frames' }
  if (names.has('flow')) return { kind: 'flow', column: 'flow' }
  if (id?.table === 'flow') return { kind: 'flow_id', column: 'id' }
  if (id && id.table === null && names.size === 1) return { kind: 'id', column: 'id' }
  if (names.has('flow_id')) return { kind: 'flow_id', column: 'flow_id' }
  throw new UserError(`the query gives no column that leads to packets (it gives: ${[...names].slice(0, 20).join(', ')})`, [
    'tx, or id of a protocol or of tx      the packets of transactions',
    'flow, or flow_id                      the packets of flows',
    'frames and capture_id                 those very packets',
  ])
}
