/** Arguments of the operations that came with NFSv4.1, 4.2 and extended attributes. */
import type { Xdr } from '../../shared/oncrpc/xdr.js'
import { MAX_NAME } from '../bodies.js'
import { stableName, wordOf } from '../names.js'
import { baseArguments, CLAIMS, type Reader, range, stateRange, type Values, withClient, withName, withState } from './arguments.js'
import {
  callbackSecurity,
  channel,
  implementation,
  MAX_BLOB,
  MAX_OPAQUE,
  netLocation,
  opaques,
  sessionid,
  some,
  stateid,
  time,
  verifier,
} from './common.js'
import { Ops } from './op-names.js'

const IO_MODES = ['', 'READ', 'RW', 'ANY']

const withSession: Reader = (x, v) => {
  v.session_id = sessionid(x)
}

function exchangeId(x: Xdr, v: Values): void {
  verifier(x)
  v.owner = x.label(MAX_OPAQUE)
  v.flags = x.u32()
  stateProtection(x, v)
  v.implementation = implementation(x)
}

function stateProtection(x: Xdr, v: Values): void {
  const how = x.u32()
  v.state_protection = wordOf(['NONE', 'MACH_CRED', 'SSV'], how)
  if (how === 0) return
  if (how > 2) {
    x.fail(`EXCHANGE_ID has the state protection ${how}.`)
    return
  }
  x.bitmap()
  x.bitmap()
  if (how === 1) return
  opaques(x)
  opaques(x)
  x.skip(8)
}

function layoutReturn(x: Xdr, v: Values): void {
  v.reclaim = x.bool()
  v.layout_type = x.u32()
  v.io_mode = wordOf(IO_MODES, x.u32())
  const what = x.u32()
  v.returns = wordOf(['', 'FILE', 'FSID', 'ALL'], what)
  if (what !== 1) return
  range(x, v)
  v.stateid = stateid(x)
  x.skipOpaque(MAX_BLOB)
}

