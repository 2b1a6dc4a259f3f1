/** Structures that arguments and results share (RFC 8881 §3.3). */
import type { Xdr } from '../../shared/oncrpc/xdr.js'
import { MAX_HANDLE_V4, MAX_NAME } from '../bodies.js'
import { timeText } from '../names.js'

/** RFC 8881 §2.2: NFS4_OPAQUE_LIMIT. */
export const MAX_OPAQUE = 1024
/** Lists inside operations (state ids, devices, flavors...): none of the field has more. */
export const MAX_LIST = 4096
/** Of such a list, what stands in the row. */
export const MAX_SHOWN = 16
/** Bytes of an opaque that only other layers understand: layouts, device addresses, notifications. */
export const MAX_BLOB = 1 << 20

export const stateid = (x: Xdr): string => x.hex(16)
export const clientid = (x: Xdr): string => x.hex(8)
export const sessionid = (x: Xdr): string => x.hex(16)
export const handle = (x: Xdr): string => x.opaqueHex(MAX_HANDLE_V4)
export const name = (x: Xdr): string => x.text(MAX_NAME)
export const verifier = (x: Xdr): void => x.skip(8)

export function time(x: Xdr): string | undefined {
  return timeText(x.u64(), x.u32())
}

/** open_owner4, lock_owner4 */
export function owner(x: Xdr, v: Record<string, unknown>): void {
  v.client_id = clientid(x)
  v.owner = x.label(MAX_OPAQUE)
}

export function changeInfo(x: Xdr): void {
  x.skip(20)
}

/** netloc4, RFC 7862 §4.8 */
export function netLocation(x: Xdr): string {
  if (x.u32() !== 3) return x.text(MAX_NAME)
  const netid = x.text(MAX_OPAQUE)
  return `${netid} ${x.text(MAX_OPAQUE)}`
}

/** channel_attrs4 */
export function channel(x: Xdr): Record<string, unknown> {
  x.u32()
  const shape = { max_request: x.u32(), max_response: x.u32(), max_cached: x.u32(), max_operations: x.u32(), max_requests: x.u32() }
  for (let n = x.count(1); n > 0; n--) x.u32()
  return shape
}

/** nfs_impl_id4, at most one. */
export function implementation(x: Xdr): string | undefined {
  if (x.count(1, 20) === 0) return undefined
  const domain = x.text(MAX_OPAQUE)
  const product = x.text(MAX_OPAQUE)
  x.skip(12)
  return `${product} (${domain})`
}

/** write_response4 */
export function writeResponse(x: Xdr, v: Record<string, unknown>): void {
  if (x.count(1, 16) === 1) v.callback_stateid = stateid(x)
  v.moved = x.u64()
  v.committed = x.u32()
  verifier(x)
}

/** callback_sec_parms4<>: flavors only. */
export function callbackSecurity(x: Xdr): void {
  for (let n = x.count(MAX_LIST); n > 0 && !x.short; n--) {
    const flavor = x.u32()
    if (flavor === 1) {
      x.u32()
      x.skipOpaque(MAX_OPAQUE)
      x.skip(8)
      for (let g = x.count(16); g > 0; g--) x.u32()
    } else if (flavor === 6) {
      x.u32()
      x.skipOpaque(MAX_OPAQUE)
      x.skipOpaque(MAX_OPAQUE)
    }
  }
}

export function opaques(x: Xdr): void {
  for (let n = x.count(MAX_LIST); n > 0 && !x.short; n--) x.skipOpaque(MAX_OPAQUE)
}

/** A list read whole, of which the first are kept. */
export function some<T>(x: Xdr, each: number, read: () => T): { total: number; first: T[] } {
  const first: T[] = []
  const total = x.count(MAX_LIST, each)
  for (let i = 0; i < total && !x.short; i++) {
    const item = read()
    if (first.length < MAX_SHOWN && !x.short) first.push(item)
  }
  return { total, first }
}
