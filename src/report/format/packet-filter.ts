/**
 * Instead of rows the packets behind them: as a display filter of Wireshark, or as the list of their numbers.
 *
 * Frames are numbered in each capture file, so that there is one filter for each. Rows that name no packets but a flow are filtered by
 * its endpoints and its time.
 */
import { UserError } from '../../model/user-error.js'
import { sanitize } from '../sanitize.js'
import { type FrameRange, FrameSets, MAX_RANGES } from './frame-ranges.js'
import type { PacketFormat, Value } from './row-format.js'
import type { RowSource } from './row-source.js'

/** What a case knows about rows that name no packets themselves. */
export interface PacketLookup {
  readonly captures: ReadonlyMap<number, string>
  transaction(by: 'id' | 'tx', value: Value): Packets | undefined
  flow(by: 'id' | 'flow', value: Value): Conversation | undefined
}

export interface Packets {
  readonly capture: number
  readonly frames: string
}

export interface Conversation {
  readonly transport: string
  readonly client: string
  readonly clientPort: number
  readonly server: string
  readonly serverPort: number
  readonly first: bigint
  readonly last: bigint
}

/** Linux takes no argument of 128 KiB or more; long before, Wireshark is slow with it. */
const LONG_FILTER = 100_000
/** Conversations of a filter: each is some 150 characters, and a filter of more is too long for anything. */
const MAX_CONVERSATIONS = 10_000
/** Matches no packet. An empty filter would match all. */
const NOTHING = '!frame'
const NS = 1_000_000_000n

export interface PacketText {
  readonly text: string
  readonly notes: readonly string[]
}

export function packetText(source: RowSource, format: PacketFormat, lookup: PacketLookup): PacketText {
  const way = wayOf(source, lookup)
  if (way.kind === 'flows') {
    if (format === 'frames')
      throw new UserError('the rows name flows, whose packets are not numbered in the case', [
        '--as-filter filters by their endpoints',
        NEEDS,
      ])
    return conversations(source, way, lookup)
  }
  const sets = new FrameSets()
  let without = 0
  for (const row of source.rows()) {
    const found = way.packets(row)
    if (!found || !sets.add(found.frames, found.capture)) without++
    if (sets.full) throw new UserError(`the rows name more than ${MAX_RANGES} separate runs of packets`, TOO_LONG)
  }
  const merged = sets.merged()
  const name = (capture: number): string => sanitize(lookup.captures.get(capture) ?? `capture ${capture}`)
  const notes = [
    ...(without > 0 ? [`${without} ${without === 1 ? 'row names' : 'rows name'} no packets`] : []),
    ...(merged.length > 1
      ? [`packets are numbered in each file: one ${format === 'filter' ? 'filter' : 'list'} for each of ${merged.length} captures`]
      : merged.length === 1 && lookup.captures.size > 1
        ? [`packets of ${name(merged[0]![0])}`]
        : []),
  ]
  if (merged.length === 0)
    return { text: format === 'filter' ? `${NOTHING}\n` : '', notes: [...notes, 'there are no packets behind these rows'] }
  let text = ''
  for (const [capture, ranges] of merged) {
    const line = format === 'filter' ? `frame.number in {${written(ranges, '..', ', ')}}` : written(ranges, '-', ',')
    text += `${merged.length > 1 ? `# ${name(capture)}\n` : ''}${line}\n`
    if (line.length > LONG_FILTER) notes.push(tooLong(line, name(capture)))
  }
  return { text, notes }
}

const written = (ranges: readonly FrameRange[], to: string, and: string): string =>
  ranges.map(([from, last]) => (from === last ? String(from) : `${from}${to}${last}`)).join(and)

const tooLong = (line: string, name: string): string =>
  `the line for ${name} has ${line.length} characters, which programs may not take; ${TOO_LONG[0]}`
const TOO_LONG = ['audit packets CASE --query "SQL" -o FILE writes the packets themselves']
const NEEDS = 'needed are the columns frames and capture_id, or tx'

type Way =
  | { readonly kind: 'packets'; packets(row: readonly Value[]): Packets | undefined }
  | { readonly kind: 'flows'; readonly at: number; readonly by: 'id' | 'flow' }

/** Which columns lead to packets, the most exact first. */
function wayOf({ columns }: RowSource, lookup: PacketLookup): Way {
  const at = (name: string): number => columns.findIndex((column) => column.name === name)
  const [frames, capture, tx, id] = [at('frames'), at('capture_id'), at('tx'), at('id')]
  const idTable = columns[id]?.table ?? ''
  const [only] = lookup.captures.size === 1 ? [...lookup.captures.keys()] : []
  if (frames >= 0 && (capture >= 0 || only !== undefined))
    return { kind: 'packets', packets: (row) => packetsOf(row[frames], capture >= 0 ? row[capture] : BigInt(only!)) }
  if (tx >= 0) return { kind: 'packets', packets: (row) => lookup.transaction('tx', row[tx]!) }
  if (idTable.startsWith('tx_')) return { kind: 'packets', packets: (row) => lookup.transaction('id', row[id]!) }
  if (frames >= 0)
    throw new UserError('the case holds several captures, and the rows do not say which of them their frames are of', [
      'select capture_id beside frames',
    ])
  if (at('flow') >= 0) return { kind: 'flows', at: at('flow'), by: 'flow' }
  if (at('flow_id') >= 0) return { kind: 'flows', at: at('flow_id'), by: 'id' }
  if (idTable === 'flow') return { kind: 'flows', at: id, by: 'id' }
  throw new UserError('the rows do not lead to packets', [`${NEEDS}; flow or flow_id give a filter by conversation`])
}

const packetsOf = (frames: Value | undefined, capture: Value | undefined): Packets | undefined =>
  typeof frames === 'string' && typeof capture === 'bigint' ? { frames, capture: Number(capture) } : undefined

function conversations(source: RowSource, { at, by }: { at: number; by: 'id' | 'flow' }, lookup: PacketLookup): PacketText {
  const seen = new Set<string>()
  let without = 0
  for (const row of source.rows()) {
    const flow = lookup.flow(by, row[at]!)
    if (flow) seen.add(conversationFilter(flow))
    else without++
    if (seen.size > MAX_CONVERSATIONS) throw new UserError(`the rows name more than ${MAX_CONVERSATIONS} conversations`, TOO_LONG)
  }
  const notes = [
    ...(without > 0 ? [`${without} ${without === 1 ? 'row names' : 'rows name'} no flow of this case`] : []),
    ...(seen.size > 0 ? ['the rows name no packets: this filters by endpoints and time'] : ['there are no packets behind these rows']),
  ]
  const line = seen.size === 0 ? NOTHING : [...seen].join(' || ')
  if (line.length > LONG_FILTER) notes.push(`the filter has ${line.length} characters, which programs may not take; ${TOO_LONG[0]}`)
  return { text: `${line}\n`, notes }
}

function conversationFilter({ transport, client, clientPort, server, serverPort, first, last }: Conversation): string {
  const address = (ip: string): string => `${ip.includes(':') ? 'ipv6' : 'ip'}.addr == ${ip}`
  const ports =
    transport === 'tcp' || transport === 'udp' ? [`${transport}.port == ${clientPort}`, `${transport}.port == ${serverPort}`] : []
  const time = [`frame.time_epoch >= ${seconds(first)}`, `frame.time_epoch <= ${seconds(last)}`]
  return `(${[address(client), address(server), ...ports, ...time].join(' && ')})`
}

const seconds = (ns: bigint): string => `${ns / NS}.${String(ns % NS).padStart(9, '0')}`
