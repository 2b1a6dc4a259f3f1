/** The head of an ONC RPC message: RFC 5531 §9, AUTH_SYS credentials §8.2 and appendix A, RPCSEC_GSS RFC 2203 §5. */
import { u32 } from '../../../bytes/read.js'
import { isKnownCall } from './programs.js'
import type { Xdr } from './xdr.js'

export const MessageType = { call: 0, reply: 1 } as const
export const Flavor = { none: 0, unix: 1, short: 2, dh: 3, gss: 6, tls: 7 } as const
/** RFC 5531 §8.2: "up to 400 bytes". */
const MAX_AUTH = 400
const MAX_MACHINE = 255
const MAX_GIDS = 16

export interface Credentials {
  /** Packetbeat's names, continued. */
  readonly flavor: string
  readonly stamp?: number
  readonly machine?: string
  readonly uid?: number
  readonly gid?: number
  readonly gids?: readonly number[]
  readonly gssProcedure?: string
  readonly gssService?: string
}

export interface CallHeader {
  readonly xid: number
  readonly rpcVersion: number
  readonly program: number
  readonly version: number
  readonly procedure: number
  readonly cred: Credentials
  readonly verifier: string
}

export interface ReplyHeader {
  readonly xid: number
  /** `success` or why the call was not carried out, Packetbeat's words. */
  readonly status: string
  /** Supported versions that a mismatch names. */
  readonly low?: number
  readonly high?: number
  /** AUTH_BADCRED and so on, when the credentials were refused. */
  readonly authStatus?: string
  readonly verifier: string
  /** The verifier is the text STARTTLS (RFC 9289 §4.1): what follows is TLS. */
  readonly startTls: boolean
}

const flavors: ReadonlyMap<number, string> = new Map([
  [Flavor.none, 'none'],
  [Flavor.unix, 'unix'],
  [Flavor.short, 'short'],
  [Flavor.dh, 'dh'],
  [Flavor.gss, 'rpcsec_gss'],
  [Flavor.tls, 'tls'],
])
const pseudoFlavors: ReadonlyMap<number, string> = new Map([
  [390003, 'krb5'],
  [390004, 'krb5i'],
  [390005, 'krb5p'],
])
export const flavorName = (flavor: number): string => flavors.get(flavor) ?? pseudoFlavors.get(flavor) ?? 'unknown'
/** For lists of what a server offers, where the number says more than `unknown`. */
export const flavorText = (flavor: number): string => flavors.get(flavor) ?? pseudoFlavors.get(flavor) ?? String(flavor)

const ACCEPT = ['success', 'prog_unavail', 'prog_mismatch', 'proc_unavail', 'garbage_args', 'system_err']
const AUTH = [
  ...['AUTH_OK', 'AUTH_BADCRED', 'AUTH_REJECTEDCRED', 'AUTH_BADVERF', 'AUTH_REJECTEDVERF', 'AUTH_TOOWEAK', 'AUTH_INVALIDRESP'],
  ...['AUTH_FAILED', 'AUTH_KERB_GENERIC', 'AUTH_TIMEEXPIRE', 'AUTH_TKT_FILE', 'AUTH_DECODE', 'AUTH_NET_ADDR'],
  ...['RPCSEC_GSS_CREDPROBLEM', 'RPCSEC_GSS_CTXPROBLEM'],
]
const GSS_PROCEDURES = ['data', 'init', 'continue_init', 'destroy']
const GSS_SERVICES = ['', 'none', 'integrity', 'privacy']

/** `xid` and type were read. Nothing may be kept of it while `x.short` is set. */
export function readCall(x: Xdr, xid: number): CallHeader {
  const rpcVersion = x.u32()
  const program = x.u32()
  const version = x.u32()
  const procedure = x.u32()
  const cred = readCredentials(x)
  const verifier = flavorName(x.u32())
  x.skipOpaque(MAX_AUTH)
  return { xid, rpcVersion, program, version, procedure, cred, verifier }
}

