/** Words of HTTP/1: methods that make a line a request beyond doubt, and the header fields that a row or the framing needs. */

/**
 * IANA's registry of methods and those seen from DAV, UPnP, RPC and update clients. A method outside the list is read as
 * well, but only in a line that ends with a version.
 */
const METHODS = (
  'GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ACL BASELINE-CONTROL BIND CHECKIN CHECKOUT COPY LABEL LINK LOCK MERGE ' +
  'MKACTIVITY MKCALENDAR MKCOL MKREDIRECTREF MKWORKSPACE MOVE ORDERPATCH PROPFIND PROPPATCH QUERY REBIND REPORT SEARCH UNBIND ' +
  'UNCHECKOUT UNLINK UNLOCK UPDATE UPDATEREDIRECTREF VERSION-CONTROL BCOPY BDELETE BMOVE BPROPFIND BPROPPATCH NOTIFY POLL ' +
  'SUBSCRIBE UNSUBSCRIBE M-SEARCH PURGE REFRESH SOURCE BITS_POST CCM_POST RPC_IN_DATA RPC_OUT_DATA SMS_POST'
).split(' ')
const byName = new Map(METHODS.map((name) => [name, name]))
export const LONGEST_METHOD = Math.max(...METHODS.map((name) => name.length))

/** The shared text of a known method, so that rows do not each keep their own; undefined for others. */
export const knownMethod = (method: string): string | undefined => byName.get(method)

/** The known method that `text` ends with, '' for none: after a loss the bytes before a request line are not its own. */
export function methodAtEnd(text: string): string {
  let best = ''
  for (const name of METHODS) if (name.length > best.length && text.endsWith(name)) best = name
  return best
}

/** Could `text` grow into a known method? */
export const isMethodPrefix = (text: string): boolean => METHODS.some((name) => name.startsWith(text))

/** Header fields that are picked out of every head while it is scanned; the rest is read only for those who ask. */
export const PICKED = [
  'host',
  'content-length',
  'transfer-encoding',
  'content-type',
  'content-encoding',
  'content-disposition',
  'upgrade',
  'expect',
  'user-agent',
  'referer',
  'authorization',
  'proxy-authorization',
  'x-forwarded-for',
  'location',
  'server',
] as const
export type Picked = (typeof PICKED)[number]

const buckets = new Map<number, [name: string, index: number][]>()
for (const [index, name] of PICKED.entries()) {
  const key = name.length * 256 + name.charCodeAt(0)
  const bucket = buckets.get(key)
  if (bucket) bucket.push([name, index])
  else buckets.set(key, [[name, index]])
}

/** Index in PICKED of the field name at `from`..`to` of `text`, -1 for others. Cheap for the many others: length and first letter decide. */
export function pickedIndex(text: string, from: number, to: number): number {
  const bucket = buckets.get((to - from) * 256 + (text.charCodeAt(from) | 0x20))
  if (!bucket) return -1
  const name = text.slice(from, to).toLowerCase()
  for (let i = 0; i < bucket.length; i++) if (bucket[i]![0] === name) return bucket[i]![1]
  return -1
}

export const indexOfPicked: Readonly<Record<Picked, number>> = Object.fromEntries(PICKED.map((name, index) => [name, index])) as Record<
  Picked,
  number
>
