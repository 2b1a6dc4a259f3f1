/** Gives up root once the devices are open: what decodes packets of strangers needs no rights. */
import { execFileSync } from 'node:child_process'
import { userInfo } from 'node:os'
import { UserError } from '../../model/user-error.js'

/**
 * @param user a name or a number; undefined = whoever called sudo
 * @returns whether rights were given up
 */
export function dropRights(user: string | undefined, env: Readonly<Record<string, string | undefined>>): boolean {
  if (process.getuid?.() !== 0) {
    if (user !== undefined && user !== userInfo().username && user !== String(userInfo().uid))
      throw new UserError(`--user ${user}: only root can become another user`, ['leave --user out, or start with sudo'])
    return false
  }
  const { SUDO_UID, SUDO_GID } = env
  if (user === undefined && (SUDO_UID === undefined || SUDO_UID === '0')) return false
  const name = user === undefined ? Number(SUDO_UID) : /^\d+$/.test(user) ? Number(user) : user
  const group = user === undefined ? Number(SUDO_GID ?? SUDO_UID) : groupOf(user)
  try {
    if (typeof name === 'string') (process as unknown as { initgroups(user: string, group: number): void }).initgroups(name, group)
    else process.setgroups!([group])
    process.setgid!(group)
    process.setuid!(name)
  } catch (error) {
    throw new UserError(`rights cannot be given up to ${user ?? `user ${SUDO_UID}`}: ${(error as Error).message}`, [
      'name a user of this system with --user',
    ])
  }
  return true
}

/** The group that a user's files belong to: seldom one of the same name. Only the system's own tools know every directory of users. */
function groupOf(user: string): number {
  try {
    return Number(execFileSync('id', ['-g', '--', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  } catch {
    if (/^\d+$/.test(user)) return Number(user)
    throw new UserError(`--user ${user}: this system has no such user`, ['name a user of this system with --user'])
  }
}
