/** What both directions of a connection must know of each other: capabilities, who is logged in, which command is being answered. */
import { Exchange, LOGIN, X } from './exchange.js'
import type { Greeting } from './login.js'
import { Cap, Ext } from './names.js'
import { type Statement, Statements } from './statements.js'

/** Commands that wait for their answers. Pipelining clients send some dozens; a capture without the server's side sends all. */
const MAX_PENDING = 4096

/** Hears what a parser decides without bytes of its own. */
export interface Listener {
  /** The answer was over before the bytes that are being read now. */
  settled(exchange: Exchange): void
  odd(code: string, detail?: string): void
}

export class Link {
  listener!: Listener
  greeting: Greeting | undefined
  /** The login was seen, at least its request. */
  loginSeen = false
  /** The client's capabilities; 0 while nobody knows. */
  capabilities = 0
  extended = 0
  user: string | undefined
  database: string | undefined
  /** CLIENT_DEPRECATE_EOF, told by the login or by the bytes. */
  deprecateEof: boolean | undefined
  /** Compression that the login agreed on. */
  compression: 'zlib' | 'zstd' | undefined
  /** Packets are wrapped now; undefined = look at the bytes. */
  compressed: boolean | undefined
  /** The server waits for a file. */
  infile: Exchange | undefined
  /** The command whose payload is still coming. */
  coming: Exchange | undefined
  /** The client has asked for TLS. */
  tls = false
  /** COM_QUIT as the very first thing seen: the same bytes begin X Protocol. */
  doubtful: Exchange | undefined
  /** X Protocol: not read. */
  x = false
  readonly statements = new Statements()
  /** The statement prepared last, its answer may still come. */
  preparing: Statement | undefined
  charset: number | undefined
  private readonly pending: Exchange[] = []
  private head = 0

  /** The command that the server answers next. */
  get first(): Exchange | undefined {
    return this.pending[this.head]
  }

  get waiting(): number {
    return this.pending.length - this.head
  }

  push(exchange: Exchange): void {
    if (this.waiting >= MAX_PENDING) {
      this.listener.odd('mysql.commands-waiting')
      this.listener.settled(this.shift()!)
    }
    this.pending.push(exchange)
  }

  shift(): Exchange | undefined {
    const first = this.pending[this.head]
    if (first === undefined) return undefined
    this.head++
    if (this.head > 64 && this.head * 2 > this.pending.length) {
      this.pending.splice(0, this.head)
      this.head = 0
    }
    return first
  }

  /** The login under way, while it is the only thing that was said. */
  get login(): Exchange | undefined {
    const first = this.first
    return first?.command === LOGIN ? first : undefined
  }

  get queryAttributes(): boolean {
    return (this.capabilities & Cap.QueryAttributes) !== 0 && (this.greeting === undefined || this.serverHas(Cap.QueryAttributes))
  }

  get sessionTrack(): boolean {
    return (this.capabilities & Cap.SessionTrack) !== 0
  }

  get cacheMetadata(): boolean {
    return (this.extended & Ext.CacheMetadata) !== 0
  }

  private serverHas(cap: number): boolean {
    return this.greeting !== undefined && (this.greeting.capabilities & cap) !== 0
  }

  /** The login told what both sides can. */
  agree(capabilities: number, extended: number): void {
    const server = this.greeting?.capabilities ?? 0xffffffff
    this.capabilities = (capabilities & server) >>> 0
    this.extended = extended & (this.greeting?.extended ?? 0xffffffff)
    this.deprecateEof = (this.capabilities & Cap.DeprecateEof) !== 0
    const zlib = (this.capabilities & Cap.Compress) !== 0
    const zstd = (this.capabilities & Cap.ZstdCompression) !== 0
    this.compression = zlib ? 'zlib' : zstd ? 'zstd' : undefined
    this.compressed = false
  }

  /** It is X Protocol: one row says so. */
  speaksX(): Exchange {
    this.x = true
    const exchange = this.doubtful ?? new Exchange(X, undefined, undefined)
    this.doubtful = undefined
    exchange.command = X
    exchange.asked = exchange.answered = true
    this.listener.odd('mysql.x-protocol')
    return exchange
  }

  /** Login or CHANGE_USER was accepted. */
  accepted(exchange: Exchange): void {
    const login = exchange.login
    if (login) {
      this.user = login.user
      this.database = login.database
      this.charset = login.charset ?? this.charset
    }
    this.statements.clear()
    this.preparing = undefined
    if (exchange.command === LOGIN) this.compressed = this.compression !== undefined
  }
}
