/** The interfaces of this machine where libpcap cannot list them: as tcpdump or dumpcap does, or at least as the system names them. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { CaptureRefused } from './capture-refused.js'
import { type CaptureWay, TOOLS, type ToolName, toolsHere } from './capture-tools.js'
import { type InterfaceAddress, type InterfaceInfo, linkTypeOf, listInterfaces } from './interfaces.js'
import { findProgram } from './programs.js'

export interface Listed {
  readonly list: readonly InterfaceInfo[]
  /** Who says so; undefined: libpcap. */
  readonly by: string | undefined
  /** Why libpcap does not. */
  readonly why: CaptureRefused | undefined
}

/** A list takes milliseconds; a program that hangs shall not take the command with it. */
const LIST_MS = 10_000
/** 65,536 interfaces with a line of 256 characters each. */
const LIST_BYTES = 16 * 1024 * 1024
/** IFF_UP of netdevice(7). */
const IFF_UP = 1

/** @throws CaptureRefused where libpcap is insisted on and missing */
export function listedInterfaces(way: CaptureWay = 'auto'): Listed {
  try {
    return { list: listInterfaces(), by: undefined, why: undefined }
  } catch (error) {
    if (!(error instanceof CaptureRefused) || way === 'libpcap') throw error
    return { ...withoutLibpcap(), why: error }
  }
}

/** What kind of frames an interface gives, as libpcap calls it; undefined where nobody may look. */
export function knownLinkType(name: string): string | undefined {
  // All interfaces at once are cooked frames, whoever takes them.
  if (name === 'any') return 'LINUX_SLL'
  try {
    return linkTypeOf(name)?.name
  } catch (error) {
    if (error instanceof CaptureRefused) return undefined
    throw error
  }
}

function withoutLibpcap(): Pick<Listed, 'list' | 'by'> {
  // tcpdump says more of each than dumpcap does.
  for (const [name, args, parse] of [
    ['tcpdump', ['-D'], ofTcpdump],
    ['dumpcap', ['-D', '-M'], ofDumpcap],
  ] as const) {
    const list = listBy(name, args).flatMap((line) => parse(line) ?? [])
    if (list.length > 0) return { list: list.map((one, i) => ({ ...one, number: i + 1 })), by: name }
  }
  const names = Object.entries(networkInterfaces())
  const list = names.map(([name, addresses = []], i) => ({
    ...bare(name),
    number: i + 1,
    up: true,
    running: true,
    loopback: addresses.some(({ internal }) => internal),
  }))
  return { list, by: 'the system, which names those that are up and have an address' }
}

function listBy(name: ToolName, args: readonly string[]): string[] {
  const program = toolsHere() && TOOLS.some((tool) => tool.name === name) ? findProgram(name) : undefined
  if (!program?.usable) return []
  try {
    const text = execFileSync(program.path, [...args], {
      encoding: 'utf8',
      timeout: LIST_MS,
      maxBuffer: LIST_BYTES,
      stdio: ['ignore', 'pipe', 'ignore'],
      env: { ...process.env, LC_ALL: 'C' },
    })
    return text.split('\n')
  } catch {
    return []
  }
}

/** `3.lo (Loopback) [Up, Running, Loopback]`; old ones leave the last part out. */
export function ofTcpdump(line: string): InterfaceInfo | undefined {
  const found = /^\d+\.(\S+)(?: \((.*)\))?(?: \[([^\]]*)\])?$/.exec(line)
  if (!found) return undefined
  const [, name, description, flags = ''] = found
  const has = (word: string): boolean => flags.split(', ').includes(word)
  return {
    ...bare(name!),
    description,
    up: has('Up'),
    running: has('Running'),
    loopback: has('Loopback'),
    wireless: has('Wireless'),
    connected: has('Connected') ? true : has('Disconnected') ? false : undefined,
  }
}

/** `-M`: `3. lo<TAB>vendor<TAB>friendly name<TAB>type<TAB>addresses<TAB>loopback or network<TAB>`. */
export function ofDumpcap(line: string): InterfaceInfo | undefined {
  const [first, vendor, friendly, , , kind] = line.split('\t')
  const name = /^\d+\. (\S+)$/.exec(first ?? '')?.[1]
  if (name === undefined || kind === undefined) return undefined
  const up = isUp(name)
  return { ...bare(name), description: friendly || vendor || undefined, up, running: up, loopback: kind === 'loopback' }
}

const bare = (name: string): InterfaceInfo => ({
  number: 0,
  name,
  description: undefined,
  addresses: addressesOf(name),
  up: false,
  running: false,
  loopback: false,
  wireless: false,
  connected: undefined,
})

function addressesOf(name: string): InterfaceAddress[] {
  const found = networkInterfaces()[name] ?? []
  return found.map(({ address, cidr }) => ({ address, prefix: cidr === null ? undefined : Number(cidr.split('/')[1]) }))
}

/** dumpcap does not tell; Linux does, elsewhere an interface with an address is up. */
function isUp(name: string): boolean {
  try {
    return (Number(readFileSync(join('/sys/class/net', name, 'flags'), 'utf8')) & IFF_UP) !== 0
  } catch {
    return name === 'any' || networkInterfaces()[name] !== undefined
  }
}
