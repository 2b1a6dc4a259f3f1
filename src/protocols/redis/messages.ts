/** What the parsers hand to the correlator. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Verdict } from '../protocol.js'
import type { Spec } from './names.js'

/** One command as sent, on the client's side, or by a master to its replica. */
export class Command {
  readonly kind = 'command'
  /** Words in one line; of a command whose arguments are kept apart it is made from them. */
  query = ''
  /** First argument, as Packetbeat's resource. */
  first: string | undefined
  key: string | undefined
  args: string[] | undefined
  /** Words, the name included. */
  words = 0
  inline = false
  /** Bytes in its middle were not captured. */
  missing = 0
  /** It ended before it was whole. */
  cut = false
  /** What is missing of it was not captured. */
  lost = false

  constructor(
    readonly name: string,
    readonly spec: Spec,
  ) {}
}

export type ReplyType =
  | 'status'
  | 'error'
  | 'integer'
  | 'bulk'
  | 'null'
  | 'array'
  | 'map'
  | 'set'
  | 'push'
  | 'double'
  | 'boolean'
  | 'big-number'
  | 'verbatim'

export class Reply {
  readonly kind = 'reply'
  text = ''
  /** Elements of an aggregate (pairs of a map), 1 for a string, 0 for a null. */
  rows: number | undefined
  /** Errors inside an aggregate, and the words of the first one. */
  nested = 0
  nestedError: string | undefined
  attributes: string | undefined
  /** The first elements, where the reply may be a message nobody asked for. */
  lead: string[] | undefined
  /** It is an element of the array that EXEC gives. */
  element = false
  /** The head of that array; `rows` elements follow, each a reply of its own. */
  exec = false
  missing = 0
  cut = false
  lost = false
  /** The text was longer than what is kept. */
  shortened = false

  constructor(public type: ReplyType) {}
}

/** Bytes of a message that is not whole yet: they only count. */
export const PIECE = { kind: 'piece' } as const
/** Bytes were lost between messages, or inside one that cannot be finished. */
export const LOST = { kind: 'lost' } as const
/** The copy of the data set a master sends ahead of its stream. */
export class Snapshot {
  readonly kind = 'snapshot'
  constructor(
    readonly bytes: number,
    /** What it begins with, as text. */
    readonly magic: string,
    readonly missing: number,
    readonly cut: boolean,
  ) {}
}
export type RedisMessage = Command | Reply | Snapshot | typeof PIECE | typeof LOST

/** Not all here: what was read up to `pos` is done with, so that nothing is read twice; `more` bytes are wanted before the next look. */
export function pause(cur: Cursor, pos: number, more: number, into: (message: RedisMessage) => void): Verdict {
  if (pos === cur.pos) {
    cur.want = more
    return 'need-more'
  }
  cur.pos = pos
  into(PIECE)
  return 'message'
}
