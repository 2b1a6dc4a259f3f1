import { describe, expect, it } from 'vitest'
import { installSteps, type Machine, permissionSteps } from '../../src/live/advice.js'
import { Libpcap } from '../../src/live/libpcap.js'
import { loadKoffi, openLibpcap } from '../../src/live/native.js'
import { UserError } from '../../src/model/user-error.js'

const machine: Machine = {
  platform: 'linux',
  osRelease: 'NAME="Debian GNU/Linux"\nID=debian\n',
  uid: 1000,
  user: 'ann',
  dumpcap: undefined,
  commandLine: ['/usr/bin/node', '/opt/my tools/audit', 'live', 'eth0'],
}
const dumpcap = { path: '/usr/bin/dumpcap', usable: false, group: 'wireshark' }
const again = "/usr/bin/node '/opt/my tools/audit' live eth0   captures without root then, by dumpcap"
const join = 'sudo usermod -aG wireshark ann   makes you one of that group, from the next login on'
const grant =
  "echo 'wireshark-common wireshark-common/install-setuid boolean true' | sudo debconf-set-selections && sudo dpkg-reconfigure -f noninteractive wireshark-common   lets the group wireshark capture with dumpcap"
const sudo = "sudo /usr/bin/node '/opt/my tools/audit' live eth0   captures as root"

describe('what helps where capturing is not permitted', () => {
  it.each<[string, Partial<Machine>, string[]]>([
    ['dumpcap is there, for a group', { dumpcap }, [join, again]],
    ['dumpcap is there and may be used', { dumpcap: { ...dumpcap, usable: true } }, [again]],
    [
      'dumpcap may be started and may not capture',
      { dumpcap: { ...dumpcap, usable: true }, refused: ['/usr/bin/dumpcap'] },
      ['sudo setcap cap_net_raw,cap_net_admin=eip /usr/bin/dumpcap   gives dumpcap the right to capture', again],
    ],
    ['dumpcap has no group yet, on Debian', { dumpcap: { ...dumpcap, usable: true, group: 'root' } }, [grant, join, again]],
    ['no dumpcap, on Debian', {}, ['sudo apt-get install wireshark-common   brings dumpcap', grant, join, again]],
    [
      'no dumpcap, elsewhere',
      { osRelease: 'ID=fedora' },
      ['sudo dnf install wireshark-cli   brings dumpcap', "/usr/bin/node '/opt/my tools/audit' live eth0   tells what is left to do"],
    ],
  ])('%s', (_, differs, steps) => expect(permissionSteps('eth0', { ...machine, ...differs })).toEqual([sudo, ...steps]))

  it('elsewhere dumpcap, and never Node, is given the capability', () => {
    const steps = permissionSteps('eth0', { ...machine, osRelease: 'ID=fedora', dumpcap: { ...dumpcap, group: 'root' } }).join('\n')
    expect(steps).toContain('sudo setcap cap_net_raw,cap_net_admin=eip /usr/bin/dumpcap ')
    expect(steps).not.toMatch(/setcap \S+ \S*node/)
  })

  it('root without the right is in a container or a service', () =>
    expect(permissionSteps('eth0', { ...machine, uid: 0 }).join()).toContain('--cap-add=NET_RAW'))

  it('words for a shell stay words', () =>
    expect(permissionSteps('eth0', { ...machine, commandLine: ['audit', 'live', "e'; rm -rf /"] })[0]).toContain(
      `audit live 'e'\\''; rm -rf /'   `,
    ))
})

describe('what helps where a part is missing', () => {
  it.each([
    ['ID=debian', 'sudo apt-get install libpcap0.8   installs it'],
    ['ID=ubuntu\nID_LIKE=debian', 'sudo apt-get install libpcap0.8   installs it'],
    ['ID="rocky"\nID_LIKE="rhel centos fedora"', 'sudo dnf install libpcap   installs it'],
    ['ID=alpine', 'sudo apk add libpcap   installs it'],
    ['ID=arch', 'sudo pacman -S libpcap   installs it'],
    ['ID="opensuse-leap"', 'sudo zypper install libpcap1   installs it'],
    ['ID=other', "install libpcap with this system's package manager"],
  ])('%s', (osRelease, step) => expect(installSteps('libpcap', { ...machine, osRelease })).toEqual([step]))

  const said = (make: () => unknown): string => {
    try {
      make()
    } catch (error) {
      if (error instanceof UserError) return error.message
      throw error
    }
    return 'nothing'
  }
  it('no libpcap', () => {
    const message = 'this system has no libpcap'
    expect(said(() => openLibpcap(loadKoffi(), ['libnothing.so.7']))).toBe(message)
    expect(said(() => new Libpcap(loadKoffi(), []))).toBe(message)
  })
  it('no koffi', () => expect(said(() => loadKoffi('koffi-for-nobody'))).toContain('lacks the optional package koffi'))
})
