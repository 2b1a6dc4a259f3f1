/** Status names as Packetbeat writes them: RFC 1813 §2.6 and RFC 8881 §15.1 with one prefix for all versions. */
const COMMON: readonly (readonly [number, string])[] = [
  [1, 'PERM'],
  [2, 'NOENT'],
  [5, 'IO'],
  [6, 'NXIO'],
  [13, 'ACCES'],
  [17, 'EXIST'],
  [18, 'XDEV'],
  [19, 'NODEV'],
  [20, 'NOTDIR'],
  [21, 'ISDIR'],
  [22, 'INVAL'],
  [27, 'FBIG'],
  [28, 'NOSPC'],
  [30, 'ROFS'],
  [31, 'MLINK'],
  [63, 'NAMETOOLONG'],
  [66, 'NOTEMPTY'],
  [69, 'DQUOT'],
  [70, 'STALE'],
  [71, 'REMOTE'],
  [99, 'WFLUSH'],
  [10001, 'BADHANDLE'],
  [10002, 'NOT_SYNC'],
  [10003, 'BAD_COOKIE'],
  [10004, 'NOTSUPP'],
  [10005, 'TOOSMALL'],
  [10006, 'SERVERFAULT'],
  [10007, 'BADTYPE'],
]
/** From 10008 on, without holes to 10097 (RFC 7530, RFC 8881, RFC 7862, RFC 8276). */
const V4 = [
  ...['DELAY', 'SAME', 'DENIED', 'EXPIRED', 'LOCKED', 'GRACE', 'FHEXPIRED', 'SHARE_DENIED', 'WRONGSEC', 'CLID_INUSE'],
  ...['RESOURCE', 'MOVED', 'NOFILEHANDLE', 'MINOR_VERS_MISMATCH', 'STALE_CLIENTID', 'STALE_STATEID', 'OLD_STATEID', 'BAD_STATEID'],
  ...['BAD_SEQID', 'NOT_SAME', 'LOCK_RANGE', 'SYMLINK', 'RESTOREFH', 'LEASE_MOVED', 'ATTRNOTSUPP', 'NO_GRACE', 'RECLAIM_BAD'],
  ...['RECLAIM_CONFLICT', 'BADXDR', 'LOCKS_HELD', 'OPENMODE', 'BADOWNER', 'BADCHAR', 'BADNAME', 'BAD_RANGE', 'LOCK_NOTSUPP'],
  ...['OP_ILLEGAL', 'DEADLOCK', 'FILE_OPEN', 'ADMIN_REVOKED', 'CB_PATH_DOWN', 'BADIOMODE', 'BADLAYOUT', 'BAD_SESSION_DIGEST'],
  ...['BADSESSION', 'BADSLOT', 'COMPLETE_ALREADY', 'CONN_NOT_BOUND_TO_SESSION', 'DELEG_ALREADY_WANTED', 'BACK_CHAN_BUSY'],
  ...['LAYOUTTRYLATER', 'LAYOUTUNAVAILABLE', 'NOMATCHING_LAYOUT', 'RECALLCONFLICT', 'UNKNOWN_LAYOUTTYPE', 'SEQ_MISORDERED'],
  ...['SEQUENCE_POS', 'REQ_TOO_BIG', 'REP_TOO_BIG', 'REP_TOO_BIG_TO_CACHE', 'RETRY_UNCACHED_REP', 'UNSAFE_COMPOUND'],
  ...['TOO_MANY_OPS', 'OP_NOT_IN_SESSION', 'HASH_ALG_UNSUPP', '10073', 'CLIENTID_BUSY', 'PNFS_IO_HOLE', 'SEQ_FALSE_RETRY'],
  ...['BAD_HIGH_SLOT', 'DEADSESSION', 'ENCR_ALG_UNSUPP', 'PNFS_NO_LAYOUT', 'NOT_ONLY_OP', 'WRONG_CRED', 'WRONG_TYPE'],
  ...['DIRDELEG_UNAVAIL', 'REJECT_DELEG', 'RETURNCONFLICT', 'DELEG_REVOKED', 'PARTNER_NOTSUPP', 'PARTNER_NO_AUTH'],
  ...['UNION_NOTSUPP', 'OFFLOAD_DENIED', 'WRONG_LFS', 'BADLABEL', 'OFFLOAD_NO_REQS', 'NOXATTR', 'XATTR2BIG'],
]
const names: ReadonlyMap<number, string> = new Map([
  [0, 'NFS_OK'],
  ...COMMON.map(([code, name]) => [code, `NFSERR_${name}`] as const),
  ...V4.map((name, i) => [10008 + i, `NFSERR_${name}`] as const),
])

const JUKEBOX = 10008

export function statusName(status: number, version: number): string {
  if (status === JUKEBOX && version === 3) return 'NFSERR_JUKEBOX'
  return names.get(status) ?? `NFSERR_${status}`
}

/** RFC 1813 §5.1.5; before version 3 the numbers are those of UNIX. */
export function mountStatusName(status: number, version: number): string {
  const prefix = version === 3 ? 'MNT3' : 'MNT'
  return status === 0 ? `${prefix}_OK` : `${prefix}ERR_${(names.get(status) ?? `NFSERR_${status}`).slice('NFSERR_'.length)}`
}

const FILE_TYPES = ['', 'file', 'dir', 'block', 'character', 'symlink', 'socket', 'fifo', 'attrdir', 'namedattr']
/** ECS file.type where it has the word. */
export const fileType = (type: number): string => FILE_TYPES[type] ?? String(type)

const STABLE = ['UNSTABLE', 'DATA_SYNC', 'FILE_SYNC']
export const stableName = (how: number): string => STABLE[how] ?? String(how)

const ACCESS = ['READ', 'LOOKUP', 'MODIFY', 'EXTEND', 'DELETE', 'EXECUTE', 'XAREAD', 'XAWRITE', 'XALIST']
export const accessNames = (mask: number): string[] => ACCESS.filter((_, bit) => (mask & (1 << bit)) !== 0)

/** Permission bits as `ls` users write them: 0644. */
export const modeText = (mode: number): string => `0${(mode & 0o7777).toString(8).padStart(3, '0')}`

export const wordOf = (words: readonly string[], n: number): string => words[n] ?? String(n)

let second = Number.NaN
let upToSecond = ''

/** ISO 8601, UTC. Neighbouring files share their second, so its text is kept. */
export function timeText(sec: number | bigint, nsec: number): string | undefined {
  const signed = typeof sec === 'bigint' ? Number(BigInt.asIntN(64, sec)) : sec
  // Seconds past what a date holds come from hostile senders only.
  if (Math.abs(signed) > 8.64e12 || nsec > 999_999_999) return undefined
  if (signed !== second) {
    second = signed
    upToSecond = new Date(signed * 1000).toISOString().slice(0, -5)
  }
  return `${upToSecond}.${String(nsec).padStart(9, '0')}Z`
}
