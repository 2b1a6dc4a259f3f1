/** COMPOUND and CB_COMPOUND: a tag, a minor version, and operations one behind the other. */
import type { Xdr } from '../../shared/oncrpc/xdr.js'
import { Args, type Op, Result } from '../bodies.js'
import { argumentReader } from './arguments-later.js'
import { callbackReader, readCallbackResult } from './callbacks.js'
import { MAX_OPAQUE } from './common.js'
import { ILLEGAL, opName } from './op-names.js'
import { readOpResult } from './results.js'

/** Operations read of one COMPOUND: servers accept 16 to some 50 (ca_maxoperations). */
const MAX_OPS = 256
/** Minor versions there are. */
const MAX_MINOR = 2

export function readCompound(x: Xdr, callback: boolean): Args {
  const a = new Args()
  const tag = x.text(MAX_OPAQUE)
  const minor = x.u32()
  a.row.minor_version = minor
  if (tag !== '') a.row.tag = tag
  if (callback) x.u32()
  const ops: Op[] = []
  a.ops = ops
  a.opCount = x.u32()
  if (a.opCount > MAX_OPS) x.fail(`A COMPOUND announces ${a.opCount} operations.`)
  for (let i = 0; i < a.opCount && !x.short; i++) {
    const number = x.u32()
    if (x.short) break
    const op: Op = { number, op: opName(number, callback), values: {} }
    x.watch(op.values)
    if (op.op === ILLEGAL) {
      // Where the next one begins, nobody knows; the server stops here as well.
      op.values.number = number
      ops.push(op)
      break
    }
    // A minor version nobody has defined may have changed everything.
    if (minor > MAX_MINOR) {
      ops.push(op)
      break
    }
    const read = callback ? callbackReader(number) : argumentReader(number)
    read?.(x, op.values)
    x.prune()
    ops.push(op)
  }
  return a
}

export function readCompoundResult(x: Xdr, callback: boolean): Result {
  const r = new Result()
  const status = x.u32()
  if (!x.short) r.status = status
  x.skipOpaque(MAX_OPAQUE)
  const ops: Op[] = []
  r.ops = ops
  r.learned = []
  const count = x.u32()
  if (count > MAX_OPS) x.fail(`A COMPOUND returns ${count} results.`)
  for (let i = 0; i < count && !x.short; i++) {
    const number = x.u32()
    const opStatus = x.u32()
    if (x.short) break
    const op: Op = { number, op: opName(number, callback), values: {}, status: opStatus }
    ops.push(op)
    x.watch(op.values)
    if (callback) readCallbackResult(x, number, opStatus, op.values)
    else readOpResult(x, number, opStatus, op.values, r.learned)
    x.prune()
  }
  return r
}
