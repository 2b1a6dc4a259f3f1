/**
 * Requests that wait, found by address: an error comes from a router and a reply to a group from one of its members, each in
 * a flow of its own. Holds correlators, not requests: as many entries as there are flows with requests.
 */
import type { IcmpMessage } from './parser.js'
import type { Seen } from './seen.js'

export interface Asker {
  /** An error quotes a request from `src`; true when that request was waiting and is answered by it. */
  refuse(src: string, request: Quoted, error: Seen, from: string): boolean
  /** A reply from a member of the group that a request from `to` went to; true when that request was waiting. */
  join(to: string, request: Quoted, reply: Seen, from: string): boolean
}

export type Quoted = Pick<IcmpMessage, 'type' | 'id' | 'seq'>

/** Flows kept under one pair of addresses: kinds of requests, VLANs and both directions make a handful. */
const MAX_SAME = 32

export class Askers {
  private readonly byPath = new Map<string, Asker[]>()

  add(src: string, dst: string, asker: Asker): void {
    const same = this.byPath.get(`${src} ${dst}`)
    if (!same) this.byPath.set(`${src} ${dst}`, [asker])
    else if (same.length < MAX_SAME) same.push(asker)
  }

  remove(src: string, dst: string, asker: Asker): void {
    const left = this.byPath.get(`${src} ${dst}`)?.filter((one) => one !== asker)
    if (left && left.length > 0) this.byPath.set(`${src} ${dst}`, left)
    else this.byPath.delete(`${src} ${dst}`)
  }

  /** Those who asked `dst` from `src`. */
  of(src: string, dst: string): readonly Asker[] {
    return this.byPath.get(`${src} ${dst}`) ?? NONE
  }
}
const NONE: readonly Asker[] = []

/** In place of the address in a path: any group. */
export const ANY_GROUP = '*'

/** Multicast, and IPv4 broadcast as far as an address shows it: all ones, or ending in 255. */
export const isGroup = (ip: string): boolean => (ip.includes(':') ? ip.startsWith('ff') : /^(?:22[4-9]|23\d)\.|\.255$/.test(ip))
