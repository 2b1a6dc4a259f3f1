/** What the parsers hand to the correlator. */
import type { Family } from './names.js'

export interface Stat {
  readonly name: string
  readonly value: string
}

class Half {
  /** Datagrams: which exchange it belongs to. */
  id: number | undefined
  opcode: string | undefined
  opcode_value: number | undefined
  opaque: number | undefined
  /** The token of a meta command that comes back with its reply. */
  token: string | undefined
  keys: string[] | undefined
  flags: number | undefined
  cas: number | bigint | undefined
  /** Values carried, their bytes, and as many of them as are kept, in base64. */
  count: number | undefined
  bytes: number | undefined
  values: string[] | undefined
  missing = 0
  cut = false
  lost = false
  /** More keys, values or statistics than are kept. */
  shortened = false

  constructor(
    readonly binary: boolean,
    public command: string,
    public family: Family,
  ) {}
}

export class Request extends Half {
  readonly kind = 'request'
  line = ''
  quiet = false
  noreply = false
  vbucket: number | undefined
  exptime: number | undefined
  delta: number | bigint | undefined
  initial: number | bigint | undefined
  verbosity: number | undefined
  raw_args: string | undefined
  source_class: number | undefined
  dest_class: number | undefined
  automove: string | undefined
  sleep_us: number | undefined
  /** A meta command that is answered only if there is something to say. */
  optional = false
  /** User and secret of a login. */
  user: string | undefined
  login: string | undefined
  /** It only looks like a login: nothing says that the server asks for one. */
  doubtful = false
  unknown = false
}

export class Response extends Half {
  readonly kind = 'response'
  status: string | undefined
  status_code: number | undefined
  value: number | bigint | undefined
  version: string | undefined
  error_msg: string | undefined
  stats: Stat[] | undefined
  /** A line that answers nothing: watch sends them. */
  log: string | undefined
}

/** Bytes of a message that is not whole yet: they only count. */
export const PIECE = { kind: 'piece' } as const
export const LOST = { kind: 'lost' } as const
/** One datagram of several that make one message. */
export interface Fragment {
  readonly kind: 'fragment'
  readonly id: number
  readonly total: number
  /** The last one that was missing: what follows belongs to it. */
  readonly whole: boolean
}
export type MemcacheMessage = Request | Response | Fragment | typeof PIECE | typeof LOST
