/** Operations of NFSv4.0 to 4.2: RFC 7530 §16, RFC 8881 §18, RFC 7862 §15, RFC 8276 §8. */
export const Ops = {
  ACCESS: 3,
  CLOSE: 4,
  COMMIT: 5,
  CREATE: 6,
  DELEGPURGE: 7,
  DELEGRETURN: 8,
  GETATTR: 9,
  GETFH: 10,
  LINK: 11,
  LOCK: 12,
  LOCKT: 13,
  LOCKU: 14,
  LOOKUP: 15,
  LOOKUPP: 16,
  NVERIFY: 17,
  OPEN: 18,
  OPENATTR: 19,
  OPEN_CONFIRM: 20,
  OPEN_DOWNGRADE: 21,
  PUTFH: 22,
  PUTPUBFH: 23,
  PUTROOTFH: 24,
  READ: 25,
  READDIR: 26,
  READLINK: 27,
  REMOVE: 28,
  RENAME: 29,
  RENEW: 30,
  RESTOREFH: 31,
  SAVEFH: 32,
  SECINFO: 33,
  SETATTR: 34,
  SETCLIENTID: 35,
  SETCLIENTID_CONFIRM: 36,
  VERIFY: 37,
  WRITE: 38,
  RELEASE_LOCKOWNER: 39,
  BACKCHANNEL_CTL: 40,
  BIND_CONN_TO_SESSION: 41,
  EXCHANGE_ID: 42,
  CREATE_SESSION: 43,
  DESTROY_SESSION: 44,
  FREE_STATEID: 45,
  GET_DIR_DELEGATION: 46,
  GETDEVICEINFO: 47,
  GETDEVICELIST: 48,
  LAYOUTCOMMIT: 49,
  LAYOUTGET: 50,
  LAYOUTRETURN: 51,
  SECINFO_NO_NAME: 52,
  SEQUENCE: 53,
  SET_SSV: 54,
  TEST_STATEID: 55,
  WANT_DELEGATION: 56,
  DESTROY_CLIENTID: 57,
  RECLAIM_COMPLETE: 58,
  ALLOCATE: 59,
  COPY: 60,
  COPY_NOTIFY: 61,
  DEALLOCATE: 62,
  IO_ADVISE: 63,
  LAYOUTERROR: 64,
  LAYOUTSTATS: 65,
  OFFLOAD_CANCEL: 66,
  OFFLOAD_STATUS: 67,
  READ_PLUS: 68,
  SEEK: 69,
  WRITE_SAME: 70,
  CLONE: 71,
  GETXATTR: 72,
  SETXATTR: 73,
  LISTXATTRS: 74,
  REMOVEXATTR: 75,
} as const

const names: ReadonlyMap<number, string> = new Map(Object.entries(Ops).map(([name, number]) => [number, name]))

const CB_NAMES = [
  ...['CB_GETATTR', 'CB_RECALL', 'CB_LAYOUTRECALL', 'CB_NOTIFY', 'CB_PUSH_DELEG', 'CB_RECALL_ANY', 'CB_RECALLABLE_OBJ_AVAIL'],
  ...['CB_RECALL_SLOT', 'CB_SEQUENCE', 'CB_WANTS_CANCELLED', 'CB_NOTIFY_LOCK', 'CB_NOTIFY_DEVICEID', 'CB_OFFLOAD'],
]
/** Callback operations count from 3 as well (RFC 8881 §20). */
export const CB_FIRST = 3

/** What an operation is called whose number nobody has defined. */
export const ILLEGAL = 'ILLEGAL'
export const opName = (number: number, callback: boolean): string => (callback ? CB_NAMES[number - CB_FIRST] : names.get(number)) ?? ILLEGAL

/** Operations that set the stage for another one. The first that is none of these is what the COMPOUND is about. */
const SECOND_CLASS: ReadonlySet<number> = new Set([
  ...[Ops.GETATTR, Ops.GETFH, Ops.LOOKUP, Ops.LOOKUPP, Ops.NVERIFY, Ops.PUTFH, Ops.PUTPUBFH, Ops.PUTROOTFH, Ops.RENEW],
  ...[Ops.RESTOREFH, Ops.SAVEFH, Ops.SECINFO, Ops.VERIFY, Ops.SEQUENCE],
])

/** Index of the main operation: as Packetbeat chooses it, so that counts by operation agree. -1 without any. */
export function mainOp(ops: readonly { number: number; op: string }[], callback: boolean): number {
  for (let i = 0; i < ops.length; i++) {
    const { number, op } = ops[i]!
    if (op === ILLEGAL || (callback ? op !== 'CB_SEQUENCE' : !SECOND_CLASS.has(number))) return i
  }
  return ops.length - 1
}
