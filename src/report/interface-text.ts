/** Interfaces as people read them on a terminal. Names and descriptions come from the system, and from whoever names its interfaces. */
import { columns } from './columns.js'
import type { Paint } from './paint.js'
import { sanitize } from './sanitize.js'

/** An interface as `--json` tells it. */
export interface InterfaceEntry {
  /** `audit live` takes it instead of the name. */
  readonly number: number
  readonly name: string
  readonly description: string | null
  /** Prefix: leading bits of the netmask; null where none is told. */
  readonly addresses: readonly { readonly address: string; readonly prefix: number | null }[]
  readonly up: boolean
  readonly running: boolean
  readonly loopback: boolean
  readonly wireless: boolean
  /** Has a carrier, is associated; null where that means nothing or is not known. */
  readonly connected: boolean | null
  /** libpcap's name of the link type; null where it is only known to those who may capture. */
  readonly link_type: string | null
  readonly link_type_description: string | null
}

const HEAD = ['no.', 'name', 'state', 'link type', 'addresses', 'description']
const ALIGN = '><<<<<'
/** Addresses of one interface shown in a table; --json has them all. */
const MAX_ADDRESSES = 4

export function interfaceListText(list: readonly InterfaceEntry[], paint: Paint): string {
  if (list.length === 0) return 'there is no interface to capture\n'
  const rows = list.map((one) => [
    String(one.number),
    one.name,
    stateText(one),
    one.link_type_description || one.link_type || '-',
    addressText(one.addresses),
    one.description ?? '',
  ])
  const [heading, ...lines] = columns([HEAD, ...rows.map((row) => row.map(sanitize))], ALIGN)
  const body = lines.map((line, i) => (list[i]!.up ? line : paint.dim(line)))
  const hidden = list.some(({ link_type: link }) => link === null)
  return `${[paint.heading(heading!), ...body].join('\n')}\n${hidden ? `\n${UNKNOWN}\n` : ''}`
}

const UNKNOWN = 'link type -: not to be known without capturing, or not permitted'

function stateText({ up, running, loopback, wireless, connected }: InterfaceEntry): string {
  const words = [up ? 'up' : 'down']
  if (up && !running) words.push('not running')
  if (connected === false) words.push('not connected')
  if (loopback) words.push('loopback')
  if (wireless) words.push('wireless')
  return words.join(', ')
}

function addressText(addresses: InterfaceEntry['addresses']): string {
  const shown = addresses.slice(0, MAX_ADDRESSES).map(({ address, prefix }) => (prefix === null ? address : `${address}/${prefix}`))
  if (addresses.length > shown.length) shown.push(`and ${addresses.length - shown.length} more`)
  return shown.join(' ') || '-'
}
