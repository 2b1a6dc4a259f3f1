/** Results of the NFSv4 operations behind their status, each read to its last byte. */

import type { Xdr } from '../../shared/oncrpc/xdr.js'
import { type Entry, MAX_LEARNED, MAX_NAME, MAX_NAMES } from '../bodies.js'
import { accessNames, stableName, wordOf } from '../names.js'
import { LOCK_TYPES, type Values } from './arguments.js'
import { attributeNames, readAttributes } from './attributes.js'
import { changeInfo, clientid, handle, MAX_OPAQUE, name, owner, stateid, verifier } from './common.js'
import { Ops } from './op-names.js'
import { change, delegation, laterResults, type ResultReader, security } from './results-later.js'

const DENIED = 10010
const CLID_INUSE = 10017
const TOOSMALL = 10005
const LAYOUTTRYLATER = 10058
const OFFLOAD_NO_REQS = 10094

const newState: ResultReader = (x, v) => {
  v.new_stateid = stateid(x)
}

function access(x: Xdr, v: Values): void {
  x.u32()
  v.access_granted = accessNames(x.u32())
}

function openResult(x: Xdr, v: Values): void {
  v.new_stateid = stateid(x)
  changeInfo(x)
  v.flags = x.u32()
  x.bitmap()
  delegation(x, v)
}

function denied(x: Xdr, v: Values): void {
  const holder: Values = { offset: x.u64(), count: x.u64(), lock_type: wordOf(LOCK_TYPES, x.u32()) }
  owner(x, holder)
  v.held_by = holder
}

function readdir(x: Xdr, v: Values, learned: Entry[]): void {
  verifier(x)
  const names: string[] = []
  let entries = 0
  v.entries = 0
  v.entry_names = names
  while (x.bool() && !x.short) {
    x.skip(8)
    const entry = name(x)
    const { handle: fh } = readAttributes(x)
    if (x.short) break
    v.entries = ++entries
    if (names.length < MAX_NAMES) names.push(entry)
    if (fh !== undefined && learned.length < MAX_LEARNED) learned.push({ name: entry, handle: fh })
  }
  v.eof = x.bool()
}

const succeeded: ReadonlyMap<number, ResultReader> = new Map<number, ResultReader>([
  [Ops.ACCESS, access],
  [Ops.CLOSE, newState],
  [Ops.COMMIT, (x) => verifier(x)],
  [
    Ops.CREATE,
    (x) => {
      changeInfo(x)
      x.bitmap()
    },
  ],
  [
    Ops.GETATTR,
    (x, v) => {
      v.attributes = readAttributes(x)
    },
  ],
  [
    Ops.GETFH,
    (x, v) => {
      v.handle = handle(x)
    },
  ],
  [Ops.LINK, change],
  [Ops.LOCK, newState],
  [Ops.LOCKU, newState],
  [Ops.OPEN, openResult],
  [Ops.OPEN_CONFIRM, newState],
  [Ops.OPEN_DOWNGRADE, newState],
  [
    Ops.READ,
    (x, v) => {
      v.eof = x.bool()
      v.moved = x.bulk()
    },
  ],
  [Ops.READDIR, readdir],
  [
    Ops.READLINK,
    (x, v) => {
      v.target_path = x.text(MAX_NAME)
    },
  ],
  [Ops.REMOVE, change],
  [
    Ops.RENAME,
    (x) => {
      changeInfo(x)
      changeInfo(x)
    },
  ],
  [Ops.SECINFO, security],
  [Ops.SECINFO_NO_NAME, security],
  [
    Ops.SETCLIENTID,
    (x, v) => {
      v.client_id = clientid(x)
      verifier(x)
    },
  ],
  [
    Ops.WRITE,
    (x, v) => {
      v.moved = x.u32()
      v.committed = stableName(x.u32())
      verifier(x)
    },
  ],
])

/** What stands behind a status other than NFS4_OK: nothing, but for these. */
export function readOpResult(x: Xdr, number: number, status: number, v: Values, learned: Entry[]): void {
  if (number === Ops.SETATTR) {
    const set = attributeNames(x.bitmap())
    if (set.length > 0) v.attributes_set = set
  } else if (status === 0) (succeeded.get(number) ?? laterResults.get(number))?.(x, v, learned)
  else if (status === DENIED && (number === Ops.LOCK || number === Ops.LOCKT)) denied(x, v)
  else if (status === CLID_INUSE && number === Ops.SETCLIENTID) {
    const netid = x.text(MAX_OPAQUE)
    v.used_by = `${netid} ${x.text(MAX_OPAQUE)}`
  } else if (status === TOOSMALL && number === Ops.GETDEVICEINFO) v.needed = x.u32()
  else if (status === LAYOUTTRYLATER && number === Ops.LAYOUTGET) x.bool()
  else if (status === OFFLOAD_NO_REQS && number === Ops.COPY) x.skip(8)
}
