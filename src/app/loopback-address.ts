/** Addresses that only this host can reach. */
import { isIP, isIPv4 } from 'node:net'
import { UserError } from '../model/user-error.js'

export interface HostAndPort {
  readonly host: string
  readonly port: number
}

const MAX_PORT = 65_535

/** 127.0.0.0/8, ::1, and the one name that means them; other names may mean anything tomorrow. */
export const isLoopback = (host: string): boolean =>
  host.toLowerCase() === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'))

/** @param given PORT, ADDRESS:PORT or [ADDRESS]:PORT */
export function loopbackAddress(flag: string, given: string): HostAndPort {
  const [, bracketed, plain, digits] = /^(?:(?:\[([^\]]*)\]|([^:]*)):)?(\d{1,5})$/.exec(given.trim()) ?? []
  const port = Number(digits ?? Number.NaN)
  const host = bracketed ?? plain ?? '127.0.0.1'
  const example = `for example ${flag} 9273, or ${flag} 127.0.0.1:9273`
  if (!(port <= MAX_PORT)) throw new UserError(`${flag} ${given}: not a port, and not an address with a port`, [example])
  if (!isLoopback(host))
    throw new UserError(
      `${flag} ${given}: ${isIP(host) ? host : `"${host}"`} is not an address of this host alone, and the page has no password`,
      [example, 'from elsewhere: ssh -L 9273:127.0.0.1:9273 this-host, or a proxy that asks who is there'],
    )
  return { host: host.toLowerCase() === 'localhost' ? '127.0.0.1' : host, port }
}
