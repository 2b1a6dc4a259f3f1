/**
 * What helps on this very machine: the command that installs a missing part, the commands that give the right to capture.
 *
 * Rights are given to a process (sudo) or to dumpcap, which does nothing but capture, and by way of a group; never to Node, which
 * would give every script of every user the network.
 */
import { accessSync, constants, readFileSync, statSync } from 'node:fs'
import { userInfo } from 'node:os'
import { delimiter, join } from 'node:path'

type Part = 'libpcap' | 'dumpcap'

/** Package managers by the os-release ID (or ID_LIKE) that they come with. */
const INSTALL: readonly { readonly ids: RegExp; readonly command: string; readonly packages: Readonly<Record<Part, string>> }[] = [
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
  if (known) return [`${sudo}${known.command} ${known.packages[part]}   installs it`]
  return [`install ${part} with this system's package manager`]
}

/** How a capture of `device` that was refused can be had. */
export function permissionSteps(device: string, machine = thisMachine()): string[] {
  if (machine.uid === 0)
    return [
      'in a container: start it with --cap-add=NET_RAW --cap-add=NET_ADMIN, and with --network=host to see the host',
      'as a service: give it AmbientCapabilities=CAP_NET_RAW CAP_NET_ADMIN',
    ]
  return [`sudo ${machine.commandLine.map(quoted).join(' ')}   captures as root`, ...dumpcapSteps(device, machine)]
}

function dumpcapSteps(device: string, machine: Machine): string[] {
  const { dumpcap, platform, user } = machine
  const use = `${quoted(dumpcap?.path ?? 'dumpcap')} -q -P -i ${quoted(device)} -w - | audit analyze - -o case.sqlite   captures without root`
  if (platform !== 'linux') return [`${use}, where dumpcap has the right to`]
  if (!dumpcap) return [...installSteps('dumpcap', machine).map((step) => step.replace('installs it', 'brings dumpcap')), use]
  // Root's group is nobody's to join: dumpcap has to be given one first.
  if (dumpcap.group === 'root') {
    const path = quoted(dumpcap.path)
    const grant = machine.osRelease.match(/debian|ubuntu/)
      ? 'sudo dpkg-reconfigure wireshark-common'
      : `sudo groupadd --force --system wireshark && sudo chgrp wireshark ${path} && sudo chmod 750 ${path} && sudo setcap cap_net_raw,cap_net_admin=eip ${path}`
    return [`${grant}   lets the group wireshark capture with dumpcap`, joinGroup('wireshark', user), use]
  }
  return dumpcap.usable ? [use] : [joinGroup(dumpcap.group, user), use]
}

const joinGroup = (group: string, user: string): string =>
  `sudo usermod -aG ${quoted(group)} ${quoted(user)}   makes you one of that group, from the next login on`

function findDumpcap(): Dumpcap | undefined {
  for (const folder of [...(process.env.PATH ?? '').split(delimiter), '/usr/bin', '/usr/sbin', '/usr/local/bin']) {
    if (folder === '') continue
    const path = join(folder, 'dumpcap')
    try {
      const stats = statSync(path)
      if (stats.isFile()) return { path, usable: mayRun(path), group: groupName(stats.gid) }
    } catch {
      // Not there.
    }
  }
  return undefined
}

function mayRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
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
