/** `audit live ... --install-service`: the unit of the session that the other flags describe, written, printed or taken away. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { quoted } from '../../live/advice.js'
import { UserError } from '../../model/user-error.js'
import { exitCodes } from '../exit-codes.js'
import { programRoot } from '../program.js'
import { commandLineText } from '../run-record.js'
import { writeOut } from './base-command.js'
import type { LiveFlags } from './run-live.js'
import { MARK, serviceUnit } from './service-unit.js'

const UNIT_FOLDER = '/etc/systemd/system'
/** Longer than any sensible one; the name of a unit ends at 255. */
const MAX_NAME = 100

export interface ServiceWishes {
  readonly interfaces: readonly string[]
  readonly flags: LiveFlags
  /** As given, `live` first. */
  readonly argv: readonly string[]
}

/** Where a test keeps its units, and what it starts in place of systemctl. */
export interface ServicePlace {
  readonly folder: string
  readonly uid: number | undefined
  readonly systemctl: (...args: string[]) => void
}

const thisSystem: ServicePlace = {
  folder: UNIT_FOLDER,
  uid: process.geteuid?.(),
  systemctl: (...args) => {
    // A system that is not run by systemd, such as an image that is built, has nobody to tell.
    if (existsSync('/run/systemd/system')) execFileSync('systemctl', args, { stdio: ['ignore', 'ignore', 'pipe'] })
  },
}

export const unitName = (interfaces: readonly string[]): string =>
  `audit-live-${interfaces.length > 0 ? interfaces.join('-').replace(/[^A-Za-z0-9_.-]+/g, '_') : 'configured'}`.slice(0, MAX_NAME)

/** Flags about the unit itself, and those that the unit says in its own way. */
const OWN_FLAGS = new Set(['--install-service', '--print-service', '--uninstall-service', '--no-color'])
/** Flags whose value is a file or folder. */
const PATH_FLAGS = new Map([
  ['-c', '--config'],
  ['--config', '--config'],
  ['--plugin', '--plugin'],
  ['--sign', '--sign'],
  ['-w', '--write'],
  ['--write', '--write'],
])

/** The session's arguments as a service gets them: files by their whole path, since it starts elsewhere. */
export function serviceArguments(argv: readonly string[]): string[] {
  const out: string[] = []
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i]!
    const [flag, value] = /^--[a-z-]+=/.test(word)
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word, undefined]
    if (OWN_FLAGS.has(flag)) continue
    if (flag === '--user') {
      if (value === undefined) i++
      continue
    }
    const path = PATH_FLAGS.get(flag) ?? (/^-[cw]./.test(word) && !word.startsWith('--') ? PATH_FLAGS.get(word.slice(0, 2)) : undefined)
    if (path === undefined) out.push(word)
    else {
      const given = value ?? (flag.length > 2 && !flag.startsWith('--') ? word.slice(2) : argv[++i]!)
      // A ring without a whole path lies in the service's own folder.
      out.push(path, path === '--write' && !given.startsWith('/') ? given : resolve(given))
    }
  }
  return out
}

export function unitOf({ interfaces, flags, argv }: ServiceWishes): string {
  if ((flags.output ?? []).length > 0)
    throw new UserError('a service writes a new case at each start, so that -o cannot name one', [
      'leave -o out: cases are named by interface and time, in the folder of the service under /var/lib',
    ])
  if (flags.duration !== undefined || flags.packets !== undefined)
    throw new UserError('a service runs until it is stopped: --duration and --packets have no place in it')
  if (flags.user === undefined && flags.write?.startsWith('/'))
    throw new UserError(`nobody owns ${flags.write} who the service could run as`, [
      '--user NAME   runs it as a user who may write there',
      '-w ring       keeps the ring in the folder of the service under /var/lib',
    ])
  if (flags.user === undefined && flags.sign !== undefined)
    throw new UserError(`a service without a user of its own cannot read the key ${flags.sign}`, [
      '--user NAME   runs it as the user whom the key belongs to',
    ])
  return serviceUnit({
    name: unitName(interfaces),
    interfaces: interfaces.length > 0 ? interfaces : ['the interfaces of its configuration'],
    command: [process.execPath, join(programRoot(), 'bin/run.js'), ...serviceArguments(argv)],
    user: flags.user,
    writes: flags.write?.startsWith('/') ? [flags.write] : [],
  })
}

export async function runService(wishes: ServiceWishes, say: (message: string) => void, place = thisSystem): Promise<number> {
  const { flags, argv, interfaces } = wishes
  const name = unitName(interfaces)
  const path = join(place.folder, `${name}.service`)
  if (flags['print-service']) {
    await writeOut(unitOf(wishes))
    return exitCodes.done
  }
  const text = flags['uninstall-service'] ? '' : unitOf(wishes)
  const present = textOf(path)
  if (present !== undefined && !present.startsWith(MARK))
    throw new UserError(`${path} is there and was not written by this program; it stays as it is`, [
      `look at it, and move it away if it is not needed: systemctl cat ${name}`,
    ])
  if (present === text || (present === undefined && text === '')) {
    say(present === undefined ? `${path} is not there` : `${path} is unchanged`)
    return exitCodes.done
  }
  if (place.uid !== 0)
    throw new UserError(`only root can write ${path}`, [
      `sudo ${commandLineText(argv).replace(/^audit /, `${process.execPath} ${join(programRoot(), 'bin/run.js')} `)}`,
    ])
  const ring = flags.write
  if (text !== '' && ring?.startsWith('/') && !existsSync(ring))
    throw new UserError(`${ring} is not there, and a service that may write there only cannot make it`, [
      `sudo install -d -m 0700 -o ${quoted(flags.user!)} ${quoted(ring)}   makes it`,
    ])
  if (text === '') {
    place.systemctl('disable', '--now', `${name}.service`)
    rmSync(path)
    place.systemctl('daemon-reload')
    say(`${path} is removed; what it captured stays in /var/lib`)
    return exitCodes.done
  }
  // Whole or not at all: a half unit would be read at the next start of the machine.
  const draft = `${path}.new-${process.pid}`
  writeFileSync(draft, text, { mode: 0o644, flag: 'wx' })
  renameSync(draft, path)
  place.systemctl('daemon-reload')
  say(`${path} is ${present === undefined ? 'written' : 'written anew'}`)
  say(
    present === undefined
      ? `systemctl enable --now ${name}   starts it, now and with the machine`
      : `systemctl restart ${name}   takes the change`,
  )
  return exitCodes.done
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new UserError(`${path} cannot be read: ${(error as Error).message}`)
  }
}
