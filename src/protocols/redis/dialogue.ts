/** What the two parsers and the correlator know of each other: the server's bytes are read by what the client asked. */
import type { ReplyFilter } from './secrets.js'

export interface Dialogue {
  /** The next reply answers EXEC: its elements are replies of their own. */
  awaitsExec: () => boolean
  /** The next thing the server sends answers SYNC: a snapshot without any announcement. */
  awaitsSync: () => boolean
  /** The next reply answers PSYNC, or nothing that was seen: a script may say FULLRESYNC as well. */
  awaitsResync: () => boolean
  /** An array here may be a command of a replication stream whose beginning was not seen. */
  mayReplicate: () => boolean
  /** The next array may be a message nobody asked for. */
  mayBeMessage: () => boolean
  /** What takes secrets out of the next reply. */
  filter: () => ReplyFilter | undefined
  /** Elements of EXEC's array still to come. */
  execLeft: number
  /** The server's stream is a replication stream now. */
  replicating: boolean
}

export const newDialogue = (): Dialogue => ({
  awaitsExec: () => false,
  awaitsSync: () => false,
  awaitsResync: () => false,
  mayReplicate: () => false,
  mayBeMessage: () => false,
  filter: () => undefined,
  execLeft: 0,
  replicating: false,
})
