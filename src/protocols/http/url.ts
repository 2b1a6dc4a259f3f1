/** A request target and the host it is for, taken apart. RFC 9112 §3.2 */
import { Memo } from '../shared/memo.js'

export interface Target extends Host {
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

export interface Host {
  /** As named, brackets kept around IPv6. */
  readonly host: string
  /** As named; 0 when none is. */
  readonly port: number
  /** `host` is an address, not a name. */
  readonly isAddress: boolean
}
const NO_HOST: Host = { host: '', port: 0, isAddress: false }
const hosts = new Memo(takeHost)

/** "example.com:8080" -> host and port; brackets of IPv6 stay. */
export const splitHost = (text: string): Host => (text === '' ? NO_HOST : (hosts.of(text) ?? NO_HOST))

function takeHost(text: string): Host {
  const { host, port } = cutPort(text)
  // Brackets and zone may be part of an address.
  return { host, port, isAddress: host.startsWith('[') || host.includes(':') || isDotted(host) }
}

function cutPort(text: string): { host: string; port: number } {
  const value = text.trim()
  const colon = value.lastIndexOf(':')
  // An IPv6 address without brackets has more than one colon and no port.
  if (colon < 0 || value.indexOf(']', colon) >= 0 || (value.indexOf(':') !== colon && !value.startsWith('[')))
    return { host: value, port: 0 }
  const digits = value.slice(colon + 1)
  const port = digits.length <= 5 && isNumber(digits) ? Number(digits) : 0
  if (digits !== '' && (port === 0 || port > 65535)) return { host: value, port: 0 }
  return { host: value.slice(0, colon), port }
}

function isNumber(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i)
    if (c < 0x30 || c > 0x39) return false
  }
  return text !== ''
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
    const { host, port, isAddress } = named
    return { host, port, isAddress, scheme: 'http', username: '', path, query, absolute: false }
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
  if (extension === '' || extension.length > MAX_EXTENSION) return undefined
  for (let i = 0; i < extension.length; i++) {
    const c = extension.charCodeAt(i)
    const lower = c | 0x20
    if (!((c >= 0x30 && c <= 0x39) || (lower >= 0x61 && lower <= 0x7a))) return undefined
  }
  return extension
}

/** Four numbers of one to three digits. */
function isDotted(host: string): boolean {
  let numbers = 1
  let digits = 0
  for (let i = 0; i < host.length; i++) {
    const c = host.charCodeAt(i)
    if (c === 0x2e && digits > 0) {
      numbers++
      digits = 0
    } else if (c < 0x30 || c > 0x39 || ++digits > 3) return false
  }
  return numbers === 4 && digits > 0
}

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
