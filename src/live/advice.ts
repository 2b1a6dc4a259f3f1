/**
 * What helps on this very machine: the command that installs a missing part, the commands that give the right to capture.
 *
 * Rights are given to a process (sudo) or to dumpcap, which does nothing but capture, and by way of a group; never to Node, which
 * would give every script of every user the network.
 */
import { readFileSync } from 'node:fs'
import { userInfo } from 'node:os'
import { findProgram } from './programs.js'

type Part = 'libpcap' | 'dumpcap' | 'tcpdump'

/** Package managers by the os-release ID (or ID_LIKE) that they come with. */
const INSTALL: readonly {
  readonly ids: RegExp
  readonly command: string
  readonly packages: Readonly<Record<Exclude<Part, 'tcpdump'>, string>>
}[] = [
  { ids: /\b(debian|ubuntu)\b/, command: 'apt-get install', packages: { libpcap: 'libpcap0.8', dumpcap: 'wireshark-common' } },
  { ids: /\b(fedora|rhel|centos|amzn)\b/, command: 'dnf install', packages: { libpcap: 'libpcap', dumpcap: 'wireshark-cli' } },
  { ids: /\balpine\b/, command: 'apk add', packages: { libpcap: 'libpcap', dumpcap: 'wireshark-common' } },
  { ids: /\barch\b/, command: 'pacman -S', packages: { libpcap: 'libpcap', dumpcap: 'wireshark-cli' } },
  { ids: /suse/, command: 'zypper install', packages: { libpcap: 'libpcap1', dumpcap: 'wireshark' } },
]

/** What a machine is like, as far as advice depends on it. */
export interface Machine {
  readonly platform: NodeJS.Platform
  /** Text of /etc/os-release; '' without. */
  readonly osRelease: string
  /** Effective user id; undefined where there is none. */
  readonly uid: number | undefined
  readonly user: string
  readonly dumpcap: Dumpcap | undefined
  /** The command line that runs, word by word. */
  readonly commandLine: readonly string[]
  /** Paths of programs that were tried and may not capture either. */
  readonly refused?: readonly string[]
}

export interface Dumpcap {
  readonly path: string
  /** This user may start it. */
  readonly usable: boolean
  /** Its group, by name. */
  readonly group: string
}

export const thisMachine = (): Machine => ({
  platform: process.platform,
  osRelease: textOf('/etc/os-release'),
  uid: process.geteuid?.(),
  user: userName(),
  dumpcap: findDumpcap(),
  commandLine: [process.execPath, ...process.argv.slice(1)],
})

export function installSteps(part: Part, machine = thisMachine()): string[] {
  const sudo = machine.uid === 0 ? '' : 'sudo '
  if (machine.platform === 'darwin' && part === 'dumpcap') return ['brew install wireshark   brings dumpcap']
  const ids = [...machine.osRelease.matchAll(/^(?:ID|ID_LIKE)=["']?([^"'\n]*)/gm)].map((match) => match[1]).join(' ')
  const known = machine.platform === 'linux' ? INSTALL.find((one) => one.ids.test(ids)) : undefined
  if (known) return [`${sudo}${known.command} ${part === 'tcpdump' ? part : known.packages[part]}   installs it`]
  return [`install ${part} with this system's package manager`]
}

/** How a capture of `device` that was refused can be had. */
export function permissionSteps(device: string, machine = thisMachine()): string[] {
  if (machine.uid === 0)
    return [
      'in a container: start it with --cap-add=NET_RAW --cap-add=NET_ADMIN, and with --network=host to see the host',
      'as a service: give it AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN',
    ]
  return [`sudo ${wordsOf(machine)}   captures as root`, ...dumpcapSteps(device, machine)]
}

const wordsOf = ({ commandLine }: Machine): string => commandLine.map(quoted).join(' ')

/** To be followed one after the other: the last is the command that was refused. */
function dumpcapSteps(device: string, machine: Machine): string[] {
  const { dumpcap, platform, user } = machine
  const again = `${wordsOf(machine)}   captures without root then, by dumpcap`
  if (platform !== 'linux')
    return [
      `${quoted(dumpcap?.path ?? 'dumpcap')} -q -i ${quoted(device)} -w -   has to work for you: then the same command does, without root`,
    ]
  const debian = /^ID(_LIKE)?=.*\b(debian|ubuntu)\b/m.test(machine.osRelease)
  if (!dumpcap) {
    const install = installSteps('dumpcap', machine).map((step) => step.replace('installs it', 'brings dumpcap'))
    // Debian asks whether a group may capture, everybody else has made that group with the package.
    return debian
      ? [...install, DEBIAN_GRANT, joinGroup(GROUP, user), again]
      : [...install, `${wordsOf(machine)}   tells what is left to do`]
  }
  const path = quoted(dumpcap.path)
  // Root's group is nobody's to join: dumpcap has to be given one first.
  if (dumpcap.group === 'root') {
    const grant = debian && dumpcap.path === DEBIAN_DUMPCAP ? DEBIAN_GRANT : `${grantCommands(path)}   ${GRANTED}`
    return [grant, joinGroup(GROUP, user), again]
  }
  if (!dumpcap.usable) return [joinGroup(dumpcap.group, user), again]
  // It was tried: its file lacks the right.
  return machine.refused?.includes(dumpcap.path) ? [`sudo ${setcap(path)}   gives dumpcap the right to capture`, again] : [again]
}

/** What Wireshark's packages call it. */
const GROUP = 'wireshark'
const GRANTED = `lets the group ${GROUP} capture with dumpcap`
const DEBIAN_DUMPCAP = '/usr/bin/dumpcap'
/** The package's own question, answered. */
const DEBIAN_GRANT = `echo 'wireshark-common wireshark-common/install-setuid boolean true' | sudo debconf-set-selections && sudo dpkg-reconfigure -f noninteractive wireshark-common   ${GRANTED}`
/** On the file of a program that does nothing but capture. */
const setcap = (path: string): string => `setcap cap_net_raw,cap_net_admin=eip ${path}`
/** In this order: a change of the group takes the capabilities away. */
const grantCommands = (path: string): string =>
  `sudo groupadd --force --system ${GROUP} && sudo chgrp ${GROUP} ${path} && sudo chmod 750 ${path} && sudo ${setcap(path)}`

const joinGroup = (group: string, user: string): string =>
  `sudo usermod -aG ${quoted(group)} ${quoted(user)}   makes you one of that group, from the next login on`

function findDumpcap(): Dumpcap | undefined {
  const found = findProgram('dumpcap')
  return found && { path: found.path, usable: found.usable, group: groupName(found.gid) }
}

/** From /etc/group, else the number, which the commands take as well. */
const groupName = (gid: number): string =>
  gid === 0 ? 'root' : (textOf('/etc/group').match(new RegExp(`^([^:\\n]*):[^:\\n]*:${gid}:`, 'm'))?.[1] ?? String(gid))

function userName(): string {
  try {
    return userInfo().username
  } catch {
    // A process can have a number that no user has.
    return String(process.geteuid?.() ?? '')
  }
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}

/** One word of a shell. */
export const quoted = (word: string): string => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)
