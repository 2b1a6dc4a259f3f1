/** SVCB and HTTPS (RFC 9460): a priority, a target and parameters. */
import { ipv4Text, ipv6Text } from '../../../model/address.js'
import { characterStrings, hexTo, printable } from './data-text.js'
import type { NameTable } from './domain-name.js'
import type { DnsRecord } from './record-data.js'
import type { Wire } from './wire.js'

/** RFC 9460 §14.3.2, RFC 9461 §5, RFC 9540 §4. */
const keys: readonly string[] = [
  'mandatory',
  'alpn',
  'no-default-alpn',
  'port',
  'ipv4hint',
  'ech',
  'ipv6hint',
  'dohpath',
  'ohttp',
  'tls-supported-groups',
]
const keyName = (key: number): string => keys[key] ?? `key${key}`

export function readServiceBinding(w: Wire, names: NameTable, r: DnsRecord): void {
  const end = w.end
  r.priority = w.u16()
  const target = names.read(w)?.text ?? ''
  r.target = target
  const params: Record<string, unknown> = {}
  let text = `${r.priority} ${target}`
  let before = -1
  while (w.pos < end && !w.short && w.fault === '') {
    const key = w.u16()
    const to = w.pos + 2 + w.u16()
    // RFC 9460 §2.2: keys rise, so none stands twice.
    if (w.short || to > end || key <= before) {
      w.short = true
      break
    }
    before = key
    w.end = to
    const value = paramValue(w, key)
    const whole = w.pos === to && !w.short
    w.end = end
    if (!whole) {
      w.short = true
      break
    }
    const name = keyName(key)
    params[name] = value
    text += value === true ? ` ${name}` : ` ${name}=${Array.isArray(value) ? value.join(',') : value}`
  }
  if (before >= 0) r.params = params
  r.data = text
}

function paramValue(w: Wire, key: number): unknown {
  switch (key) {
    case 0:
      return each(w, 2, () => keyName(w.u16()))
    case 1:
      return characterStrings(w)
    case 2:
    case 8:
      return true
    case 3:
      return w.u16()
    case 4:
      return each(w, 4, () => {
        const at = w.pos
        w.skip(4)
        return ipv4Text(w.buf, at)
      })
    case 5: {
      const from = w.pos
      w.skip(w.end - from)
      return w.buf.toString('base64', from, w.end)
    }
    case 6:
      return each(w, 16, () => {
        const at = w.pos
        w.skip(16)
        return ipv6Text(w.buf, at)
      })
    case 7: {
      const from = w.pos
      w.skip(w.end - from)
      return printable(w.buf, from, w.end)
    }
    case 9:
      return each(w, 2, () => w.u16())
    default:
      return hexTo(w, w.end)
  }
}

function each<T>(w: Wire, size: number, read: () => T): T[] {
  const all: T[] = []
  while (w.end - w.pos >= size) all.push(read())
  return all
}
