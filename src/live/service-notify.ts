/**
 * Tells the service manager how a session does: sd_notify(3). The datagrams go through the C library, since Node opens no datagram
 * sockets of the local kind; where that is not to be had, the session runs untold.
 */
import { type Koffi, loadKoffi } from './native.js'

/** socket(2), unix(7), send(2) on Linux. */
const AF_UNIX = 1
const SOCK_DGRAM = 2
const SOCK_CLOEXEC = 0o2000000
const MSG_DONTWAIT = 0x40
const MSG_NOSIGNAL = 0x4000
/** sun_path of unix(7). */
const MAX_PATH = 108
/** A status is one line of a screen. */
const MAX_STATUS = 200

/** A file's path, or an abstract name behind an @. Undefined where there is no manager to tell. */
export function notifyAddress(socket: string | undefined): Buffer | undefined {
  if (socket === undefined || !/^[@/]./s.test(socket)) return undefined
  const path = Buffer.from(socket)
  if (path.length >= MAX_PATH) return undefined
  // An abstract name begins with a NUL and is as long as it is.
  if (socket.startsWith('@')) path[0] = 0
  const family = Buffer.alloc(2)
  family.writeUInt16LE(AF_UNIX)
  return Buffer.concat([family, path, socket.startsWith('@') ? Buffer.alloc(0) : Buffer.alloc(1)])
}

export class ServiceNotify {
  private readonly descriptor: number
  private readonly send: (fd: number, text: Buffer, length: number, flags: number, to: Buffer, size: number) => number

  private constructor(
    koffi: Koffi,
    private readonly address: Buffer,
    /** Microseconds between two signs of life at most; undefined when none are wanted. */
    readonly watchdogUs: number | undefined,
  ) {
    const libc = koffi.load(null)
    this.descriptor = libc.func('socket', 'int', ['int', 'int', 'int'])(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0) as number
    this.send = libc.func('sendto', 'intptr_t', ['int', 'void *', 'size_t', 'int', 'void *', 'uint32_t'])
  }

  /**
   * The manager that started this process, if one did. What it said of itself leaves the environment: it is not for the programs that
   * are started from here.
   */
  static of(env: Record<string, string | undefined>, koffi: () => Koffi = loadKoffi): ServiceNotify | undefined {
    const { NOTIFY_SOCKET, WATCHDOG_USEC, WATCHDOG_PID } = env
    for (const name of ['NOTIFY_SOCKET', 'WATCHDOG_USEC', 'WATCHDOG_PID']) delete env[name]
    const address = process.platform === 'linux' ? notifyAddress(NOTIFY_SOCKET) : undefined
    if (!address) return undefined
    const wanted = Number(WATCHDOG_USEC)
    const forUs = WATCHDOG_PID === undefined || WATCHDOG_PID === String(process.pid)
    try {
      return new ServiceNotify(koffi(), address, forUs && Number.isSafeInteger(wanted) && wanted > 0 ? wanted : undefined)
    } catch {
      return undefined
    }
  }

  ready(): void {
    this.tell('READY=1')
  }

  /** A configuration is read again, since now by the clock that counts from the machine's start. */
  reloading(): void {
    this.tell(`RELOADING=1\nMONOTONIC_USEC=${process.hrtime.bigint() / 1000n}`)
  }

  stopping(): void {
    this.tell('STOPPING=1')
  }

  alive(): void {
    this.tell('WATCHDOG=1')
  }

  /** One line of text, for `systemctl status`. */
  status(text: string): void {
    this.tell(`STATUS=${text.replace(/[\x00-\x1f\x7f]+/g, ' ').slice(0, MAX_STATUS)}`)
  }

  /** Never waits: a manager that does not listen is no reason to hold up a capture. */
  private tell(text: string): void {
    const bytes = Buffer.from(text)
    if (this.descriptor >= 0)
      this.send(this.descriptor, bytes, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL, this.address, this.address.length)
  }
}
