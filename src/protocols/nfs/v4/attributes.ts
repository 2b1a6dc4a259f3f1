/**
 * fattr4: a bitmap and the values of its bits in order (RFC 8881 §5, RFC 7862 §12, RFC 8275, RFC 8276).
 *
 * Values have no lengths of their own, so each known attribute is stepped over in its form; at an unknown one reading ends
 * there, and the length of the whole leads on.
 */
import type { Xdr } from '../../shared/oncrpc/xdr.js'
import { MAX_HANDLE_V4, MAX_NAME } from '../bodies.js'
import { fileType, modeText } from '../names.js'
import { MAX_BLOB, MAX_LIST, MAX_OPAQUE, time } from './common.js'

const NAMES: ReadonlyMap<number, string> = new Map([
  [0, 'supported_attrs'],
  [1, 'type'],
  [2, 'fh_expire_type'],
  [3, 'change'],
  [4, 'size'],
  [5, 'link_support'],
  [6, 'symlink_support'],
  [7, 'named_attr'],
  [8, 'fsid'],
  [9, 'unique_handles'],
  [10, 'lease_time'],
  [11, 'rdattr_error'],
  [12, 'acl'],
  [13, 'aclsupport'],
  [19, 'filehandle'],
  [20, 'fileid'],
  [21, 'files_avail'],
  [22, 'files_free'],
  [23, 'files_total'],
  [24, 'fs_locations'],
  [25, 'hidden'],
  [27, 'maxfilesize'],
  [28, 'maxlink'],
  [29, 'maxname'],
  [30, 'maxread'],
  [31, 'maxwrite'],
  [33, 'mode'],
  [35, 'numlinks'],
  [36, 'owner'],
  [37, 'owner_group'],
  [41, 'rawdev'],
  [42, 'space_avail'],
  [43, 'space_free'],
  [44, 'space_total'],
  [45, 'space_used'],
  [46, 'system'],
  [47, 'time_access'],
  [48, 'time_access_set'],
  [50, 'time_create'],
  [51, 'time_delta'],
  [52, 'time_metadata'],
  [53, 'time_modify'],
  [54, 'time_modify_set'],
  [55, 'mounted_on_fileid'],
  [58, 'dacl'],
  [59, 'sacl'],
  [61, 'fs_status'],
  [62, 'fs_layout_types'],
  [64, 'layout_types'],
  [65, 'layout_blksize'],
  [66, 'layout_alignment'],
  [67, 'fs_locations_info'],
  [68, 'mdsthreshold'],
  [73, 'retention_hold'],
  [74, 'mode_set_masked'],
  [75, 'suppattr_exclcreat'],
  [76, 'fs_charset_cap'],
  [77, 'clone_blksize'],
  [78, 'space_freed'],
  [79, 'change_attr_type'],
  [80, 'sec_label'],
  [81, 'mode_umask'],
  [82, 'xattr_support'],
])
const attributeName = (bit: number): string => NAMES.get(bit) ?? String(bit)

/** The form of the attributes whose values are not shown: bytes to step over, or how to. */
const FIXED: ReadonlyMap<number, number> = new Map([
  ...[2, 5, 6, 7, 9, 10, 11, 13, 14, 15, 16, 17, 18, 25, 26, 28, 29, 34, 46, 65, 66, 73, 76, 77, 79, 82].map((bit) => [bit, 4] as const),
  ...[3, 21, 22, 23, 27, 30, 31, 38, 39, 40, 41, 42, 43, 44, 45, 55, 78].map((bit) => [bit, 8] as const),
  ...[8, 60].map((bit) => [bit, 16] as const),
  ...[47, 49, 50, 51, 52, 56, 57].map((bit) => [bit, 12] as const),
])

/** Names of the bits set, in order; nobody asks for more than some dozens. */
export function attributeNames(words: readonly number[]): string[] {
  return bitsOf(words).map(attributeName)
}

function bitsOf(words: readonly number[]): number[] {
  const bits: number[] = []
  words.forEach((word, i) => {
    for (let bit = 0; bit < 32; bit++) if ((word & (1 << bit)) !== 0) bits.push(i * 32 + bit)
  })
  return bits
}

export interface Attributes {
  type?: string
  mode?: string
  owner?: string
  group?: string
  size?: number | bigint
  fileid?: string
  mtime?: string | undefined
  handle?: string
  links?: number
  [other: string]: unknown
}

/** Nothing of it when its bytes are not all here. */
export function readAttributes(x: Xdr): Attributes {
  const words = x.bitmap()
  const length = x.u32()
  if (length > MAX_BLOB) x.fail(`Attributes announce ${length} bytes.`)
  const end = x.pos + length + (-length & 3)
  if (x.short || x.pos + length > x.end) {
    x.skip(length)
    return {}
  }
  const out: Attributes = {}
  const outer = x.end
  x.end = x.pos + length
  for (const bit of bitsOf(words)) {
    if (x.short || !readOne(x, bit, out)) break
  }
  x.end = outer
  x.short = false
  x.fault = ''
  x.pos = Math.min(end, outer)
  return out
}

/** False at an attribute whose form is not known. */
function readOne(x: Xdr, bit: number, out: Attributes): boolean {
  const set = (name: string, value: unknown): void => {
    if (!x.short) out[name] = value
  }
  switch (bit) {
    case 0: // supported_attrs
    case 75: // suppattr_exclcreat
      x.bitmap()
      return true
    case 1:
      set('type', fileType(x.u32()))
      return true
    case 4:
      set('size', x.u64())
      return true
    case 12: // acl
      entries(x)
      return true
    case 19:
      set('handle', x.opaqueHex(MAX_HANDLE_V4))
      return true
    case 20:
      set('fileid', String(x.u64()))
      return true
    case 24: // fs_locations
      components(x)
      for (let n = x.count(MAX_LIST); n > 0 && !x.short; n--) {
        components(x)
        components(x)
      }
      return true
    case 32: // mimetype
      x.skipOpaque(MAX_NAME)
      return true
    case 33:
      set('mode', modeText(x.u32()))
      return true
    case 35:
      set('links', x.u32())
      return true
    case 36:
      set('owner', x.text(MAX_OPAQUE))
      return true
    case 37:
      set('group', x.text(MAX_OPAQUE))
      return true
    case 48:
    case 54: {
      const value = x.u32() === 1 ? time(x) : 'server'
      set(bit === 48 ? 'atime' : 'mtime', value)
      return true
    }
    case 53:
      set('mtime', time(x))
      return true
    case 58: // dacl
    case 59: // sacl
      x.u32()
      entries(x)
      return true
    case 62:
    case 64: // layout types
      for (let n = x.count(MAX_LIST); n > 0; n--) x.u32()
      return true
    case 74: // mode_set_masked: value, mask
    case 81: {
      // mode_umask: mode, umask
      set('mode', modeText(x.u32()))
      x.u32()
      return true
    }
    case 80: // sec_label
      x.skip(8)
      x.skipOpaque(MAX_BLOB)
      return true
  }
  const bytes = FIXED.get(bit)
  if (bytes === undefined) return false
  x.skip(bytes)
  return true
}

/** nfsace4<> */
function entries(x: Xdr): void {
  for (let n = x.count(MAX_LIST, 16); n > 0 && !x.short; n--) {
    x.skip(12)
    x.skipOpaque(MAX_OPAQUE)
  }
}

/** pathname4, or the server names of a location: texts. */
function components(x: Xdr): void {
  for (let n = x.count(MAX_LIST); n > 0 && !x.short; n--) x.skipOpaque(MAX_NAME)
}
