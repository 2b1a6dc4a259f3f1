/** MOUNT versions 1 to 3 (RFC 1094 appendix A, RFC 1813 §5): who mounts what, and what is exported. */
import { flavorText } from '../shared/oncrpc/header.js'
import type { Xdr } from '../shared/oncrpc/xdr.js'
import { Args, MAX_HANDLE_V3, MAX_NAME, Result } from './bodies.js'
import { HANDLE_V2 } from './v2.js'

const MNT = 1
const DUMP = 2
const UMNT = 3
const EXPORT = 5
const EXPORTALL = 6
const PATHCONF = 7
/** Entries of a list that stand in the row; all are counted. */
const MAX_SHOWN = 64
const MAX_FLAVORS = 64

export function readMountArgs(x: Xdr, procedure: number): Args {
  const a = new Args()
  if (procedure === MNT || procedure === UMNT || procedure === PATHCONF) a.path = x.text(MAX_NAME)
  return a
}

export function readMountResult(x: Xdr, version: number, procedure: number): Result {
  const r = new Result()
  x.watch(r.row)
  if (procedure === MNT) {
    r.status = x.status()
    if (r.status !== 0) return r
    r.handle = version < 3 ? x.hex(HANDLE_V2) : x.opaqueHex(MAX_HANDLE_V3)
    if (version < 3) return r
    const flavors: string[] = []
    for (let n = x.count(MAX_FLAVORS); n > 0; n--) flavors.push(flavorText(x.u32()))
    r.row.auth_flavors = flavors
  } else if (procedure === DUMP) {
    const mounts: { host: string; path: string }[] = []
    r.row.mounts = mounts
    r.rows = listed(
      x,
      () => {
        const host = x.text(MAX_NAME)
        return { host, path: x.text(MAX_NAME) }
      },
      mounts,
    )
  } else if (procedure === EXPORT || procedure === EXPORTALL) {
    const exports: { path: string; groups: string[] }[] = []
    r.row.exports = exports
    r.rows = listed(
      x,
      () => {
        const path = x.text(MAX_NAME)
        const groups: string[] = []
        listed(x, () => x.text(MAX_NAME), groups)
        return { path, groups }
      },
      exports,
    )
  }
  return r
}

/** A linked list: each element announced by a word. */
export function listed<T>(x: Xdr, read: () => T, into: T[]): number {
  let n = 0
  while (x.bool() && !x.short) {
    const item = read()
    if (x.short) break
    n++
    if (into.length < MAX_SHOWN) into.push(item)
  }
  return n
}
