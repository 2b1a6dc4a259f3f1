/** What is read of a call and of its reply, before the two meet. */
import type { CallHeader, ReplyHeader } from '../shared/oncrpc/header.js'
import type { Facts } from './fields.js'

/** An NFSv4 operation: its name and whatever it was given or gave back, as it will stand in `operations`. */
export interface Op {
  readonly number: number
  readonly op: string
  readonly values: Record<string, unknown>
  /** Results only. */
  status?: number
}

export interface Entry {
  readonly name: string
  readonly handle: string
}

export class Args {
  readonly row: Facts = {}
  /** File handle, hex: the object, or the directory that `name` stands in. */
  handle: string | undefined
  name: string | undefined
  /** Second directory and name of RENAME and LINK. */
  toHandle: string | undefined
  toName: string | undefined
  /** Directory to mount. */
  path: string | undefined
  ops: Op[] | undefined
  /** Operations announced. */
  opCount = 0
  /** Encrypted: nothing below the head could be read. */
  sealed = false
}

export class Result {
  readonly row: Facts = {}
  status: number | undefined
  /** Handle of what LOOKUP, CREATE and their like gave. */
  handle: string | undefined
  /** Entries with their handles, for paths. */
  learned: Entry[] | undefined
  rows: number | undefined
  ops: Op[] | undefined
  sealed = false
}

export interface CallBody {
  readonly kind: 'call'
  readonly header: CallHeader
  readonly args: Args
}

export interface ReplyBody {
  readonly kind: 'reply'
  readonly header: ReplyHeader
  /** What it answers, when that was seen. */
  readonly call: CallBody | undefined
  readonly result: Result
}

export type Body = CallBody | ReplyBody

/** Names kept of a directory listing; all entries are counted. */
export const MAX_NAMES = 16
/** Handles learned from one listing: more than fit into the replies that clients ask for. */
export const MAX_LEARNED = 1024
/** RFC 1813 §2.4, RFC 7530 §2.2: handles. */
export const MAX_HANDLE_V3 = 64
export const MAX_HANDLE_V4 = 128
/** Longest name or path believed. Servers allow 255 and 1024 or 4096. */
export const MAX_NAME = 4096