const laterArguments: ReadonlyMap<number, Reader> = new Map<number, Reader>([
  [
    Ops.BACKCHANNEL_CTL,
    (x, v) => {
      v.callback_program = x.u32()
      callbackSecurity(x)
    },
  ],
  [
    Ops.BIND_CONN_TO_SESSION,
    (x, v) => {
      withSession(x, v)
      v.direction = wordOf(['', 'FORE', 'BACK', 'FORE_OR_BOTH', '', '', '', 'BACK_OR_BOTH'], x.u32())
      x.bool()
    },
  ],
  [Ops.EXCHANGE_ID, exchangeId],
  [
    Ops.CREATE_SESSION,
    (x, v) => {
      withClient(x, v)
      v.seqid = x.u32()
      v.flags = x.u32()
      v.fore_channel = channel(x)
      v.back_channel = channel(x)
      v.callback_program = x.u32()
      callbackSecurity(x)
    },
  ],
  [Ops.DESTROY_SESSION, withSession],
  [Ops.FREE_STATEID, withState],
  [
    Ops.GET_DIR_DELEGATION,
    (x) => {
      x.bool()
      x.bitmap()
      x.skip(24)
      x.bitmap()
      x.bitmap()
    },
  ],
  [
    Ops.GETDEVICEINFO,
    (x, v) => {
      v.device_id = x.hex(16)
      v.layout_type = x.u32()
      v.count = x.u32()
      x.bitmap()
    },
  ],
  [
    Ops.GETDEVICELIST,
    (x, v) => {
      v.layout_type = x.u32()
      v.count = x.u32()
      x.skip(16)
    },
  ],
  [
    Ops.LAYOUTCOMMIT,
    (x, v) => {
      range(x, v)
      v.reclaim = x.bool()
      v.stateid = stateid(x)
      if (x.bool()) v.last_write_offset = x.u64()
      if (x.bool()) v.mtime = time(x)
      v.layout_type = x.u32()
      x.skipOpaque(MAX_BLOB)
    },
  ],
  [
    Ops.LAYOUTGET,
    (x, v) => {
      x.bool()
      v.layout_type = x.u32()
      v.io_mode = wordOf(IO_MODES, x.u32())
      range(x, v)
      x.u64()
      v.stateid = stateid(x)
      x.u32()
    },
  ],
  [Ops.LAYOUTRETURN, layoutReturn],
  [
    Ops.SECINFO_NO_NAME,
    (x, v) => {
      v.style = wordOf(['CURRENT_FH', 'PARENT'], x.u32())
    },
  ],
  [
    Ops.SEQUENCE,
    (x, v) => {
      withSession(x, v)
      v.sequence = x.u32()
      v.slot = x.u32()
      x.u32()
      v.cache_this = x.bool()
    },
  ],
  [
    // The secret and its digest are not kept.
    Ops.SET_SSV,
    (x) => {
      x.skipOpaque(MAX_BLOB)
      x.skipOpaque(MAX_BLOB)
    },
  ],
  [
    Ops.TEST_STATEID,
    (x, v) => {
      const { total, first } = some(x, 16, () => stateid(x))
      v.stateids = first
      v.total = total
    },
  ],
  [
    Ops.WANT_DELEGATION,
    (x, v) => {
      v.want = x.u32()
      const claim = x.u32()
      v.claim = wordOf(CLAIMS, claim)
      if (claim === 1) x.u32()
    },
  ],
  [Ops.DESTROY_CLIENTID, withClient],
  [
    Ops.RECLAIM_COMPLETE,
    (x, v) => {
      v.one_fs = x.bool()
    },
  ],
  [Ops.ALLOCATE, stateRange],
  [
    Ops.COPY,
    (x, v) => {
      v.source_stateid = stateid(x)
      v.stateid = stateid(x)
      v.source_offset = x.u64()
      range(x, v)
      x.bool()
      v.synchronous = x.bool()
      const { first } = some(x, 8, () => netLocation(x))
      if (first.length > 0) v.source_servers = first
    },
  ],
  [
    Ops.COPY_NOTIFY,
    (x, v) => {
      v.stateid = stateid(x)
      v.destination = netLocation(x)
    },
  ],
  [Ops.DEALLOCATE, stateRange],
  [
    Ops.IO_ADVISE,
    (x, v) => {
      stateRange(x, v)
      x.bitmap()
    },
  ],
  [
    Ops.LAYOUTERROR,
    (x, v) => {
      range(x, v)
      v.stateid = stateid(x)
      v.total = some(x, 24, () => x.skip(24)).total
    },
  ],
  [
    Ops.LAYOUTSTATS,
    (x, v) => {
      range(x, v)
      v.stateid = stateid(x)
      v.reads = x.u64()
      v.read_bytes = x.u64()
      v.writes = x.u64()
      v.written_bytes = x.u64()
      v.device_id = x.hex(16)
      v.layout_type = x.u32()
      x.skipOpaque(MAX_BLOB)
    },
  ],
  [Ops.OFFLOAD_CANCEL, withState],
  [Ops.OFFLOAD_STATUS, withState],
  [
    Ops.READ_PLUS,
    (x, v) => {
      v.stateid = stateid(x)
      v.offset = x.u64()
      v.count = x.u32()
    },
  ],
  [
    Ops.SEEK,
    (x, v) => {
      v.stateid = stateid(x)
      v.offset = x.u64()
      v.what = wordOf(['DATA', 'HOLE'], x.u32())
    },
  ],
  [
    Ops.WRITE_SAME,
    (x, v) => {
      v.stateid = stateid(x)
      v.stable = stableName(x.u32())
      v.offset = x.u64()
      v.block_size = x.u64()
      v.count = x.u64()
      x.skip(20)
      x.bulk()
    },
  ],
  [
    Ops.CLONE,
    (x, v) => {
      v.source_stateid = stateid(x)
      v.stateid = stateid(x)
      v.source_offset = x.u64()
      range(x, v)
    },
  ],
  [Ops.GETXATTR, withName],
  [
    // RFC 8276 §8.4.2. The value is content, like that of a file.
    Ops.SETXATTR,
    (x, v) => {
      v.option = wordOf(['EITHER', 'CREATE', 'REPLACE'], x.u32())
      v.name = x.text(MAX_NAME)
      v.count = x.bulk()
    },
  ],
  [
    Ops.LISTXATTRS,
    (x, v) => {
      v.cookie = String(x.u64())
      v.count = x.u32()
    },
  ],
  [Ops.REMOVEXATTR, withName],
])

export const argumentReader = (op: number): Reader | undefined => baseArguments.get(op) ?? laterArguments.get(op)
