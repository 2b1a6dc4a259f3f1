/** Arguments of the operations of NFSv4.0, each read to its last byte, since the next one begins there. */
import type { Xdr } from '../../shared/oncrpc/xdr.js'
import { MAX_NAME } from '../bodies.js'
import { accessNames, stableName, wordOf } from '../names.js'
import { attributeNames, readAttributes } from './attributes.js'
import { clientid, handle, MAX_OPAQUE, name, owner, stateid, verifier } from './common.js'
import { Ops } from './op-names.js'

export type Values = Record<string, unknown>
export type Reader = (x: Xdr, v: Values) => void

const SHARE = ['none', 'read', 'write', 'both']
const CREATE_MODES = ['UNCHECKED', 'GUARDED', 'EXCLUSIVE', 'EXCLUSIVE4_1']
export const CLAIMS = ['NULL', 'PREVIOUS', 'DELEGATE_CUR', 'DELEGATE_PREV', 'FH', 'DELEG_CUR_FH', 'DELEG_PREV_FH']
export const LOCK_TYPES = ['', 'READ', 'WRITE', 'READW', 'WRITEW']
const TYPES = ['', 'file', 'dir', 'block', 'character', 'symlink', 'socket', 'fifo', 'attrdir', 'namedattr']
const nothing: Reader = () => {}

export const withState: Reader = (x, v) => {
  v.stateid = stateid(x)
}
export const withName: Reader = (x, v) => {
  v.name = name(x)
}
export const withClient: Reader = (x, v) => {
  v.client_id = clientid(x)
}
export const range: Reader = (x, v) => {
  v.offset = x.u64()
  v.count = x.u64()
}
export const stateRange: Reader = (x, v) => {
  withState(x, v)
  range(x, v)
}
const compare: Reader = (x, v) => {
  v.attributes = readAttributes(x)
}

function open(x: Xdr, v: Values): void {
  v.seqid = x.u32()
  // Above the two bits stand wishes for delegations (RFC 8881 §18.16).
  v.open_access = wordOf(SHARE, x.u32() & 3)
  v.open_deny = wordOf(SHARE, x.u32() & 3)
  owner(x, v)
  const type = x.u32()
  if (type === 1) {
    const mode = x.u32()
    v.create_mode = wordOf(CREATE_MODES, mode)
    if (mode >= 2) verifier(x)
    if (mode !== 2) v.set_attributes = readAttributes(x)
    if (mode > 3) x.fail(`OPEN has the create mode ${mode}.`)
  } else if (type !== 0) x.fail(`OPEN has the type ${type}.`)
  const claim = x.u32()
  v.claim = wordOf(CLAIMS, claim)
  switch (claim) {
    case 0:
    case 3:
      v.name = name(x)
      break
    case 1:
      x.u32()
      break
    case 2:
      v.stateid = stateid(x)
      v.name = name(x)
      break
    case 5:
      v.stateid = stateid(x)
      break
    case 4:
    case 6:
      break
    default:
      x.fail(`OPEN has the claim ${claim}.`)
  }
}

function create(x: Xdr, v: Values): void {
  const type = x.u32()
  v.type = wordOf(TYPES, type)
  if (type === 5) v.target_path = x.text(MAX_NAME)
  else if (type === 3 || type === 4) x.skip(8)
  v.name = name(x)
  v.set_attributes = readAttributes(x)
}

function lock(x: Xdr, v: Values): void {
  v.lock_type = wordOf(LOCK_TYPES, x.u32())
  v.reclaim = x.bool()
  range(x, v)
  if (x.bool()) {
    x.u32()
    v.stateid = stateid(x)
    x.u32()
    owner(x, v)
  } else {
    v.stateid = stateid(x)
    x.u32()
  }
}

/** NFSv4.0. */
export const baseArguments: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [
    Ops.ACCESS,
    (x, v) => {
      v.access_asked = accessNames(x.u32())
    },
  ],
  [
    Ops.CLOSE,
    (x, v) => {
      v.seqid = x.u32()
      v.stateid = stateid(x)
    },
  ],
  [
    Ops.COMMIT,
    (x, v) => {
      v.offset = x.u64()
      v.count = x.u32()
    },
  ],
  [Ops.CREATE, create],
  [Ops.DELEGPURGE, withClient],
  [Ops.DELEGRETURN, withState],
  [
    Ops.GETATTR,
    (x) => {
      x.bitmap()
    },
  ],
  [Ops.GETFH, nothing],
  [Ops.LINK, withName],
  [Ops.LOCK, lock],
  [
    Ops.LOCKT,
    (x, v) => {
      v.lock_type = wordOf(LOCK_TYPES, x.u32())
      range(x, v)
      owner(x, v)
    },
  ],
  [
    Ops.LOCKU,
    (x, v) => {
      v.lock_type = wordOf(LOCK_TYPES, x.u32())
      v.seqid = x.u32()
      stateRange(x, v)
    },
  ],
  [Ops.LOOKUP, withName],
  [Ops.LOOKUPP, nothing],
  [Ops.NVERIFY, compare],
  [Ops.OPEN, open],
  [
    Ops.OPENATTR,
    (x, v) => {
      v.create = x.bool()
    },
  ],
  [
    Ops.OPEN_CONFIRM,
    (x, v) => {
      v.stateid = stateid(x)
      v.seqid = x.u32()
    },
  ],
  [
    Ops.OPEN_DOWNGRADE,
    (x, v) => {
      v.stateid = stateid(x)
      v.seqid = x.u32()
      v.open_access = wordOf(SHARE, x.u32() & 3)
      v.open_deny = wordOf(SHARE, x.u32() & 3)
    },
  ],
  [
    Ops.PUTFH,
    (x, v) => {
      v.handle = handle(x)
    },
  ],
  [Ops.PUTPUBFH, nothing],
  [Ops.PUTROOTFH, nothing],
  [
    Ops.READ,
    (x, v) => {
      v.stateid = stateid(x)
      v.offset = x.u64()
      v.count = x.u32()
    },
  ],
  [
    Ops.READDIR,
    (x, v) => {
      v.cookie = String(x.u64())
      verifier(x)
      x.u32()
      v.count = x.u32()
      v.attributes = attributeNames(x.bitmap())
    },
  ],
  [Ops.READLINK, nothing],
  [Ops.REMOVE, withName],
  [
    Ops.RENAME,
    (x, v) => {
      v.name = name(x)
      v.new_name = name(x)
    },
  ],
  [Ops.RENEW, withClient],
  [Ops.RESTOREFH, nothing],
  [Ops.SAVEFH, nothing],
  [Ops.SECINFO, withName],
  [
    Ops.SETATTR,
    (x, v) => {
      v.stateid = stateid(x)
      v.set_attributes = readAttributes(x)
    },
  ],
  [
    Ops.SETCLIENTID,
    (x, v) => {
      verifier(x)
      v.owner = x.label(MAX_OPAQUE)
      v.callback_program = x.u32()
      const netid = x.text(MAX_OPAQUE)
      v.callback_address = `${netid} ${x.text(MAX_OPAQUE)}`
      x.u32()
    },
  ],
  [
    Ops.SETCLIENTID_CONFIRM,
    (x, v) => {
      withClient(x, v)
      verifier(x)
    },
  ],
  [Ops.VERIFY, compare],
  [
    Ops.WRITE,
    (x, v) => {
      v.stateid = stateid(x)
      v.offset = x.u64()
      v.stable = stableName(x.u32())
      v.count = x.bulk()
    },
  ],
  [Ops.RELEASE_LOCKOWNER, owner],
])
