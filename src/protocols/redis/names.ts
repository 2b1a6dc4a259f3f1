/** What is known of command names: which exist, where their key stands, which have subcommands. Unknown ones are commands all the same. */

/** Arguments are kept apart for these: they have secrets, subcommands, or change what follows on the connection. */
export interface Spec {
  /** Index of the first key, counted from the command name at 0; 0 for none. */
  readonly key: number
  /** Arguments are collected one by one. */
  readonly apart: boolean
  /** The first argument is a subcommand. */
  readonly container: boolean
  /** Housekeeping of the connection. */
  readonly housekeeping: boolean
}

const specs = new Map<string, Spec>()
const define = (names: string, spec: Partial<Spec>): void => {
  for (const name of names.split(' ')) specs.set(name, { key: 0, apart: false, container: false, housekeeping: false, ...spec })
}

// One key (or the first of several) right behind the name.
define(
  'APPEND BITCOUNT BITFIELD BITFIELD_RO BITPOS BLMOVE BLPOP BRPOP BRPOPLPUSH BZPOPMAX BZPOPMIN COPY DECR DECRBY DEL DELEX DIGEST DUMP EXISTS ' +
    'EXPIRE EXPIREAT EXPIRETIME GEOADD GEODIST GEOHASH GEOPOS GEORADIUS GEORADIUSBYMEMBER GEORADIUSBYMEMBER_RO GEORADIUS_RO ' +
    'GEOSEARCH GEOSEARCHSTORE GET GETBIT GETDEL GETEX GETRANGE GETSET HDEL HEXISTS HEXPIRE HEXPIREAT HEXPIRETIME HGET HGETALL HGETDEL ' +
    'HGETEX HINCRBY HINCRBYFLOAT HKEYS HLEN HMGET HMSET HPERSIST HPEXPIRE HPEXPIREAT HPEXPIRETIME HPTTL HRANDFIELD HSCAN HSET HSETEX ' +
    'HSETNX HSTRLEN HTTL HVALS INCR INCRBY INCRBYFLOAT LCS LINDEX LINSERT LLEN LMOVE LPOP LPOS LPUSH LPUSHX LRANGE LREM LSET LTRIM ' +
    'MGET MOVE MSET MSETNX PERSIST PEXPIRE PEXPIREAT PEXPIRETIME PFADD PFCOUNT PFDEBUG PFMERGE PSETEX PTTL RENAME RENAMENX RESTORE ' +
    'RESTORE-ASKING RPOP RPOPLPUSH RPUSH RPUSHX SADD SCARD SDIFF SDIFFSTORE SET SETBIT SETEX SETNX SETRANGE SINTER SINTERSTORE ' +
    'SISMEMBER SMEMBERS SMISMEMBER SMOVE SORT SORT_RO SPOP SRANDMEMBER SREM SSCAN STRLEN SUBSTR SUNION SUNIONSTORE TOUCH TTL TYPE ' +
    'UNLINK VADD VCARD VDIM VEMB VGETATTR VINFO VLINKS VRANDMEMBER VREM VSETATTR VSIM WATCH XACK XACKDEL XADD XAUTOCLAIM XCLAIM XDEL ' +
    'XDELEX XLEN XPENDING XRANGE XREVRANGE XSETID XTRIM ZADD ZCARD ZCOUNT ZDIFFSTORE ZINCRBY ZINTERSTORE ZLEXCOUNT ZMSCORE ZPOPMAX ' +
    'ZPOPMIN ZRANDMEMBER ZRANGE ZRANGEBYLEX ZRANGEBYSCORE ZRANGESTORE ZRANK ZREM ZREMRANGEBYLEX ZREMRANGEBYRANK ZREMRANGEBYSCORE ' +
    'ZREVRANGE ZREVRANGEBYLEX ZREVRANGEBYSCORE ZREVRANK ZSCAN ZSCORE ZUNIONSTORE',
  { key: 1 },
)
define('BITOP LMPOP SINTERCARD ZDIFF ZINTER ZINTERCARD ZMPOP ZUNION', { key: 2 })
define('BLMPOP BZMPOP', { key: 3 })
define('EVAL EVAL_RO EVALSHA EVALSHA_RO FCALL FCALL_RO', { key: 3, apart: true })
define('OBJECT MEMORY XGROUP XINFO', { key: 2, container: true })
define('XREAD XREADGROUP MIGRATE', { apart: true })
define(
  'BGREWRITEAOF BGSAVE DBSIZE FAILOVER FLUSHALL FLUSHDB INFO KEYS LASTSAVE LOLWUT PUBLISH RANDOMKEY REPLICAOF ROLE SAVE SCAN SHUTDOWN ' +
    'SLAVEOF SPUBLISH SWAPDB TIME UNWATCH WAIT WAITAOF MONITOR MULTI EXEC DISCARD',
  {},
)
define('SUBSCRIBE PSUBSCRIBE SSUBSCRIBE UNSUBSCRIBE PUNSUBSCRIBE SUNSUBSCRIBE', {})
define('ECHO PING QUIT READONLY READWRITE ASKING PSYNC SYNC', { housekeeping: true })
define('RESET AUTH HELLO SELECT', { apart: true, housekeeping: true })
define('REPLCONF', { apart: true, housekeeping: true, container: true })
define('CLIENT COMMAND', { apart: true, container: true, housekeeping: true })
define('ACL CLUSTER CONFIG DEBUG FUNCTION LATENCY MODULE PUBSUB SCRIPT SENTINEL SLOWLOG', { apart: true, container: true })

const plain: Spec = { key: 0, apart: false, container: false, housekeeping: false }
/** Of a module's command the first argument is its key nearly always, yet not always: none is claimed. */
export const specOf = (name: string): Spec => specs.get(name) ?? plain
export const isKnown = (name: string): boolean => specs.has(name)

/** Spellings seen so far, so that a name costs one look-up. Capped: a fuzzer makes up names. */
const MAX_SPELLINGS = 4096
const spellings = new Map<string, string>()
/** Longest name of a command; longer words are cut. */
const MAX_NAME = 64

/** The command's name in capitals. */
export function upperName(word: string): string {
  const known = spellings.get(word)
  if (known !== undefined) return known
  const name = word.slice(0, MAX_NAME).toUpperCase()
  if (spellings.size < MAX_SPELLINGS) spellings.set(word, name)
  return name
}

/** SUBSCRIBE and its kin: one answer for each channel they name. */
export const isSubscription = (name: string): boolean => name.endsWith('SUBSCRIBE') && specs.has(name)
export const isMessageKind = (word: string | undefined): boolean => word === 'message' || word === 'pmessage' || word === 'smessage'
