/** Values of a message as they were read: no names, and no more of them than the options keep. */

export type Node =
  | { readonly t: 'bool'; readonly v: boolean }
  | { readonly t: 'int'; readonly v: number | bigint }
  | { readonly t: 'double'; readonly v: number }
  | StringNode
  | ListNode
  | MapNode
  | StructNode

export interface StringNode {
  readonly t: 'string'
  /** The first octets, a copy. */
  v: Buffer
  /** Octets on the wire. */
  size: number
}
export interface ListNode {
  readonly t: 'list' | 'set'
  readonly items: Node[]
  /** There were more than are kept. */
  more: boolean
}
export interface MapNode {
  readonly t: 'map'
  /** Key, value, key, value. */
  readonly items: Node[]
  more: boolean
}
export interface StructNode {
  readonly t: 'struct'
  readonly ids: number[]
  readonly items: Node[]
  more: boolean
}
export type Container = ListNode | MapNode | StructNode
