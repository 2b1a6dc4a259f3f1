/** Numbers and their names: opcodes, compressors, flags, error codes; which commands do what. */

export const Op = {
  reply: 1,
  msgOld: 1000,
  update: 2001,
  insert: 2002,
  reserved: 2003,
  query: 2004,
  getMore: 2005,
  delete: 2006,
  killCursors: 2007,
  command: 2010,
  commandReply: 2011,
  compressed: 2012,
  msg: 2013,
} as const

export const opNames: ReadonlyMap<number, string> = new Map<number, string>([
  [Op.reply, 'OP_REPLY'],
  [Op.msgOld, 'OP_MSG_OLD'],
  [Op.update, 'OP_UPDATE'],
  [Op.insert, 'OP_INSERT'],
  [Op.query, 'OP_QUERY'],
  [Op.getMore, 'OP_GET_MORE'],
  [Op.delete, 'OP_DELETE'],
  [Op.killCursors, 'OP_KILL_CURSORS'],
  [Op.command, 'OP_COMMAND'],
  [Op.commandReply, 'OP_COMMANDREPLY'],
  [Op.compressed, 'OP_COMPRESSED'],
  [Op.msg, 'OP_MSG'],
])

/** Messages that only servers send; OP_MSG and OP_COMPRESSED go both ways. */
export const isAnswer = (op: number): boolean => op === Op.reply || op === Op.commandReply
export const goesBothWays = (op: number): boolean => op === Op.msg || op === Op.compressed || op === Op.msgOld

export const compressors = ['noop', 'snappy', 'zlib', 'zstd'] as const

export const MsgFlag = { checksum: 1, moreToCome: 2, exhaustAllowed: 1 << 16 } as const
/** The low half: a receiver must know each of its bits. */
export const REQUIRED_FLAGS = 0xffff
export const KNOWN_FLAGS = MsgFlag.checksum | MsgFlag.moreToCome | MsgFlag.exhaustAllowed

export const QueryFlag = { exhaust: 1 << 6 } as const
export const queryFlags = ['', 'TailableCursor', 'SlaveOk', 'OplogReplay', 'NoCursorTimeout', 'AwaitData', 'Exhaust', 'Partial'] as const
export const ReplyFlag = { cursorNotFound: 1, queryFailure: 2 } as const
export const replyFlags = ['CursorNotFound', 'QueryFailure', 'ShardConfigStale', 'AwaitCapable'] as const
export const updateFlags = ['Upsert', 'MultiUpdate'] as const
export const deleteFlags = ['SingleRemove'] as const
export const insertFlags = ['ContinueOnError'] as const

export function flagNames(names: readonly string[], flags: number): string[] | undefined {
  const out = names.filter((name, bit) => name !== '' && (flags & (1 << bit)) !== 0)
  return out.length > 0 ? out : undefined
}

/** Names of codes that servers send without one, as in writeErrors (error_codes.yml of the server). */
export const errorNames: ReadonlyMap<number, string> = new Map([
  [1, 'InternalError'],
  [2, 'BadValue'],
  [6, 'HostUnreachable'],
  [7, 'HostNotFound'],
  [9, 'FailedToParse'],
  [11, 'UserNotFound'],
  [13, 'Unauthorized'],
  [14, 'TypeMismatch'],
  [18, 'AuthenticationFailed'],
  [20, 'IllegalOperation'],
  [26, 'NamespaceNotFound'],
  [27, 'IndexNotFound'],
  [43, 'CursorNotFound'],
  [48, 'NamespaceExists'],
  [50, 'MaxTimeMSExpired'],
  [59, 'CommandNotFound'],
  [64, 'WriteConcernFailed'],
  [66, 'ImmutableField'],
  [67, 'CannotCreateIndex'],
  [68, 'IndexAlreadyExists'],
  [72, 'InvalidOptions'],
  [73, 'InvalidNamespace'],
  [79, 'UnknownReplWriteConcern'],
  [85, 'IndexOptionsConflict'],
  [86, 'IndexKeySpecsConflict'],
  [91, 'ShutdownInProgress'],
  [100, 'UnsatisfiableWriteConcern'],
  [112, 'WriteConflict'],
  [121, 'DocumentValidationFailure'],
  [189, 'PrimarySteppedDown'],
  [251, 'NoSuchTransaction'],
  [10107, 'NotWritablePrimary'],
  [11000, 'DuplicateKey'],
  [11600, 'InterruptedAtShutdown'],
  [11602, 'InterruptedDueToReplStateChange'],
  [13435, 'NotPrimaryNoSecondaryOk'],
  [13436, 'NotPrimaryOrSecondary'],
])

/**
 * Housekeeping. isMaster, under its old name, and replSetHeartbeat are not among them: Packetbeat counts them, and so does
 * whoever compares with it.
 */
const SESSION_COMMANDS = new Set(
  'hello ping saslStart saslContinue authenticate logout getnonce endSessions startSession refreshSessions'.split(' '),
)
export const isSessionCommand = (name: string): boolean => SESSION_COMMANDS.has(name)
export const isHello = (name: string): boolean => name === 'hello' || name === 'isMaster' || name === 'ismaster'

/** Commands whose text value names something else than a collection: a user, a role, a set, a log. */
const NO_COLLECTION =
  /^(?:replSet\w*|createUser|updateUser|dropUser|usersInfo|grantRolesToUser|revokeRolesFromUser|createRole|updateRole|dropRole|rolesInfo|grantPrivilegesToRole|revokePrivilegesFromRole|grantRolesToRole|revokeRolesFromRole|getLog|setFeatureCompatibilityVersion|enableSharding|movePrimary|addShard|removeShard|authenticate|getParameter|setParameter|configureFailPoint|isMaster|ismaster|hello|connPoolSync|profile|whatsmyuri)$/
export const namesCollection = (command: string): boolean => !NO_COLLECTION.test(command)

/** Commands on admin whose value is a whole namespace. */
const NAMESPACE_COMMANDS =
  /^(?:renameCollection|shardCollection|split|moveChunk|mergeChunks|splitVector|refineCollectionShardKey|reshardCollection|unshardCollection|moveCollection|getShardVersion|cleanupOrphaned|analyzeShardKey|balancerCollectionStatus|configureCollectionBalancing|_configsvr\w+|_shardsvr\w+)$/
export const namesNamespace = (command: string): boolean => NAMESPACE_COMMANDS.test(command)
