/**
 * The system's libpcap as functions. Nothing is compiled at install, nothing is loaded before somebody wants to capture.
 *
 * Only what the files beside this one use is bound, under the names of pcap(3PCAP) and the pages below it. Pointers are opaque
 * numbers; whoever got one gives it back. Whatever can fail answers what is wrong in libpcap's words.
 */
import { UserError } from '../model/user-error.js'
import { type Koffi, loadKoffi, openLibpcap } from './native.js'

/** An address in C memory. */
export type Pointer = bigint

/** PCAP_ERRBUF_SIZE. */
const ERROR_TEXT = 256
/** PCAP_NETMASK_UNKNOWN: only the filter `ip broadcast` asks for a netmask. */
const NO_NETMASK = 0xffffffff
/**
 * Longer filters are refused: the time of libpcap's optimizer grows with the third power of their length. 400 ports (7 KiB) take
 * about 2 s and 2,200 instructions, of 4096 that Linux takes; 1,000 ports and their VLAN part (40 KiB) took two minutes.
 */
export const MAX_FILTER_TEXT = 8 * 1024

/** What pcap_activate answers: pcap_activate(3PCAP). Above 0 it works, with a warning. */
export const PcapCode = {
  noSuchDevice: -5,
  permission: -8,
  notUp: -9,
  promiscuousPermission: -11,
  notSupported: -13,
  noPromiscuous: 2,
} as const

/** socket(7), on every machine that is served. */
const SOL_SOCKET = 1
const SO_ATTACH_FILTER = 26
const SO_DETACH_FILTER = 27
/** Bytes of struct sock_fprog. */
const SOCK_FPROG = 16
const ENOENT = 2
/** netdevice(7); struct ifreq is a name and what is asked for. */
const SIOCGIFFLAGS = 0x8913
const IFREQ = 40
const IFNAMSIZ = 16
const IFF_UP = 1

/** pcap_setdirection(3PCAP): what comes in, not what leaves. */
export const DIRECTION_IN = 1

/** struct pcap_if and struct pcap_addr of pcap_findalldevs(3PCAP). */
export interface RawDevice {
  readonly next: Pointer | null
  readonly name: string
  readonly description: string | null
  readonly addresses: Pointer | null
  readonly flags: number
}
export interface RawAddress {
  readonly next: Pointer | null
  readonly addr: Pointer | null
  readonly netmask: Pointer | null
}

type Ioctl = (fd: number, request: number, argument: Buffer) => number

let loaded: Libpcap | undefined

/** The library, loaded at the first call; a `UserError` that says what to install where there is none. */
export function libpcap(): Libpcap {
  loaded ??= new Libpcap(loadKoffi())
  return loaded
}

export class Libpcap {
  /** As pcap_lib_version says it, e.g. "libpcap version 1.10.3 (with TPACKET_V3)". */
  readonly version: string
  readonly #call: ReturnType<typeof bind>
  readonly #errorText = Buffer.alloc(ERROR_TEXT)
  readonly #program: Pointer
  readonly #counters: Pointer
  readonly #list: Pointer
  #indexOf: ((name: string) => number) | undefined
  #ioctl: Ioctl | undefined

  constructor(
    readonly koffi: Koffi,
    names?: readonly string[],
  ) {
    this.#call = bind(koffi, names)
    this.version = this.#call.lib_version()
    // struct bpf_program is a length and a pointer; struct pcap_stat three counters, on some systems with more behind them.
    this.#program = koffi.alloc('uint64_t', 2)
    this.#counters = koffi.alloc('uint32_t', 16)
    this.#list = koffi.alloc('void *', 1)
  }

  /** Address of pcap_dump: as the callback of `dispatch` it writes records without coming back here for each. */
  get dumpCallback(): Pointer {
    return this.#call.dump
  }

