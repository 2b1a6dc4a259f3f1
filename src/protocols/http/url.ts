/** A request target and the host it is for, taken apart. RFC 9112 §3.2 */
export interface Target {
  /** The host as named, brackets kept around IPv6. */
  readonly host: string
  /** The port as named; 0 when none is. */
  readonly port: number
  readonly scheme: string
  readonly username: string
  /** Absent for CONNECT. */
  readonly path: string | undefined
  readonly query: string | undefined
  /** The target itself names the host (absolute form, CONNECT). */
  readonly absolute: boolean
}

/** Longest file extension; longer ones are parts of names. */
const MAX_EXTENSION = 16

/** "example.com:8080" -> host and port; brackets of IPv6 stay. */
export function splitHost(text: string): { host: string; port: number } {
  const value = text.trim()
  const colon = value.lastIndexOf(':')
  // An IPv6 address without brackets has more than one colon and no port.
  if (colon < 0 || value.indexOf(']', colon) >= 0 || (value.indexOf(':') !== colon && !value.startsWith('[')))
    return { host: value, port: 0 }
  const digits = value.slice(colon + 1)
  const port = /^\d{1,5}$/.test(digits) ? Number(digits) : 0
  if (digits !== '' && (port === 0 || port > 65535)) return { host: value, port: 0 }
  return { host: value.slice(0, colon), port }
}

export function readTarget(method: string, target: string, hostHeader: string): Target {
  const named = splitHost(hostHeader)
  if (method === 'CONNECT' && !target.startsWith('/')) {
    const authority = splitHost(target.slice(target.lastIndexOf('@') + 1))
    return { ...authority, scheme: '', username: '', path: undefined, query: undefined, absolute: true }
  }
  const scheme = target.startsWith('/') ? undefined : /^([a-z][a-z0-9+.-]{0,15}):\/\//i.exec(target)?.[1]
  if (scheme === undefined) {
    const { path, query } = splitPath(target)
    return { ...named, scheme: 'http', username: '', path, query, absolute: false }
  }
  const from = scheme.length + 3
  const slash = target.slice(from).search(/[/?#]/)
  const authority = slash < 0 ? target.slice(from) : target.slice(from, from + slash)
  const at = authority.lastIndexOf('@')
  const userInfo = at < 0 ? '' : authority.slice(0, at)
  const colon = userInfo.indexOf(':')
  const { path, query } = splitPath(slash < 0 ? '/' : target.slice(from + slash))
  return {
    ...splitHost(authority.slice(at + 1)),
    scheme: scheme.toLowerCase(),
    username: colon < 0 ? userInfo : userInfo.slice(0, colon),
    path: path.startsWith('/') ? path : `/${path}`,
    query,
    absolute: true,
  }
}

function splitPath(target: string): { path: string; query: string | undefined } {
  const fragment = target.indexOf('#')
  const text = fragment < 0 ? target : target.slice(0, fragment)
  const query = text.indexOf('?')
  return query < 0 ? { path: text, query: undefined } : { path: text.slice(0, query), query: text.slice(query + 1) }
}

/** "html" from "/a/index.html". */
export function extensionOf(path: string): string | undefined {
  const dot = path.lastIndexOf('.')
  if (dot < 0 || dot <= path.lastIndexOf('/') + 1) return undefined
  const extension = path.slice(dot + 1)
  return extension.length <= MAX_EXTENSION && /^[A-Za-z0-9]+$/.test(extension) ? extension : undefined
}

/** The address written as a host name; brackets and zone are not part of it. */
export const isAddress = (host: string): boolean => host.startsWith('[') || /^\d{1,3}(?:\.\d{1,3}){3}$/.test(host) || host.includes(':')

/** The addresses in a list such as X-Forwarded-For, ports and brackets taken off; other words ("unknown") are left out. */
export function addressesIn(value: string): string[] {
  const out: string[] = []
  for (const part of value.split(',', MAX_ADDRESSES)) {
    const text = part.trim().replace(/^"|"$/g, '')
    const bracketed = /^\[([0-9a-f:.]{2,45})\](?::\d+)?$/i.exec(text)?.[1]
    const v4 = /^(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})(?::\d+)?$/.exec(text)?.[1]
    if (v4 !== undefined) {
      if (v4.split('.').every((octet) => Number(octet) <= 255)) out.push(v4)
    } else if (bracketed !== undefined) out.push(bracketed)
    else if (/^[0-9a-f:]{2,39}$/i.test(text) && text.includes(':')) out.push(text)
  }
  return out
}

/** Proxies in a row that are believed. */
const MAX_ADDRESSES = 64
