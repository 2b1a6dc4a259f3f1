/** What the parsers hand to the correlator. Buffers inside are borrowed until the call returns. */
import type { Doc, Docs } from './doc.js'

/** A piece of a message that is too long to be held: only its packets count. */
export const PART = { part: true } as const

export interface Message {
  readonly part?: false
  /** Of the message itself, behind compression. */
  op: number
  readonly requestId: number
  readonly responseTo: number
  /** Bytes on the wire, header included, as the header says. */
  readonly length: number
  /** flagBits of OP_MSG, flags of OP_QUERY, OP_INSERT, OP_UPDATE and OP_DELETE, responseFlags of OP_REPLY. */
  flags: number
  /** Name of the compressor when it came as OP_COMPRESSED. */
  compressor?: string | undefined
  /** The command or its reply; the query, the selector, the first document of an OP_REPLY. */
  body?: Doc | undefined
  /** Document sequences of OP_MSG; documents of OP_INSERT, OP_REPLY, OP_COMMAND and OP_COMMANDREPLY. */
  sequences: Docs[]
  /** "database.collection" of the legacy opcodes; the database of OP_COMMAND. */
  namespace?: string | undefined
  /** Verb of an OP_COMMAND. */
  command?: string | undefined
  /** OP_UPDATE: what is changed. */
  update?: Doc | undefined
  /** OP_QUERY: which fields are returned. */
  projection?: Doc | undefined
  skip?: number | undefined
  /** OP_QUERY, OP_GET_MORE: how many are wanted. */
  wanted?: number | undefined
  /** OP_REPLY. */
  startingFrom?: number | undefined
  returned?: number | undefined
  /** OP_REPLY, OP_GET_MORE. */
  cursorId?: bigint | undefined
  /** OP_KILL_CURSORS. */
  cursorIds?: bigint[] | undefined
  /** Why not all of it could be read: a sentence. */
  undecoded?: string | undefined
  /** It was too long to be held: long texts in it lack their ends. */
  shortened?: boolean
  /** Bytes of it were not captured. */
  lost?: boolean
  /** The stream ended in the middle of it. */
  truncated?: boolean
}
export type MongoMessage = Message | typeof PART
