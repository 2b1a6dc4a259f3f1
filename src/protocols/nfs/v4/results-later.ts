/** Results of the operations that came with NFSv4.1, 4.2 and extended attributes; and what older ones share with them. */
import { flavorText } from '../../shared/oncrpc/header.js'
import type { Xdr } from '../../shared/oncrpc/xdr.js'
import type { Entry } from '../bodies.js'
import { stableName, wordOf } from '../names.js'
import type { Values } from './arguments.js'
import {
  changeInfo,
  channel,
  clientid,
  implementation,
  MAX_BLOB,
  MAX_OPAQUE,
  name,
  netLocation,
  opaques,
  sessionid,
  some,
  stateid,
  verifier,
  writeResponse,
} from './common.js'
import { Ops } from './op-names.js'

export type ResultReader = (x: Xdr, v: Values, learned: Entry[]) => void

export const change: ResultReader = (x) => changeInfo(x)

/** secinfo4<>: flavors, with the parameters of RPCSEC_GSS. */
export function security(x: Xdr, v: Values): void {
  const { first } = some(x, 4, () => {
    const flavor = x.u32()
    if (flavor === 6) {
      x.skipOpaque(MAX_OPAQUE)
      x.u32()
      x.u32()
    }
    return flavorText(flavor)
  })
  v.auth_flavors = first
}

/** open_delegation4 */
export function delegation(x: Xdr, v: Values): void {
  const type = x.u32()
  v.delegation = wordOf(['none', 'read', 'write', 'none'], type)
  if (type === 1 || type === 2) {
    v.delegation_stateid = stateid(x)
    x.bool()
    // nfs_space_limit4 has eight bytes either way.
    if (type === 2) x.skip(12)
    x.skip(12)
    x.skipOpaque(MAX_OPAQUE)
  } else if (type === 3) {
    const why = x.u32()
    v.delegation_refused = wordOf(
      ['NOT_WANTED', 'CONTENTION', 'RESOURCE', 'NOT_SUPP_FTYPE', 'WRITE_DELEG_NOT_SUPP_FTYPE', 'NOT_SUPP_UPGRADE', 'NOT_SUPP_DOWNGRADE'],
      why,
    )
    if (why === 1 || why === 2) x.bool()
  } else if (type > 3) x.fail(`A delegation has the type ${type}.`)
}

function exchangeId(x: Xdr, v: Values): void {
  v.client_id = clientid(x)
  v.seqid = x.u32()
  v.flags = x.u32()
  const how = x.u32()
  if (how > 2) {
    x.fail(`EXCHANGE_ID has the state protection ${how}.`)
    return
  }
  if (how > 0) {
    x.bitmap()
    x.bitmap()
  }
  if (how === 2) {
    x.skip(16)
    opaques(x)
  }
  x.skip(8)
  v.server_owner = x.label(MAX_OPAQUE)
  v.server_scope = x.label(MAX_OPAQUE)
  v.server_implementation = implementation(x)
}

function layouts(x: Xdr, v: Values): void {
  x.bool()
  v.new_stateid = stateid(x)
  v.total = some(x, 28, () => {
    x.skip(24)
    x.skipOpaque(MAX_BLOB)
  }).total
}

function readPlus(x: Xdr, v: Values): void {
  v.eof = x.bool()
  let moved = 0
  const { total } = some(x, 16, () => {
    const what = x.u32()
    x.u64()
    if (what === 0) moved += x.bulk()
    else if (what === 1) x.u64()
    else x.fail(`READ_PLUS has the content ${what}.`)
  })
  v.segments = total
  v.moved = moved
}

export const laterResults: ReadonlyMap<number, ResultReader> = new Map<number, ResultReader>([
  [
    Ops.BIND_CONN_TO_SESSION,
    (x, v) => {
      v.session_id = sessionid(x)
      x.skip(8)
    },
  ],
  [Ops.EXCHANGE_ID, exchangeId],
  [
    Ops.CREATE_SESSION,
    (x, v) => {
      v.session_id = sessionid(x)
      v.seqid = x.u32()
      v.flags = x.u32()
      v.fore_channel = channel(x)
      v.back_channel = channel(x)
    },
  ],
  [
    Ops.GET_DIR_DELEGATION,
    (x, v) => {
      if (x.u32() !== 0) {
        x.bool()
        return
      }
      verifier(x)
      v.new_stateid = stateid(x)
      for (let i = 0; i < 3; i++) x.bitmap()
    },
  ],
  [
    Ops.GETDEVICEINFO,
    (x, v) => {
      v.layout_type = x.u32()
      x.skipOpaque(MAX_BLOB)
      x.bitmap()
    },
  ],
  [
    Ops.GETDEVICELIST,
    (x, v) => {
      x.skip(16)
      v.device_ids = some(x, 16, () => x.hex(16)).first
      v.eof = x.bool()
    },
  ],
  [
    Ops.LAYOUTCOMMIT,
    (x, v) => {
      if (x.bool()) v.size = x.u64()
    },
  ],
  [Ops.LAYOUTGET, layouts],
  [
    Ops.LAYOUTRETURN,
    (x, v) => {
      if (x.bool()) v.new_stateid = stateid(x)
    },
  ],
  [
    Ops.SEQUENCE,
    (x, v) => {
      v.session_id = sessionid(x)
      v.sequence = x.u32()
      v.slot = x.u32()
      x.skip(8)
      const flags = x.u32()
      if (flags !== 0) v.status_flags = flags
    },
  ],
  [
    Ops.SET_SSV,
    (x) => {
      x.skipOpaque(MAX_BLOB)
    },
  ],
  [
    Ops.TEST_STATEID,
    (x, v) => {
      v.statuses = some(x, 4, () => x.u32()).first
    },
  ],
  [Ops.WANT_DELEGATION, delegation],
  [
    Ops.COPY,
    (x, v) => {
      writeResponse(x, v)
      v.committed = stableName(Number(v.committed))
      x.bool()
      v.synchronous = x.bool()
    },
  ],
  [
    Ops.COPY_NOTIFY,
    (x, v) => {
      x.skip(12)
      v.new_stateid = stateid(x)
      v.source_servers = some(x, 8, () => netLocation(x)).first
    },
  ],
  [
    Ops.IO_ADVISE,
    (x) => {
      x.bitmap()
    },
  ],
  [
    Ops.OFFLOAD_STATUS,
    (x, v) => {
      v.moved = x.u64()
      for (let n = x.count(1); n > 0; n--) v.finished_status = x.u32()
    },
  ],
  [Ops.READ_PLUS, readPlus],
  [
    Ops.SEEK,
    (x, v) => {
      v.eof = x.bool()
      v.found_offset = x.u64()
    },
  ],
  [
    Ops.WRITE_SAME,
    (x, v) => {
      writeResponse(x, v)
      v.committed = stableName(Number(v.committed))
    },
  ],
  [
    Ops.GETXATTR,
    (x, v) => {
      v.moved = x.bulk()
    },
  ],
  [Ops.SETXATTR, change],
  [
    Ops.LISTXATTRS,
    (x, v) => {
      x.u64()
      const { total, first } = some(x, 4, () => name(x))
      v.entries = total
      v.entry_names = first
      v.eof = x.bool()
    },
  ],
  [Ops.REMOVEXATTR, change],
])
