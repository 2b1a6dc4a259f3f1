/** The packets that end things: OK, EOF and ERR, as every answer uses them. */
import type { ServerError } from './exchange.js'
import { Status } from './names.js'
import { Reader } from './wire.js'

/** Characters of a server's message; servers cut theirs at 512. */
const MAX_MESSAGE = 4096
/** Changes of the session told by one answer; a procedure may set many variables. */
const MAX_CHANGES = 64
const MAX_CHANGE = 1024

export interface Ok {
  readonly affected: number | bigint
  readonly insertId: number | bigint
  readonly status: number
  readonly warnings: number
  readonly info: string | undefined
  readonly changes: Record<string, unknown> | undefined
}

const reader = new Reader()
const inner = new Reader()
const piece = new Reader()

/** OK_Packet with header 0x00, or 0xfe where it ends a result set. */
export function readOk(buf: Buffer, from: number, to: number, track: boolean): Ok | undefined {
  const r = reader.reset(buf, from + 1, to)
  const affected = r.lenencBig()
  const insertId = r.lenencBig()
  const status = r.u16()
  const warnings = r.u16()
  if (r.bad) return undefined
  let info: string | undefined
  let changes: Record<string, unknown> | undefined
  if (r.left > 0) {
    const changed = (status & Status.SessionStateChanged) !== 0
    // With session tracking the text has a length; where the login was not seen, a length that fits is one.
    if (track || changed || buf[r.at] === r.left - 1) {
      info = r.string(MAX_MESSAGE)
      if (changed && r.left > 0 && !r.bad) changes = readChanges(r)
    } else info = r.rest(MAX_MESSAGE)
  }
  return { affected, insertId, status, warnings, info: info === '' || r.bad ? undefined : info, changes }
}

/** Session state: what SESSION_TRACK tells of variables, database, GTIDs and the transaction. */
function readChanges(outer: Reader): Record<string, unknown> | undefined {
  const length = outer.lenenc()
  const at = outer.take(length)
  if (at < 0) return undefined
  const r = inner.reset(outer.buf, at, at + length)
  const changes: Record<string, unknown> = {}
  const variables = new Map<string, string>()
  let count = 0
  while (r.left > 0 && !r.bad && count++ < MAX_CHANGES) {
    const type = r.u8()
    const size = r.lenenc()
    const start = r.take(size)
    if (start < 0) break
    const p = piece.reset(r.buf, start, start + size)
    switch (type) {
      case 0:
        // MariaDB tells several in one entry.
        while (p.left > 0 && !p.bad && variables.size < MAX_CHANGES) {
          const name = p.string(MAX_CHANGE)
          const value = p.string(MAX_CHANGE)
          if (!p.bad) variables.set(name, value)
        }
        break
      case 1:
        changes.schema = p.string(MAX_CHANGE)
        break
      case 2:
        changes.state_changed = p.string(4) === '1'
        break
      case 3:
        p.skip(1)
        changes.gtids = p.string(MAX_CHANGE)
        break
      case 4:
        changes.transaction_characteristics = p.string(MAX_CHANGE)
        break
      case 5:
        changes.transaction_state = p.string(MAX_CHANGE)
        break
    }
  }
  if (variables.size > 0) changes.variables = variables
  return Object.keys(changes).length > 0 ? changes : undefined
}

export function readError(buf: Buffer, from: number, to: number): ServerError | undefined {
  const r = reader.reset(buf, from + 1, to)
  const code = r.u16()
  if (r.bad) return undefined
  let state: string | undefined
  if (r.left >= 6 && buf[r.at] === 0x23) {
    state = buf.toString('latin1', r.at + 1, r.at + 6)
    r.skip(6)
  }
  return { code, state, message: r.rest(MAX_MESSAGE).replace(/\0+$/, '') }
}

/** EOF_Packet of servers and clients that still use it. */
export const isEof = (buf: Buffer, from: number, length: number): boolean => length === 5 && buf[from] === 0xfe