  /** Shows each device of pcap_findalldevs, as long as `see` lasts, in libpcap's order. */
  eachDevice(most: number, see: (device: RawDevice) => void): void {
    if (this.#call.findalldevs(this.#list, this.#errorText) !== 0)
      throw new UserError(`the network interfaces cannot be listed: ${this.#errorWords()}`)
    const first: Pointer | null = this.koffi.decode(this.#list, 'void *')
    if (first === null) return
    try {
      this.#each(first, this.#call.device, most, see)
    } finally {
      this.#call.freealldevs(first)
    }
  }

  eachAddress(first: Pointer | null, most: number, see: (address: RawAddress) => void): void {
    this.#each(first, this.#call.address, most, see)
  }

  #each<T extends { readonly next: Pointer | null }>(first: Pointer | null, struct: object, most: number, see: (one: T) => void): void {
    for (let at = first, n = 0; at !== null && n < most; n++) {
      const one = this.koffi.decode(at, struct as never) as T
      see(one)
      at = one.next
    }
  }

  /** A handle for the device, not yet active; or why there is none. */
  create(name: string): Pointer | { readonly failure: string } {
    return this.#call.create(name, this.#errorText) ?? { failure: this.#errorWords() }
  }

  setSnaplen(p: Pointer, bytes: number): void {
    this.#call.set_snaplen(p, bytes)
  }

  setPromiscuous(p: Pointer): void {
    this.#call.set_promisc(p, 1)
  }

  /** How long the kernel gathers packets before it hands them over, at most. */
  setTimeout(p: Pointer, ms: number): void {
    this.#call.set_timeout(p, ms)
  }

  setBufferSize(p: Pointer, bytes: number): void {
    this.#call.set_buffer_size(p, bytes)
  }

  /** False where this libpcap is too old for it, here and below. */
  setImmediate(p: Pointer): boolean {
    return this.#call.set_immediate_mode?.(p, 1) === 0
  }

  setNanoseconds(p: Pointer): boolean {
    return this.#call.set_tstamp_precision?.(p, 1) === 0
  }

  isNanosecond(p: Pointer): boolean {
    return this.#call.get_tstamp_precision?.(p) === 1
  }

  /** 0 when all is well, else one of `PcapCode` or another code for `codeText`. */
  activate(p: Pointer): number {
    return this.#call.activate(p)
  }

  /** What the handle's last call had to say; may be ''. */
  errorOf(p: Pointer): string {
    return this.#call.geterr(p) ?? ''
  }

  codeText(code: number): string {
    return this.#call.statustostr(code)
  }

  /** DLT_ number: the link type as this system numbers it; files have the LINKTYPE_ number, which differs for a few. */
  dataLink(p: Pointer): number {
    return this.#call.datalink(p)
  }

  /** Name and description of a DLT_ number, e.g. EN10MB and Ethernet. */
  dataLinkWords(dlt: number): { readonly name: string; readonly description: string } | undefined {
    const name: string | null = this.#call.datalink_val_to_name(dlt)
    return name === null ? undefined : { name, description: this.#call.datalink_val_to_description(dlt) ?? '' }
  }

  /** Has an active handle pass only what the filter matches. */
  setFilter(p: Pointer, text: string): string | undefined {
    return this.#compile(p, text) ?? this.#withProgram(() => (this.#call.setfilter(p, this.#program) === 0 ? undefined : this.errorOf(p)))
  }

  /** if_nametoindex(3): 0 where no interface has this name. Each that is made has a number of its own. */
  indexOf(name: string): number {
    this.#indexOf ??= this.koffi.load(null).func('if_nametoindex', 'uint32_t', ['str']) as (name: string) => number
    return this.#indexOf(name)
  }

  /**
   * Whether the interface of a handle is up: netdevice(7), SIOCGIFFLAGS. libpcap itself says nothing of one that goes down, and reads on
   * when it is up again. Undefined where the system does not tell.
   */
  isUp(p: Pointer, name: string): boolean | undefined {
    if (process.platform !== 'linux') return undefined
    this.#ioctl ??= this.koffi.load(null).func('ioctl', 'int', ['int', 'unsigned long', 'void *']) as Ioctl
    const request = Buffer.alloc(IFREQ)
    if (request.write(name) >= IFNAMSIZ) return undefined
    return this.#ioctl(this.fileDescriptor(p), SIOCGIFFLAGS, request) === 0 ? (request.readUInt16LE(IFNAMSIZ) & IFF_UP) !== 0 : undefined
  }

  /**
   * Puts another filter in the place of the one that the kernel has, in one step: pcap_setfilter(3PCAP) lets nothing through for a
   * moment, and drops it. For handles whose frames are as the wire had them, on Linux; undefined = no filter. Answers what is wrong.
   */
  replaceFilter(p: Pointer, text: string | undefined): string | undefined {
    const set = this.koffi.load(null).func('setsockopt', 'int', ['int', 'int', 'int', 'void *', 'uint32_t'])
    const fd = this.fileDescriptor(p)
    const failure = (): string => `the system does not take it (errno ${this.koffi.errno()})`
    if (text === undefined) {
      if (set(fd, SOL_SOCKET, SO_DETACH_FILTER, null, 0) === 0 || this.koffi.errno() === ENOENT) return undefined
      return failure()
    }
    // struct sock_fprog begins with 16 bits where struct bpf_program has 32: the same on a little-endian machine, which all that are served are.
    return (
      this.#compile(p, text) ??
      this.#withProgram(() => (set(fd, SOL_SOCKET, SO_ATTACH_FILTER, this.#program, SOCK_FPROG) === 0 ? undefined : failure()))
    )
  }

  /** What is wrong with a filter for captures of this DLT_, or undefined; nothing is opened. */
  checkFilter(text: string, dlt: number, snaplen: number): string | undefined {
    const p: Pointer | null = this.#call.open_dead(dlt, snaplen)
    if (p === null) return `link type ${dlt} is not known`
    try {
      return this.#compile(p, text) ?? this.#withProgram(() => undefined)
    } finally {
      this.close(p)
    }
  }

  #compile(p: Pointer, text: string): string | undefined {
    if (text.length > MAX_FILTER_TEXT) return `it is longer than ${MAX_FILTER_TEXT} characters`
    // C would take it for the end.
    if (text.includes('\0')) return 'it has a NUL character in it'
    return this.#call.compile(p, this.#program, text, 1, NO_NETMASK) === 0 ? undefined : this.errorOf(p)
  }

  #withProgram<T>(use: () => T): T {
    try {
      return use()
    } finally {
      this.#call.freecode(this.#program)
    }
  }

