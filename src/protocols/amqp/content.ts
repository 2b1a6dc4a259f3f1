/** Content headers: body size and properties (AMQP 0-9-1 §4.2.6.1). */
import type { Cursor } from '../../bytes/cursor.js'
import { readTable, type Table, type TableState, timeText } from './tables.js'

export interface Properties {
  contentType?: string
  contentEncoding?: string
  headers?: Table
  deliveryMode?: string
  priority?: number
  correlationId?: string
  replyTo?: string
  expiration?: string
  messageId?: string
  timestamp?: string
  type?: string
  userId?: string
  appId?: string
}

/** Words of further flags that are stepped over; 0-9-1 defines none, so more of them is no header. */
const MAX_FLAG_WORDS = 4

/** Properties behind the flags at `cur`, as far as they can be read; `cur.short` when they could not. */
export function readProperties(cur: Cursor, state: TableState): Properties {
  const out: Properties = {}
  const flags = cur.u16()
  let more = flags
  for (let i = 0; (more & 1) === 1 && i < MAX_FLAG_WORDS; i++) more = cur.u16()
  const text = (): string => cur.utf8(cur.u8())
  if (flags & 0x8000) out.contentType = text()
  if (flags & 0x4000) out.contentEncoding = text()
  if (flags & 0x2000) out.headers = readTable(cur, state)
  if (flags & 0x1000) {
    const mode = cur.u8()
    out.deliveryMode = mode === 1 ? 'non-persistent' : mode === 2 ? 'persistent' : String(mode)
  }
  if (flags & 0x0800) out.priority = cur.u8()
  if (flags & 0x0400) out.correlationId = text()
  if (flags & 0x0200) out.replyTo = text()
  if (flags & 0x0100) out.expiration = text()
  if (flags & 0x0080) out.messageId = text()
  if (flags & 0x0040) out.timestamp = timeText(cur.u64())
  if (flags & 0x0020) out.type = text()
  if (flags & 0x0010) out.userId = text()
  if (flags & 0x0008) out.appId = text()
  return out
}
