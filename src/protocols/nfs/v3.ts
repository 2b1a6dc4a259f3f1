/** NFS version 3: arguments and results of its 22 procedures (RFC 1813 §3.3). */
import type { Xdr } from '../shared/oncrpc/xdr.js'
import { Args, MAX_HANDLE_V3, MAX_LEARNED, MAX_NAME, MAX_NAMES, Result } from './bodies.js'
import type { Facts } from './fields.js'
import { accessNames, fileType, modeText, stableName, timeText, wordOf } from './names.js'

const LAST = 21
const CREATE_MODES = ['UNCHECKED', 'GUARDED', 'EXCLUSIVE']

export function readArgs3(x: Xdr, procedure: number): Args {
  const a = new Args()
  const { row } = a
  x.watch(row)
  if (procedure === 0 || procedure > LAST) return a
  a.handle = x.opaqueHex(MAX_HANDLE_V3)
  switch (procedure) {
    case 2: // SETATTR
      row.set_attributes = setAttributes(x)
      if (x.bool()) x.skip(8)
      break
    case 3: // LOOKUP
    case 12: // REMOVE
    case 13: // RMDIR
      a.name = x.text(MAX_NAME)
      break
    case 4: // ACCESS
      row.access_asked = accessNames(x.u32())
      break
    case 6: // READ
      row.offset = x.u64()
      row.count = x.u32()
      break
    case 7: // WRITE
      row.offset = x.u64()
      row.count = x.u32()
      row.stable = stableName(x.u32())
      x.bulk()
      break
    case 8: {
      // CREATE
      a.name = x.text(MAX_NAME)
      const mode = x.u32()
      row.create_mode = wordOf(CREATE_MODES, mode)
      if (mode === 2) x.skip(8)
      else row.set_attributes = setAttributes(x)
      break
    }
    case 9: // MKDIR
      a.name = x.text(MAX_NAME)
      row.set_attributes = setAttributes(x)
      break
    case 10: // SYMLINK
      a.name = x.text(MAX_NAME)
      row.set_attributes = setAttributes(x)
      row.target_path = x.text(MAX_NAME)
      break
    case 11: {
      // MKNOD
      a.name = x.text(MAX_NAME)
      const type = x.u32()
      row.file_type = fileType(type)
      if (type === 3 || type === 4) {
        row.set_attributes = setAttributes(x)
        x.skip(8)
      } else if (type === 6 || type === 7) row.set_attributes = setAttributes(x)
      break
    }
    case 14: // RENAME
      a.name = x.text(MAX_NAME)
      a.toHandle = x.opaqueHex(MAX_HANDLE_V3)
      a.toName = x.text(MAX_NAME)
      break
    case 15: // LINK
      a.toHandle = x.opaqueHex(MAX_HANDLE_V3)
      a.toName = x.text(MAX_NAME)
      break
    case 16: // READDIR
      x.skip(16)
      row.count = x.u32()
      break
    case 17: // READDIRPLUS
      x.skip(16)
      x.u32()
      row.count = x.u32()
      break
    case 21: // COMMIT
      row.offset = x.u64()
      row.count = x.u32()
      break
  }
  return a
}

