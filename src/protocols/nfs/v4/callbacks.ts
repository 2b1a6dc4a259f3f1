/** Callback operations: what a server asks its client to do (RFC 7530 §15, RFC 8881 §20, RFC 7862 §16). */
import type { Xdr } from '../../shared/oncrpc/xdr.js'
import { wordOf } from '../names.js'
import type { Reader, Values } from './arguments.js'
import { attributeNames, readAttributes } from './attributes.js'
import { handle, MAX_BLOB, MAX_OPAQUE, owner, sessionid, some, stateid, writeResponse } from './common.js'
import { CB_FIRST } from './op-names.js'

function pushedDelegation(x: Xdr): void {
  const type = x.u32()
  if (type !== 1 && type !== 2) return
  x.skip(20)
  if (type === 2) x.skip(12)
  x.skip(12)
  x.skipOpaque(MAX_OPAQUE)
}

function recallAny(x: Xdr, v: Values): void {
  v.keep = x.u32()
  x.bitmap()
}

function changes(x: Xdr, v: Values): void {
  v.total = some(x, 8, () => {
    x.bitmap()
    x.skipOpaque(MAX_BLOB)
  }).total
}

/** In order of their numbers, from CB_FIRST. */
const readers: readonly Reader[] = [
  // CB_GETATTR
  (x, v) => {
    v.handle = handle(x)
    v.attributes = attributeNames(x.bitmap())
  },
  // CB_RECALL
  (x, v) => {
    v.stateid = stateid(x)
    v.truncate = x.bool()
    v.handle = handle(x)
  },
  // CB_LAYOUTRECALL
  (x, v) => {
    v.layout_type = x.u32()
    x.u32()
    x.bool()
    const what = x.u32()
    v.recalls = wordOf(['', 'FILE', 'FSID', 'ALL'], what)
    if (what === 1) {
      v.handle = handle(x)
      v.offset = x.u64()
      v.count = x.u64()
      v.stateid = stateid(x)
    } else if (what === 2) x.skip(16)
  },
  // CB_NOTIFY
  (x, v) => {
    v.stateid = stateid(x)
    v.handle = handle(x)
    changes(x, v)
  },
  // CB_PUSH_DELEG
  (x, v) => {
    v.handle = handle(x)
    pushedDelegation(x)
  },
  recallAny,
  recallAny,
  // CB_RECALL_SLOT
  (x, v) => {
    v.keep = x.u32()
  },
  // CB_SEQUENCE
  (x, v) => {
    v.session_id = sessionid(x)
    v.sequence = x.u32()
    v.slot = x.u32()
    x.u32()
    x.bool()
    some(x, 20, () => {
      x.skip(16)
      return some(x, 8, () => x.skip(8))
    })
  },
  // CB_WANTS_CANCELLED
  (x) => x.skip(8),
  // CB_NOTIFY_LOCK
  (x, v) => {
    v.handle = handle(x)
    owner(x, v)
  },
  // CB_NOTIFY_DEVICEID
  changes,
  // CB_OFFLOAD
  (x, v) => {
    v.handle = handle(x)
    v.stateid = stateid(x)
    if (x.u32() === 0) writeResponse(x, v)
    else v.moved = x.u64()
  },
]
const CB_GETATTR = 3
const CB_SEQUENCE = 11

export const callbackReader = (number: number): Reader | undefined => readers[number - CB_FIRST]

export function readCallbackResult(x: Xdr, number: number, status: number, v: Values): void {
  if (status !== 0) return
  if (number === CB_GETATTR) v.attributes = readAttributes(x)
  else if (number === CB_SEQUENCE) {
    v.session_id = sessionid(x)
    v.sequence = x.u32()
    v.slot = x.u32()
    x.skip(8)
  }
}
