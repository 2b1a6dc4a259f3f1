/** Refuses a configuration that others can read and that holds a credential, whoever the credential is for. */
import { stat } from 'node:fs/promises'
import { UserError } from '../model/user-error.js'
import type { ConfigNode } from './document.js'

const CREDENTIAL_KEY = /^(?:.*[_-])?(?:password|passwd|passphrase|api_?key|token|secret|secret_?key|access_?key|credentials?|username)$/i
/** user:password@host inside a URL, and `cloud.auth: user:password`. */
const CREDENTIAL_IN_URL = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i

/** Key path and line of the first credential, or undefined. */
export function findCredential(node: ConfigNode, key = ''): { path: string; line: number } | undefined {
  if (node.kind === 'map') {
    for (const [name, entry] of node.entries) {
      const found = findCredential(entry.node, name)
      if (found) return found
    }
    return undefined
  }
  if (node.kind === 'list') {
    for (const item of node.items) {
      const found = findCredential(item, key)
      if (found) return found
    }
    return undefined
  }
  const text = node.value === null || typeof node.value === 'boolean' ? '' : String(node.value)
  // A reference such as ${ES_PWD} names a credential without holding it.
  if (text === '' || /^\$\{[^}]*\}$/.test(text)) return undefined
  const holds = CREDENTIAL_KEY.test(key) || CREDENTIAL_IN_URL.test(text) || node.path === 'cloud.auth'
  return holds ? { path: node.path, line: node.line } : undefined
}

/** Mode bits of group and others. Windows keeps no such bits: every file has them all there, so it is not judged. */
const OTHERS = 0o077

export async function refuseReadableCredential(file: string, tree: ConfigNode): Promise<void> {
  if (process.platform === 'win32') return
  const found = findCredential(tree)
  if (!found) return
  const { mode } = await stat(file)
  if ((mode & OTHERS) === 0) return
  throw new UserError(
    `${file}:${found.line}: holds a credential (${found.path}) and others can read it (mode 0${(mode & 0o777).toString(8)})`,
    [`chmod 0600 ${file}`],
  )
}
