/**
 * The contract between the engine and a protocol: a folder that turns bytes into messages (parser) and messages into
 * transactions (correlator). A protocol reaches no file, clock, socket, log or SQL; time and packets come to it as traces.
 */
import type { Cursor } from '../bytes/cursor.js'
import type { Carry } from '../model/body-sink.js'
import type { FlowView } from '../model/flow-view.js'
import type { Instant } from '../model/instant.js'
import type { EndReason, Side, Transport } from '../model/side.js'
import type { Trace } from '../model/trace.js'
import type { Transaction } from '../model/transaction.js'
import type { Derived, FieldSet, RowOf } from '../schema/fields.js'
import type { OptionSet, OptionsOf } from '../schema/options.js'

/**
 * What a parser says about the bytes it was shown. Malformed input is an answer, not an exception.
 *
 * message     bytes up to `cur.pos` are dealt with (none, one or more messages given); call again with what follows.
 *             Must have moved `cur.pos`, or the engine takes it for 'malformed'.
 * need-more   not enough; the engine rewinds to where this call began, keeps the bytes and calls again with more
 * malformed   this side cannot go on; the parser is never called again. Say why through `session.anomaly` first
 * upgrade     bytes up to `cur.pos` are dealt with and what follows on this side is another protocol
 */
export type Verdict = 'message' | 'need-more' | 'malformed' | 'upgrade'

/** One direction of a conversation: bytes in, messages out. Pure and resumable; knows no time and no pairing. */
export interface Parser<M> {
  /**
   * Read from `cur.pos`. The bytes are borrowed until the call returns: copy what is kept.
   * On 'need-more' nothing may have changed in the parser but what makes a second call cheaper.
   * Over UDP and ICMP the cursor holds one whole datagram and `cur.last` is true.
   */
  next(cur: Cursor, into: (message: M) => void): Verdict
  /**
   * `bytes` of this side were never captured. 'resync' = show me what follows; 'stop' = I cannot go on. Absent = stop.
   * `held` are bytes before them that 'need-more' left unread: this is their last call, as in `close`. `held.cut` is
   * `bytes` when the capture's snaplen cut them off, 0 when they were lost.
   */
  gap?(bytes: number, into: (message: M) => void, held: Cursor): 'resync' | 'stop'
  /** This side's stream is over. `held` are bytes that 'need-more' left unread; give what can still be made of them. */
  close?(held: Cursor, why: EndReason, into: (message: M) => void): void
}

/** Both directions of a conversation: messages in, transactions out through `session.emit`. */
export interface Correlator<M> {
  /** Messages come in the order in which their last bytes were captured; `at` is this call's own, it may be kept. */
  see(side: Side, message: M, at: Trace): void
  /** Bytes of `side` were lost at this point; whatever is open there can no longer be complete. */
  gap?(side: Side, bytes: number): void
  /** The conversation is over: emit what still waits, with its state. Called once, last. */
  end(why: EndReason, at: Instant): void
}

export interface Conversation<M> {
  readonly client: Parser<M>
  readonly server: Parser<M>
  readonly correlator: Correlator<M>
}

/** What the engine gives a protocol for one conversation. */
export interface Session<R, O, S = unknown> {
  readonly flow: FlowView
  readonly options: O
  /** What the conversations of one run share, made by `Protocol.shared`; undefined for a protocol without it. */
  readonly shared: S
  /** Show secrets: `--show-secrets`. Use `secret()` rather than asking this. */
  readonly showSecrets: boolean
  /** `text` itself under --show-secrets, else the mask. Everything secret passes here before it enters a row. */
  secret(text: string): string
  /**
   * Hand on a transaction. When `ready` is given, the row is written once it resolves: it may fill in `tx.row` meanwhile
   * (MIME parsers are async). Order is kept. It must not reject.
   */
  emit(tx: Transaction<R>, ready?: Promise<void>): void
  /**
   * Ask for room before keeping `bytes` across calls (a body, a message); false = the run's budget is used up, keep nothing.
   * Give back with a negative number. What is not given back returns when the conversation ends.
   */
  hold?(bytes: number): boolean
  /**
   * Of the bytes that this call deals with, so many cannot be read without keys: they count as opaque instead of decoded.
   * Only for bytes that the call's verdict leaves behind.
   */
  opaque?(bytes: number): void
  /**
   * Takes the bytes of bodies and files, which a row does not keep. Absent unless somebody asked for them (`audit files`). What it
   * answers belongs into `carried` of the transaction.
   */
  readonly carry?: Carry | undefined
  /** Record an oddity, one of the codes the protocol declares; `detail` ends up in the row's message. */
  anomaly(code: string, at?: Trace, detail?: string): void
  /** After 'upgrade': what the rest of the connection is ('tls', 'websocket', 'h2c'), or 'detect' to look at the bytes. */
  upgradeTo(name: string): void
}

/** How sure a probe is. 'maybe' asks to be shown more; a hinted port settles it when no more comes. */
export type Likeness = 'no' | 'maybe' | 'yes'

/** The first bytes of a conversation, both directions; either may still be empty. Probes move the cursors freely. */
export interface Look {
  readonly client: Cursor
  readonly server: Cursor
  readonly transport: Transport
  /** One of the ports is a configured or well-known port of this protocol. */
  readonly hinted: boolean
  readonly flow: { readonly clientPort: number; readonly serverPort: number; readonly serverIp: string }
}

export interface Protocol<F extends FieldSet, M, O extends OptionSet, S = unknown> {
  /** The one name used everywhere: folder, table, document type, `--protocol`, docs page. */
  readonly name: string
  /** One sentence: what a row of its table is. */
  readonly doc: string
  /** Where the wire format is specified. */
  readonly spec: readonly string[]
  readonly transports: readonly Transport[]
  /** Well-known ports: a hint, never a condition. */
  readonly ports: readonly number[]
  readonly fields: F
  /** Columns that views compute from others instead of storing them: worth it for texts that most rows would hold twice. */
  readonly derived?: Readonly<Record<string, Derived>>
  readonly options: O
  /** Oddities it reports: `<name>.<what>` -> one sentence. */
  readonly anomalies: Readonly<Record<string, string>>
  /** ECS event.type where it is not ["connection", "protocol"]. */
  readonly eventType?: readonly string[]
  /** Most bytes one side may hold for an unfinished message; the engine's own cap when absent. */
  readonly maxHeld?: number
  /**
   * Made once a run, for exchanges that no single flow holds (a DHCP client has no address before the last packet; a cancel
   * request comes on a connection of its own). Filled in packet order, so the same input gives the same rows. Cap what it keeps.
   */
  shared?(): S
  /** By content: looks only at the bytes it is shown, on any port. */
  probe(look: Look): Likeness
  open(session: Session<RowOf<F>, OptionsOf<O>, S>): Conversation<M>
}
/** Keeps each module's own types while checking its shape. */
export const defineProtocol = <const F extends FieldSet, M, const O extends OptionSet, S = unknown>(
  p: Protocol<F, M, O, S>,
): Protocol<F, M, O, S> => p
// biome-ignore lint/suspicious/noExplicitAny: the registry holds protocols of every row and message type.
export type AnyProtocol = Protocol<any, any, any, any>
