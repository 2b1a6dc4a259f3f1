/** What the two parsers hand to the correlator. */

/** One member of a union for each name. */
type Each<K extends string, T = unknown> = K extends string ? { readonly kind: K } & T : never

/** Fields of an ErrorResponse or NoticeResponse, by their letter. */
export type Diagnostics = Readonly<Record<string, string>>

export interface Column {
  readonly name: string
  readonly type: number
  /** 0 text, 1 binary; of a statement that is not bound yet always 0. */
  readonly format: number
}

export interface CopyRun {
  readonly kind: 'copy-data'
  /** Messages of the run and bytes inside them. */
  readonly messages: number
  readonly bytes: number
  /** Replication: XLogData and keepalive messages among them, WAL bytes, and where the last one ended. */
  readonly wal: number
  readonly walBytes: number
  readonly keepalives: number
  readonly lsn: bigint | undefined
}

/** More bytes of the message that was given last. */
export interface Piece {
  readonly kind: 'piece'
}

export type ClientMessage =
  | {
      readonly kind: 'startup'
      readonly major: number
      readonly minor: number
      readonly parameters: readonly (readonly [name: string, value: string])[]
    }
  | { readonly kind: 'negotiate'; readonly what: 'ssl' | 'gss' }
  | { readonly kind: 'cancel'; readonly pid: number; readonly key: string }
  /** `size` is the whole text's, bytes; more than the text's own when that was cut. */
  | { readonly kind: 'query'; readonly text: string; readonly size: number; readonly cut: boolean }
  | {
      readonly kind: 'parse'
      readonly name: string
      readonly text: string
      readonly size: number
      readonly cut: boolean
      readonly types: readonly number[]
    }
  /** `values` is the body from the parameter formats on, a copy. */
  | { readonly kind: 'bind'; readonly portal: string; readonly statement: string; readonly values: Buffer; readonly cut: boolean }
  | Each<'describe' | 'close', { readonly what: 'statement' | 'portal'; readonly name: string }>
  | { readonly kind: 'execute'; readonly portal: string; readonly maxRows: number }
  | Each<'flush' | 'sync' | 'terminate' | 'copy-done'>
  | { readonly kind: 'password'; readonly body: Buffer }
  | { readonly kind: 'copy-fail'; readonly reason: string }
  | { readonly kind: 'function'; readonly oid: number; readonly values: Buffer; readonly cut: boolean }
  | CopyRun
  | Piece
  | { readonly kind: 'unknown'; readonly letter: string }

export type ServerMessage =
  | { readonly kind: 'auth'; readonly code: number; readonly body: Buffer }
  /** The one byte that answers SSLRequest or GSSENCRequest. */
  | { readonly kind: 'answer'; readonly letter: string }
  | { readonly kind: 'version'; readonly minor: number; readonly refused: readonly string[] }
  | { readonly kind: 'parameter'; readonly name: string; readonly value: string }
  | { readonly kind: 'key'; readonly pid: number; readonly key: string }
  | { readonly kind: 'ready'; readonly state: string }
  | { readonly kind: 'complete'; readonly tag: string }
  | Each<'error' | 'notice', { readonly fields: Diagnostics }>
  | { readonly kind: 'columns'; readonly columns: readonly Column[] }
  | { readonly kind: 'types'; readonly types: readonly number[] }
  | Each<'parsed' | 'bound' | 'closed' | 'no-data' | 'suspended' | 'empty' | 'copy-done'>
  /** A run of DataRow messages; `samples` are bodies of the first of a result, copied, for the response text. */
  | { readonly kind: 'rows'; readonly count: number; readonly fields: number; readonly samples: readonly Buffer[] | undefined }
  | { readonly kind: 'copy'; readonly how: 'in' | 'out' | 'both'; readonly binary: boolean; readonly columns: number }
  | CopyRun
  | { readonly kind: 'function-result'; readonly size: number }
  | { readonly kind: 'notification'; readonly pid: number; readonly channel: string; readonly payload: string }
  | Piece
  | { readonly kind: 'unknown'; readonly letter: string }

export type PgsqlMessage = ClientMessage | ServerMessage
