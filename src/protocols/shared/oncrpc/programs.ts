/** The ONC RPC programs that belong to a network file system, by their registered numbers (IANA rpc-program-numbers). */
export const Program = {
  portmap: 100000,
  nfs: 100003,
  mount: 100005,
  rquota: 100011,
  nlm: 100021,
  status: 100024,
  nfsAcl: 100227,
} as const

interface ProgramFacts {
  readonly name: string
  readonly versions: readonly [from: number, to: number]
  readonly procedures: readonly string[]
}

const PORTMAP = ['NULL', 'SET', 'UNSET', 'GETPORT', 'DUMP', 'CALLIT']
/** RFC 1833 §2.1; what version 2 calls GETPORT is GETADDR from version 3 on. */
const RPCBIND = [
  ...['NULL', 'SET', 'UNSET', 'GETADDR', 'DUMP', 'BCAST', 'GETTIME', 'UADDR2TADDR', 'TADDR2UADDR', 'GETVERSADDR'],
  ...['INDIRECT', 'GETADDRLIST', 'GETSTAT'],
]
const MOUNT = ['NULL', 'MNT', 'DUMP', 'UMNT', 'UMNTALL', 'EXPORT', 'EXPORTALL', 'PATHCONF']
const NLM = [
  ...['NULL', 'TEST', 'LOCK', 'CANCEL', 'UNLOCK', 'GRANTED', 'TEST_MSG', 'LOCK_MSG', 'CANCEL_MSG', 'UNLOCK_MSG', 'GRANTED_MSG'],
  ...['TEST_RES', 'LOCK_RES', 'CANCEL_RES', 'UNLOCK_RES', 'GRANTED_RES', 'SM_NOTIFY', '17', '18', '19'],
  ...['SHARE', 'UNSHARE', 'NM_LOCK', 'FREE_ALL'],
]
const NSM = ['NULL', 'STAT', 'MON', 'UNMON', 'UNMON_ALL', 'SIMU_CRASH', 'NOTIFY']
const RQUOTA = ['NULL', 'GETQUOTA', 'GETACTIVEQUOTA', 'SETQUOTA', 'SETACTIVEQUOTA']
const NFSV2 = [
  ...['NULL', 'GETATTR', 'SETATTR', 'ROOT', 'LOOKUP', 'READLINK', 'READ', 'WRITECACHE', 'WRITE', 'CREATE', 'REMOVE', 'RENAME'],
  ...['LINK', 'SYMLINK', 'MKDIR', 'RMDIR', 'READDIR', 'STATFS'],
]
const NFSV3 = [
  ...['NULL', 'GETATTR', 'SETATTR', 'LOOKUP', 'ACCESS', 'READLINK', 'READ', 'WRITE', 'CREATE', 'MKDIR', 'SYMLINK', 'MKNOD'],
  ...['REMOVE', 'RMDIR', 'RENAME', 'LINK', 'READDIR', 'READDIRPLUS', 'FSSTAT', 'FSINFO', 'PATHCONF', 'COMMIT'],
]
const NFSV4 = ['NULL', 'COMPOUND']
const CALLBACK = ['CB_NULL', 'CB_COMPOUND']
const ACLV2 = ['NULL', 'GETACL', 'SETACL', 'GETATTR', 'ACCESS', 'GETXATTRDIR']
const ACLV3 = ['NULL', 'GETACL', 'SETACL', 'GETXATTRDIR']

const programs: ReadonlyMap<number, ProgramFacts> = new Map([
  [Program.portmap, { name: 'portmap', versions: [2, 4], procedures: RPCBIND }],
  [Program.nfs, { name: 'nfs', versions: [2, 4], procedures: NFSV3 }],
  [Program.mount, { name: 'mount', versions: [1, 3], procedures: MOUNT }],
  [Program.rquota, { name: 'rquota', versions: [1, 2], procedures: RQUOTA }],
  [Program.nlm, { name: 'nlm', versions: [1, 4], procedures: NLM }],
  [Program.status, { name: 'status', versions: [1, 1], procedures: NSM }],
  [Program.nfsAcl, { name: 'nfs_acl', versions: [2, 3], procedures: ACLV3 }],
])

/** RFC 5531 §8.2: numbers a client makes up for the time being; NFSv4.0 callbacks live there. */
const isTransient = (program: number): boolean => program >= 0x40000000 && program <= 0x5fffffff

export function programName(program: number): string {
  return programs.get(program)?.name ?? (isTransient(program) ? 'nfs_cb' : String(program))
}

export function procedureName(program: number, version: number, procedure: number): string {
  return procedures(program, version)[procedure] ?? String(procedure)
}

function procedures(program: number, version: number): readonly string[] {
  if (program === Program.nfs) return version === 2 ? NFSV2 : version === 4 ? NFSV4 : NFSV3
  if (program === Program.portmap && version === 2) return PORTMAP
  if (program === Program.nfsAcl && version === 2) return ACLV2
  return programs.get(program)?.procedures ?? (isTransient(program) ? CALLBACK : [])
}

/** A call that one of these programs could be sent. */
export function isKnownCall(program: number, version: number, procedure: number): boolean {
  const facts = programs.get(program)
  // RFC 7530 §16 and Linux: callbacks have version 4, or 1.
  if (!facts) return isTransient(program) && (version === 4 || version === 1) && procedure <= 1
  // Clients ask for versions that there are not, with the procedure that does nothing.
  if (version < facts.versions[0] || version > facts.versions[1]) return version <= 9 && procedure === 0
  return procedure < procedures(program, version).length
}
