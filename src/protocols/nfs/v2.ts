/** NFS version 2: arguments and results of its procedures (RFC 1094 §2.2). Handles have 32 bytes, sizes and offsets four. */
import type { Xdr } from '../shared/oncrpc/xdr.js'
import { Args, MAX_NAME, MAX_NAMES, Result } from './bodies.js'
import type { Facts } from './fields.js'
import { modeText, timeText } from './names.js'

export const HANDLE_V2 = 32
const LAST = 17
const NOT_SET = 0xffffffff

export function readArgs2(x: Xdr, procedure: number): Args {
  const a = new Args()
  const { row } = a
  x.watch(row)
  // NULL; ROOT and WRITECACHE are obsolete and without arguments.
  if (procedure === 0 || procedure === 3 || procedure === 7 || procedure > LAST) return a
  a.handle = x.hex(HANDLE_V2)
  switch (procedure) {
    case 2: // SETATTR
      row.set_attributes = setAttributes(x)
      break
    case 4: // LOOKUP
    case 10: // REMOVE
    case 15: // RMDIR
      a.name = x.text(MAX_NAME)
      break
    case 6: // READ
      row.offset = x.u32()
      row.count = x.u32()
      x.u32()
      break
    case 8: // WRITE
      x.u32()
      row.offset = x.u32()
      x.u32()
      row.count = x.bulk()
      break
    case 9: // CREATE
    case 14: // MKDIR
      a.name = x.text(MAX_NAME)
      row.set_attributes = setAttributes(x)
      break
    case 11: // RENAME
      a.name = x.text(MAX_NAME)
      a.toHandle = x.hex(HANDLE_V2)
      a.toName = x.text(MAX_NAME)
      break
    case 12: // LINK
      a.toHandle = x.hex(HANDLE_V2)
      a.toName = x.text(MAX_NAME)
      break
    case 13: // SYMLINK
      a.name = x.text(MAX_NAME)
      row.target_path = x.text(MAX_NAME)
      row.set_attributes = setAttributes(x)
      break
    case 16: // READDIR
      x.u32()
      row.count = x.u32()
      break
  }
  return a
}

export function readResult2(x: Xdr, procedure: number): Result {
  const r = new Result()
  const { row } = r
  x.watch(row)
  if (procedure === 0 || procedure === 3 || procedure === 7 || procedure > LAST) return r
  r.status = x.status()
  if (r.status !== 0) return r
  switch (procedure) {
    case 1: // GETATTR
    case 2: // SETATTR
    case 8: // WRITE
      attributes(x, row)
      break
    case 4: // LOOKUP
    case 9: // CREATE
    case 14: // MKDIR
      r.handle = x.hex(HANDLE_V2)
      attributes(x, row)
      break
    case 5: // READLINK
      row.target_path = x.text(MAX_NAME)
      break
    case 6: // READ
      attributes(x, row)
      row.moved = x.bulk()
      break
    case 16: {
      // READDIR
      const names: string[] = []
      row.entries = 0
      row.entry_names = names
      while (x.bool() && !x.short) {
        x.u32()
        const name = x.text(MAX_NAME)
        x.u32()
        if (x.short) break
        row.entries++
        if (names.length < MAX_NAMES) names.push(name)
      }
      r.rows = row.entries
      row.eof = x.bool()
      break
    }
    case 17: // STATFS
      row.fs_info = {
        ...{ transfer_size: x.u32(), block_size: x.u32(), total_blocks: x.u32() },
        ...{ free_blocks: x.u32(), available_blocks: x.u32() },
      }
      break
  }
  return r
}

/** ftype: the same numbers as in version 3 up to the link; sockets and pipes were a convention. */
const TYPES = ['', 'file', 'dir', 'block', 'character', 'symlink', 'socket', '', 'fifo']

function attributes(x: Xdr, row: Facts): void {
  const type = x.u32()
  const mode = x.u32()
  x.u32()
  const uid = x.u32()
  const gid = x.u32()
  const size = x.u32()
  x.skip(16)
  const inode = x.u32()
  x.skip(8)
  const mtime = timeText(x.u32(), x.u32() * 1000)
  x.skip(8)
  if (x.short) return
  row.file_type = TYPES[type] ?? String(type)
  row.file_mode = modeText(mode)
  row.file_uid = String(uid)
  row.file_gid = String(gid)
  row.file_size = size
  row.file_inode = String(inode)
  row.file_mtime = mtime
}

/** sattr: every value there, all ones where it is not to be set. */
function setAttributes(x: Xdr): Record<string, unknown> {
  const set: Record<string, unknown> = {}
  const mode = x.u32()
  if (mode !== NOT_SET) set.mode = modeText(mode)
  for (const name of ['uid', 'gid', 'size']) {
    const value = x.u32()
    if (value !== NOT_SET) set[name] = value
  }
  for (const name of ['atime', 'mtime']) {
    const sec = x.u32()
    const usec = x.u32()
    if (sec === NOT_SET) continue
    // A microsecond count of a million asks for the server's own time.
    set[name] = usec === 1_000_000 ? 'server' : timeText(sec, usec * 1000)
  }
  return set
}