  setDirection(p: Pointer, direction: number): string | undefined {
    return this.#call.setdirection(p, direction) === 0 ? undefined : this.errorOf(p)
  }

  /** Of the socket or device behind an active handle. */
  fileDescriptor(p: Pointer): number {
    return this.#call.fileno(p)
  }

  setNonBlocking(p: Pointer): string | undefined {
    return this.#call.setnonblock(p, 1, this.#errorText) === 0 ? undefined : this.#errorWords()
  }

  /** Hands at most `count` packets to the C function `callback(user, ...)`. Answers how many, or a code below 0. */
  dispatch(p: Pointer, count: number, callback: Pointer, user: Pointer): number {
    return this.#call.dispatch(p, count, callback, user)
  }

  /** Received, dropped for want of buffer, dropped by the interface: each modulo 2^32. Undefined where they cannot be had. */
  stats(p: Pointer): Uint32Array | undefined {
    return this.#call.stats(p, this.#counters) === 0 ? this.koffi.decode(this.#counters, 'uint32_t', 3) : undefined
  }

  /** A writer of capture records into a C stream. It writes the file's header at once. */
  openDumper(p: Pointer, stream: Pointer): Pointer | null {
    return this.#call.dump_fopen(p, stream)
  }

  /** Bytes between the stream's beginning and where it stands. */
  dumperPosition(dumper: Pointer): number {
    return Number(this.#call.dump_ftell(dumper))
  }

  /** Closes the stream, too. */
  closeDumper(dumper: Pointer): void {
    this.#call.dump_close(dumper)
  }

  close(p: Pointer): void {
    this.#call.close(p)
  }

  #errorWords(): string {
    return this.#errorText.toString('utf8', 0, Math.max(0, this.#errorText.indexOf(0)))
  }
}

/** pcap_NAME of the library for each NAME. */
function bind(koffi: Koffi, names: readonly string[] | undefined) {
  const lib = openLibpcap(koffi, names)
  const P = 'void *'
  const fn = (name: string, result: string, ...args: string[]) => lib.func(`pcap_${name}`, result, args)
  /** Came with libpcap 1.5, in 2013. */
  const since = (name: string, ...args: string[]) => {
    try {
      return fn(name, 'int', ...args)
    } catch {
      return undefined
    }
  }
  return {
    device: koffi.struct({ next: P, name: 'str', description: 'str', addresses: P, flags: 'uint32_t' }),
    address: koffi.struct({ next: P, addr: P, netmask: P, broadaddr: P, dstaddr: P }),
    dump: lib.symbol('pcap_dump') as Pointer,
    lib_version: fn('lib_version', 'str'),
    findalldevs: fn('findalldevs', 'int', P, P),
    freealldevs: fn('freealldevs', 'void', P),
    create: fn('create', P, 'str', P),
    set_snaplen: fn('set_snaplen', 'int', P, 'int'),
    set_promisc: fn('set_promisc', 'int', P, 'int'),
    set_timeout: fn('set_timeout', 'int', P, 'int'),
    set_buffer_size: fn('set_buffer_size', 'int', P, 'int'),
    set_immediate_mode: since('set_immediate_mode', P, 'int'),
    set_tstamp_precision: since('set_tstamp_precision', P, 'int'),
    get_tstamp_precision: since('get_tstamp_precision', P),
    activate: fn('activate', 'int', P),
    geterr: fn('geterr', 'str', P),
    statustostr: fn('statustostr', 'str', 'int'),
    datalink: fn('datalink', 'int', P),
    datalink_val_to_name: fn('datalink_val_to_name', 'str', 'int'),
    datalink_val_to_description: fn('datalink_val_to_description', 'str', 'int'),
    compile: fn('compile', 'int', P, P, 'str', 'int', 'uint32_t'),
    setfilter: fn('setfilter', 'int', P, P),
    freecode: fn('freecode', 'void', P),
    open_dead: fn('open_dead', P, 'int', 'int'),
    fileno: fn('fileno', 'int', P),
    setdirection: fn('setdirection', 'int', P, 'int'),
    setnonblock: fn('setnonblock', 'int', P, 'int', P),
    dispatch: fn('dispatch', 'int', P, 'int', P, P),
    stats: fn('stats', 'int', P, P),
    dump_fopen: fn('dump_fopen', P, P, P),
    dump_ftell: fn('dump_ftell', 'long', P),
    dump_close: fn('dump_close', 'void', P),
    close: fn('close', 'void', P),
  }
}
