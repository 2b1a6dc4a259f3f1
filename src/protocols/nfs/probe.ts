/** Is this ONC RPC of a file system? The head of a call has a version, a program and a procedure that must all exist. */
import type { Cursor } from '../../bytes/cursor.js'
import { u32 } from '../../bytes/read.js'
import type { Likeness, Look } from '../protocol.js'
import { judge } from '../shared/oncrpc/header.js'
import { isKnownCall } from '../shared/oncrpc/programs.js'
import { MAX_FRAGMENT } from '../shared/oncrpc/record-stream.js'

/**
 * A call is sure wherever it stands. A reply alone is mostly zeros: it counts on a known port, or beside a call. The server's
 * first bytes may be the middle of a long reply.
 */
export function probe({ client, server, transport, hinted }: Look): Likeness {
  const stream = transport === 'tcp'
  const asked = grade(client, stream, hinted)
  const answered = grade(server, stream, hinted)
  if (asked === 'call') return 'yes'
  // In NFSv4.1 a server calls as well; the client's side then shows its reply.
  if (answered === 'call' && asked !== 'reply') return 'no'
  if (asked === 'none') {
    if (answered === 'reply') return hinted ? 'yes' : stream ? 'maybe' : 'no'
    return answered === 'begun' ? 'maybe' : 'no'
  }
  if (asked === 'begun') return answered === 'no' && !hinted ? 'no' : 'maybe'
  return 'no'
}

/** none: nothing said yet. begun: too little to tell. */
function grade(cur: Cursor, stream: boolean, hinted: boolean): 'none' | 'begun' | 'call' | 'reply' | 'no' {
  const { buf, pos, end } = cur
  if (pos === end) return 'none'
  if (!stream) {
    const kind = hinted ? lenient(buf, pos, end) : judge(buf, pos, end)
    return kind === 'short' ? (cur.cut > 0 && end - pos >= 24 ? 'begun' : 'no') : kind
  }
  if (end - pos < 4) return buf[pos]! === 0x80 || buf[pos]! === 0 ? 'begun' : 'no'
  const mark = u32(buf, pos)
  const length = mark & 0x7fffffff
  if (length > MAX_FRAGMENT || length < 4) return 'no'
  const stop = Math.min(end, pos + 4 + length)
  const kind = hinted ? lenient(buf, pos + 4, stop) : judge(buf, pos + 4, stop)
  if (kind !== 'short') return kind
  // A first fragment that ends inside the head is the exception that costs nothing to wait for.
  return pos + 4 + length <= end && mark >>> 31 === 1 ? 'no' : 'begun'
}

/** On a known port a call may name an RPC version that does not exist: somebody is trying. */
function lenient(buf: Uint8Array, at: number, end: number): ReturnType<typeof judge> {
  const kind = judge(buf, at, end)
  if (kind !== 'no') return kind
  const near = judge(buf, at, end, true)
  if (near !== 'call') return near === 'short' ? near : 'no'
  return isKnownCall(u32(buf, at + 12), u32(buf, at + 16), u32(buf, at + 20)) ? 'call' : 'no'
}