function readCredentials(x: Xdr): Credentials {
  const flavor = x.u32()
  const name = flavorName(flavor)
  const length = x.u32()
  if (length > MAX_AUTH) x.fail(`Credentials announce ${length} bytes.`)
  if (x.left < length) x.skip(length)
  if (x.short) return { flavor: name }
  const end = Math.min(x.pos + length + (-length & 3), x.end)
  const outer = x.end
  // The credentials' own lengths must not lead out of them.
  x.end = x.pos + length
  let cred: Credentials = { flavor: name }
  if (flavor === Flavor.unix) {
    const stamp = x.u32()
    const machine = x.text(MAX_MACHINE)
    const uid = x.u32()
    const gid = x.u32()
    const gids: number[] = []
    for (let n = x.count(MAX_GIDS); n > 0; n--) gids.push(x.u32())
    if (!x.short) cred = { flavor: name, stamp, machine, uid, gid, gids }
  } else if (flavor === Flavor.gss) {
    x.u32()
    const procedure = x.u32()
    x.u32()
    const service = x.u32()
    if (!x.short) {
      cred = {
        flavor: name,
        gssProcedure: GSS_PROCEDURES[procedure] ?? String(procedure),
        gssService: GSS_SERVICES[service] ?? String(service),
      }
    }
  }
  x.end = outer
  x.pos = end
  x.short = false
  x.fault = ''
  return cred
}

export function readReply(x: Xdr, xid: number): ReplyHeader {
  if (x.u32() === 0) {
    const flavor = x.u32()
    const startTls =
      flavor === Flavor.none && x.left >= 12 && u32(x.buf, x.pos) === 8 && x.buf.toString('latin1', x.pos + 4, x.pos + 12) === 'STARTTLS'
    x.skipOpaque(MAX_AUTH)
    const verifier = flavorName(flavor)
    const stat = x.u32()
    const status = ACCEPT[stat] ?? String(stat)
    if (stat === 2) return { xid, status, low: x.u32(), high: x.u32(), verifier, startTls }
    return { xid, status, verifier, startTls }
  }
  if (x.u32() === 0) return { xid, status: 'rpc_mismatch', low: x.u32(), high: x.u32(), verifier: '', startTls: false }
  const why = x.u32()
  return { xid, status: 'auth_error', authStatus: AUTH[why] ?? `AUTH_${why}`, verifier: '', startTls: false }
}

/** Bytes that `judge` needs to be sure of a call. */
export const CALL_HEAD = 32
/** The shortest reply: refused credentials, or an accepted one without results. */
export const REPLY_HEAD = 20

/**
 * Could a message begin at `at`? `near`: where one is due, so that programs we do not know and wrong versions may come too.
 *
 * call, reply  every word of the head that is here fits
 * short        what is here fits, too little to tell
 * no           it does not
 */
export function judge(b: Uint8Array, at: number, end: number, near = false): 'call' | 'reply' | 'short' | 'no' {
  const length = end - at
  if (length < 8) return 'short'
  const type = u32(b, at + 4)
  if (type === MessageType.call) {
    if (length >= 12 && (near ? u32(b, at + 8) > 9 : u32(b, at + 8) !== 2)) return 'no'
    if (length < CALL_HEAD) return 'short'
    if (!near && !isKnownCall(u32(b, at + 12), u32(b, at + 16), u32(b, at + 20))) return 'no'
    const credentials = u32(b, at + 28)
    if (!flavors.has(u32(b, at + 24)) || credentials > MAX_AUTH) return 'no'
    const verifier = at + CALL_HEAD + credentials + (-credentials & 3)
    if (verifier + 8 > end) return 'call'
    return flavors.has(u32(b, verifier)) && u32(b, verifier + 4) <= MAX_AUTH ? 'call' : 'no'
  }
  if (type !== MessageType.reply) return 'no'
  if (length < 12) return 'short'
  const stat = u32(b, at + 8)
  if (stat > 1) return 'no'
  if (length < REPLY_HEAD) return 'short'
  if (stat === 1) {
    const reject = u32(b, at + 12)
    return reject <= 1 && u32(b, at + 16) < 16 ? 'reply' : 'no'
  }
  const verifier = u32(b, at + 16)
  if (!flavors.has(u32(b, at + 12)) || verifier > MAX_AUTH) return 'no'
  const status = at + 20 + verifier + (-verifier & 3)
  if (status + 4 > end) return 'short'
  return u32(b, status) < ACCEPT.length ? 'reply' : 'no'
}

/** Program number of a call that `judge` said 'call' to. */
export const programOf = (b: Uint8Array, at: number): number => u32(b, at + 12)
