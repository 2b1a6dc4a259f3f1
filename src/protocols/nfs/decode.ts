/** Bytes of one RPC message to a call or a reply, by program and version. */
import { type CallHeader, MessageType, readCall, readReply } from '../shared/oncrpc/header.js'
import { Program, procedureName } from '../shared/oncrpc/programs.js'
import type { Xdr } from '../shared/oncrpc/xdr.js'
import { Args, type Body, type CallBody, MAX_HANDLE_V3, Result } from './bodies.js'
import { readMountArgs, readMountResult } from './mount.js'
import { readPortmapArgs, readPortmapResult } from './portmap.js'
import { readArgs2, readResult2 } from './v2.js'
import { maybeAttributes, readArgs3, readResult3 } from './v3.js'
import { readCompound, readCompoundResult } from './v4/compound.js'

/** `waiting` finds the call that a reply answers. Undefined when not even the head is here. */
export function readMessage(x: Xdr, waiting: (xid: number) => CallBody | undefined): Body | undefined {
  const xid = x.u32()
  const type = x.u32()
  if (type === MessageType.call) {
    const header = readCall(x, xid)
    if (x.short) return undefined
    return { kind: 'call', header, args: readArgs(x, header) }
  }
  const header = readReply(x, xid)
  if (x.short) return undefined
  const call = waiting(xid)
  const result = call === undefined || header.status !== 'success' ? new Result() : readResult(x, call)
  return { kind: 'reply', header, call, result }
}

function readArgs(x: Xdr, header: CallHeader): Args {
  if (!unwrap(x, header)) {
    const sealed = new Args()
    sealed.sealed = header.cred.gssProcedure === 'data'
    return sealed
  }
  const args = argsOf(x, header)
  if (!x.short) return args
  if (args.handle === '') args.handle = undefined
  if (args.name === '') args.name = undefined
  if (args.toHandle === '') args.toHandle = undefined
  if (args.toName === '') args.toName = undefined
  if (args.path === '') args.path = undefined
  return args
}

function argsOf(x: Xdr, { program, version, procedure }: CallHeader): Args {
  switch (program) {
    case Program.nfs:
      if (version === 4) return procedure === 1 ? readCompound(x, false) : new Args()
      return pruned(x, version === 2 ? readArgs2(x, procedure) : version === 3 ? readArgs3(x, procedure) : new Args())
    case Program.mount:
      return readMountArgs(x, procedure)
    case Program.portmap:
      return pruned(x, readPortmapArgs(x, version, procedure))
    case Program.nfsAcl: {
      const args = new Args()
      if (version === 3 && procedure > 0) args.handle = x.opaqueHex(MAX_HANDLE_V3)
      return args
    }
  }
  return isCallback(program, version, procedure) ? readCompound(x, true) : new Args()
}

/** Values that were read after the bytes had run out are none. */
function pruned<T>(x: Xdr, body: T): T {
  x.prune()
  return body
}

/** Callbacks alone have numbers that nobody registered (RFC 5531 §8.2). */
const isCallback = (program: number, version: number, procedure: number): boolean =>
  procedureName(program, version, procedure) === 'CB_COMPOUND'

function readResult(x: Xdr, { header, args }: CallBody): Result {
  if (args.sealed || !unwrap(x, header)) {
    const sealed = new Result()
    sealed.sealed = args.sealed
    return sealed
  }
  const result = resultOf(x, header)
  if (!x.short) return result
  if (result.handle === '') result.handle = undefined
  return result
}

function resultOf(x: Xdr, { program, version, procedure }: CallHeader): Result {
  switch (program) {
    case Program.nfs:
      if (version === 4) return procedure === 1 ? readCompoundResult(x, false) : new Result()
      return pruned(x, version === 2 ? readResult2(x, procedure) : version === 3 ? readResult3(x, procedure) : new Result())
    case Program.mount:
      return pruned(x, readMountResult(x, version, procedure))
    case Program.portmap:
      return pruned(x, readPortmapResult(x, version, procedure))
    case Program.nfsAcl: {
      const result = new Result()
      if (procedure === 0) return result
      result.status = x.status()
      if (version === 3) maybeAttributes(x, result.row)
      return result
    }
  }
  return isCallback(program, version, procedure) ? readCompoundResult(x, true) : new Result()
}

/** RFC 2203 §5.3.2: with integrity the arguments stand in an opaque behind a sequence number; with privacy they are encrypted. */
function unwrap(x: Xdr, { cred }: CallHeader): boolean {
  if (cred.gssProcedure === undefined) return true
  if (cred.gssProcedure !== 'data' || cred.gssService === 'privacy') return false
  if (cred.gssService === 'integrity') {
    x.u32()
    x.u32()
  }
  return true
}