export function readResult3(x: Xdr, procedure: number): Result {
  const r = new Result()
  const { row } = r
  x.watch(row)
  if (procedure === 0 || procedure > LAST) return r
  r.status = x.status()
  const ok = r.status === 0
  switch (procedure) {
    case 1: // GETATTR
      if (ok) attributes(x, row)
      break
    case 2: // SETATTR
      changed(x, row)
      break
    case 3: // LOOKUP
      if (ok) {
        r.handle = x.opaqueHex(MAX_HANDLE_V3)
        maybeAttributes(x, row)
      }
      maybeAttributes(x, undefined)
      break
    case 4: // ACCESS
      maybeAttributes(x, row)
      if (ok) row.access_granted = accessNames(x.u32())
      break
    case 5: // READLINK
      maybeAttributes(x, row)
      if (ok) row.target_path = x.text(MAX_NAME)
      break
    case 6: // READ
      maybeAttributes(x, row)
      if (!ok) break
      row.moved = x.u32()
      row.eof = x.bool()
      x.bulk()
      break
    case 7: // WRITE
      changed(x, row)
      if (!ok) break
      row.moved = x.u32()
      row.committed = stableName(x.u32())
      x.skip(8)
      break
    case 8: // CREATE
    case 9: // MKDIR
    case 10: // SYMLINK
    case 11: // MKNOD
      if (ok) {
        if (x.bool()) r.handle = x.opaqueHex(MAX_HANDLE_V3)
        maybeAttributes(x, row)
      }
      changed(x, undefined)
      break
    case 12: // REMOVE
    case 13: // RMDIR
      changed(x, undefined)
      break
    case 14: // RENAME
      changed(x, undefined)
      changed(x, undefined)
      break
    case 15: // LINK
      maybeAttributes(x, row)
      changed(x, undefined)
      break
    case 16: // READDIR
    case 17: // READDIRPLUS
      maybeAttributes(x, undefined)
      if (ok) directory(x, r, procedure === 17)
      break
    case 18: // FSSTAT
      maybeAttributes(x, undefined)
      if (ok)
        row.fs_info = {
          ...{ total_bytes: x.u64(), free_bytes: x.u64(), available_bytes: x.u64() },
          ...{ total_files: x.u64(), free_files: x.u64(), available_files: x.u64(), invariant_seconds: x.u32() },
        }
      break
    case 19: // FSINFO
      maybeAttributes(x, undefined)
      if (ok)
        row.fs_info = {
          ...{ read_max: x.u32(), read_preferred: x.u32(), read_multiple: x.u32() },
          ...{ write_max: x.u32(), write_preferred: x.u32(), write_multiple: x.u32() },
          ...{ directory_preferred: x.u32(), max_file_size: x.u64(), time_delta: `${x.u32()}.${String(x.u32()).padStart(9, '0')}` },
          ...{ properties: x.u32() },
        }
      break
    case 20: // PATHCONF
      maybeAttributes(x, undefined)
      if (ok)
        row.fs_info = {
          ...{ link_max: x.u32(), name_max: x.u32(), no_truncate: x.bool(), chown_restricted: x.bool() },
          ...{ case_insensitive: x.bool(), case_preserving: x.bool() },
        }
      break
    case 21: // COMMIT
      changed(x, row)
      if (ok) x.skip(8)
      break
  }
  return r
}

/** fattr3, RFC 1813 §2.5: 84 bytes. */
export function attributes(x: Xdr, row: Facts | undefined): void {
  if (row === undefined) {
    x.skip(84)
    return
  }
  const type = x.u32()
  const mode = x.u32()
  x.u32()
  const uid = x.u32()
  const gid = x.u32()
  const size = x.u64()
  x.skip(24)
  const inode = x.u64()
  x.skip(8)
  const mtime = timeText(x.u32(), x.u32())
  x.skip(8)
  if (x.short) return
  row.file_type = fileType(type)
  row.file_mode = modeText(mode)
  row.file_uid = String(uid)
  row.file_gid = String(gid)
  row.file_size = size
  row.file_inode = String(inode)
  row.file_mtime = mtime
}

/** post_op_attr */
export function maybeAttributes(x: Xdr, row: Facts | undefined): void {
  if (x.bool()) attributes(x, row)
}

/** wcc_data: what the attributes were before, and what they are. */
function changed(x: Xdr, row: Facts | undefined): void {
  if (x.bool()) x.skip(24)
  maybeAttributes(x, row)
}

/** sattr3 */
function setAttributes(x: Xdr): Record<string, unknown> {
  const set: Record<string, unknown> = {}
  if (x.bool()) set.mode = modeText(x.u32())
  if (x.bool()) set.uid = x.u32()
  if (x.bool()) set.gid = x.u32()
  if (x.bool()) set.size = x.u64()
  for (const name of ['atime', 'mtime']) {
    const how = x.u32()
    if (how === 1) set[name] = 'server'
    else if (how === 2) set[name] = timeText(x.u32(), x.u32())
  }
  return set
}

function directory(x: Xdr, r: Result, plus: boolean): void {
  x.skip(8)
  const names: string[] = []
  r.row.entries = 0
  r.row.entry_names = names
  while (x.bool() && !x.short) {
    x.skip(8)
    const name = x.text(MAX_NAME)
    x.skip(8)
    if (plus) {
      maybeAttributes(x, undefined)
      if (x.bool()) {
        const handle = x.opaqueHex(MAX_HANDLE_V3)
        r.learned ??= []
        if (r.learned.length < MAX_LEARNED) r.learned.push({ name, handle })
      }
    }
    if (x.short) break
    r.row.entries++
    if (names.length < MAX_NAMES) names.push(name)
  }
  r.rows = r.row.entries
  r.row.eof = x.bool()
}
