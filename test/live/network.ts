/**
 * A network of its own for a test of live capture: the test's process moves into a new network namespace, which nobody else sees and
 * which ends with the process. Only root on Linux can; elsewhere the tests say why they are skipped.
 */
import { execFileSync, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { closeSync, openSync } from 'node:fs'
import { libpcap } from '../../src/live/libpcap.js'
import { type Koffi, loadKoffi } from '../../src/live/native.js'

const CLONE_NEWNET = 0x40000000

/** Why no interface can be captured in a test here; undefined where one can. */
export function whyNotLive(): string | undefined {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.geteuid?.() !== 0) return 'not root'
  try {
    libpcap()
    execFileSync('ip', ['-V'])
    new OwnNetwork().leave()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

export class OwnNetwork {
  readonly #koffi: Koffi = loadKoffi()
  readonly #home = openSync('/proc/self/ns/net', 'r')
  readonly #peers: number[] = []

  constructor() {
    const unshare = this.#koffi.load(null).func('unshare', 'int', ['int'])
    if (unshare(CLONE_NEWNET) !== 0) throw new Error(`no network namespace can be made (errno ${this.#koffi.errno()})`)
    this.ip('link set lo up')
  }

  /** `ip` of iproute2, in this network. */
  ip(command: string): string {
    return execFileSync('ip', command.split(' '), { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** A pair of interfaces: `name` here with 10.9.0.1, its other end in a network of its own with 10.9.0.2. Answers that one's process. */
  async pair(name: string): Promise<number> {
    const peer = spawn('unshare', ['--net', 'sh', '-c', 'echo in; exec sleep 600'], { stdio: ['ignore', 'pipe', 'inherit'] })
    this.#peers.push(peer.pid!)
    await new Promise((done) => peer.stdout.once('data', done))
    this.ip(`link add ${name} type veth peer name far netns ${peer.pid}`)
    this.ip(`addr add 10.9.0.1/24 dev ${name}`)
    this.ip(`link set ${name} up`)
    this.there(peer.pid!, 'ip addr add 10.9.0.2/24 dev far; ip link set far up; ip link set lo up')
    return peer.pid!
  }

  /** A shell command at the other end. */
  there(pid: number, command: string): string {
    return execFileSync('nsenter', ['-t', String(pid), '-n', 'sh', '-c', command], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })
  }

  /** Back to where the process came from. */
  leave(): void {
    for (const pid of this.#peers) process.kill(pid)
    const setns = this.#koffi.load(null).func('setns', 'int', ['int', 'int'])
    if (setns(this.#home, CLONE_NEWNET) !== 0) throw new Error('the test process cannot go back to its network')
    closeSync(this.#home)
  }
}

/**
 * Sends datagrams to a port of an address, in order and as fast as the kernel takes them; returns when it has all.
 * Straight through the C library, since Node's own sockets wait for the event loop.
 */
export function sendDatagrams(texts: Iterable<string>, port: number, address = '127.0.0.1'): void {
  const libc = loadKoffi().load(null)
  const socket = libc.func('socket', 'int', ['int', 'int', 'int'])(AF_INET, SOCK_DGRAM, 0)
  const sendto = libc.func('sendto', 'intptr_t', ['int', 'str', 'size_t', 'int', 'void *', 'uint32_t'])
  const to = Buffer.from([AF_INET, 0, port >> 8, port & 0xff, ...address.split('.').map(Number), 0, 0, 0, 0, 0, 0, 0, 0])
  for (const text of texts) if (sendto(socket, text, text.length, 0, to, to.length) !== text.length) throw new Error('not sent')
  closeSync(socket)
}
const AF_INET = 2
const SOCK_DGRAM = 2

/** Puts a whole frame on an interface: packet(7). */
export function sendFrame(frame: Buffer, name: string): void {
  const libc = loadKoffi().load(null)
  const socket = libc.func('socket', 'int', ['int', 'int', 'int'])(AF_PACKET, SOCK_RAW, 0)
  const index = libc.func('if_nametoindex', 'uint32_t', ['str'])(name)
  // struct sockaddr_ll: family, protocol, index of the interface; the rest is not needed to send.
  const to = Buffer.alloc(20)
  to.writeUInt16LE(AF_PACKET, 0)
  to.writeInt32LE(index, 4)
  const sendto = libc.func('sendto', 'intptr_t', ['int', 'void *', 'size_t', 'int', 'void *', 'uint32_t'])
  if (sendto(socket, frame, frame.length, 0, to, to.length) !== frame.length) throw new Error('not sent')
  closeSync(socket)
}
const AF_PACKET = 17
const SOCK_RAW = 3

/** Takes datagrams and throws them away, so that none is answered by "port unreachable". */
export async function sink(port: number): Promise<() => Promise<void>> {
  const socket = createSocket('udp4')
  socket.on('message', () => {})
  await new Promise<void>((done) => socket.bind(port, done))
  return () => new Promise<void>((done) => socket.close(() => done()))
}
