/** Numbers of the protocol by name: commands, capabilities, status flags, types. */

export enum Com {
  Sleep = 0,
  Quit = 1,
  InitDb = 2,
  Query = 3,
  FieldList = 4,
  CreateDb = 5,
  DropDb = 6,
  Refresh = 7,
  Shutdown = 8,
  Statistics = 9,
  ProcessInfo = 10,
  ProcessKill = 12,
  Debug = 13,
  Ping = 14,
  ChangeUser = 17,
  BinlogDump = 18,
  TableDump = 19,
  RegisterSlave = 21,
  StmtPrepare = 22,
  StmtExecute = 23,
  StmtSendLongData = 24,
  StmtClose = 25,
  StmtReset = 26,
  SetOption = 27,
  StmtFetch = 28,
  BinlogDumpGtid = 30,
  ResetConnection = 31,
  Clone = 32,
  StmtBulkExecute = 250,
}

/** Names as in the server's own headers, lower-case and without COM_. */
const COMMANDS: Readonly<Record<number, string>> = {
  0: 'sleep',
  1: 'quit',
  2: 'init_db',
  3: 'query',
  4: 'field_list',
  5: 'create_db',
  6: 'drop_db',
  7: 'refresh',
  8: 'shutdown',
  9: 'statistics',
  10: 'process_info',
  11: 'connect',
  12: 'process_kill',
  13: 'debug',
  14: 'ping',
  15: 'time',
  16: 'delayed_insert',
  17: 'change_user',
  18: 'binlog_dump',
  19: 'table_dump',
  20: 'connect_out',
  21: 'register_slave',
  22: 'stmt_prepare',
  23: 'stmt_execute',
  24: 'stmt_send_long_data',
  25: 'stmt_close',
  26: 'stmt_reset',
  27: 'set_option',
  28: 'stmt_fetch',
  29: 'daemon',
  30: 'binlog_dump_gtid',
  31: 'reset_connection',
  32: 'clone',
  33: 'subscribe_group_replication_stream',
  250: 'stmt_bulk_execute',
}
export const commandName = (command: number): string => COMMANDS[command] ?? `command_${command}`
export const isCommand = (command: number): boolean => command in COMMANDS

/** Capability flags, both servers; those of the second word of MariaDB stand in `Ext`. */
export enum Cap {
  Mysql = 0x1,
  ConnectWithDb = 0x8,
  Compress = 0x20,
  Protocol41 = 0x200,
  Ssl = 0x800,
  SecureConnection = 0x8000,
  PluginAuth = 0x80000,
  ConnectAttrs = 0x100000,
  PluginAuthLenenc = 0x200000,
  SessionTrack = 0x800000,
  DeprecateEof = 0x1000000,
  ZstdCompression = 0x4000000,
  QueryAttributes = 0x8000000,
}

/** MariaDB's extended capabilities, the four bytes that MySQL leaves zero. */
export enum Ext {
  CacheMetadata = 0x10,
}

export enum Status {
  InTransaction = 0x1,
  MoreResults = 0x8,
  CursorExists = 0x40,
  SessionStateChanged = 0x4000,
}

/** enum_field_types, as parameters and columns carry it. */
export enum Type {
  Decimal = 0,
  Tiny = 1,
  Short = 2,
  Long = 3,
  Float = 4,
  Double = 5,
  Null = 6,
  Timestamp = 7,
  LongLong = 8,
  Int24 = 9,
  Date = 10,
  Time = 11,
  DateTime = 12,
  Year = 13,
  NewDate = 14,
  VarChar = 15,
  Bit = 16,
  Vector = 242,
  Json = 245,
  NewDecimal = 246,
  Enum = 247,
  Set = 248,
  TinyBlob = 249,
  MediumBlob = 250,
  LongBlob = 251,
  Blob = 252,
  VarString = 253,
  String = 254,
  Geometry = 255,
}

const TYPES: Readonly<Record<number, string>> = {
  0: 'decimal',
  1: 'tinyint',
  2: 'smallint',
  3: 'int',
  4: 'float',
  5: 'double',
  6: 'null',
  7: 'timestamp',
  8: 'bigint',
  9: 'mediumint',
  10: 'date',
  11: 'time',
  12: 'datetime',
  13: 'year',
  14: 'date',
  15: 'varchar',
  16: 'bit',
  242: 'vector',
  245: 'json',
  246: 'decimal',
  247: 'enum',
  248: 'set',
  249: 'tinyblob',
  250: 'mediumblob',
  251: 'longblob',
  252: 'blob',
  253: 'varchar',
  254: 'char',
  255: 'geometry',
}
export const typeName = (type: number, unsigned: boolean): string => (TYPES[type] ?? `type_${type}`) + (unsigned ? ' unsigned' : '')
export const isType = (type: number): boolean => type in TYPES

/** COM_SET_OPTION. */
export const optionName = (option: number): string =>
  option === 0 ? 'multi_statements_on' : option === 1 ? 'multi_statements_off' : `option_${option}`
