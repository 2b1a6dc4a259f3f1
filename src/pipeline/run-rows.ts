/** What a run says of its captures and of its coverage, as rows of the case. */
import type { CaptureInfo } from '../capture/source.js'
import { type Instant, toNanoseconds } from '../model/instant.js'
import type { RowOf } from '../schema/fields.js'
import type { captureFields, captureLossFields, coverageFields } from '../schema/tables.js'
import type { Engine } from './engine.js'

export interface CaptureSummary {
  readonly info: CaptureInfo
  readonly first: Instant | undefined
  readonly last: Instant | undefined
}

export function captureRow({ info, first, last }: CaptureSummary, ordinal: number): RowOf<typeof captureFields> {
  const received = sum(info.interfaces.map((one) => one.received))
  const dropped = sum(info.interfaces.map((one) => one.dropped))
  return {
    id: ordinal + 1,
    run_id: 1,
    name: info.name,
    path: info.path,
    size: info.size,
    sha256: info.sha256,
    inner_sha256: info.innerSha256,
    container: info.container,
    compression: info.compression,
    link_types: [...new Set(info.interfaces.map((one) => one.linkType))],
    snaplen: Math.max(0, ...info.interfaces.map((one) => one.snaplen)),
    ticks_per_second: info.ticksPerSecond,
    first_ns: first && toNanoseconds(first),
    last_ns: last && toNanoseconds(last),
    packets: info.packets,
    bytes: info.bytes,
    wire_bytes: info.wireBytes,
    received,
    dropped,
    writer: info.writer,
    interfaces: info.interfaces.map(({ linkType, ticksPerSecond, ...rest }) => ({
      link_type: linkType,
      ticks_per_second: ticksPerSecond,
      ...rest,
    })),
    comments: info.comments.length > 0 ? info.comments : undefined,
    damage: info.damage.length > 0 ? info.damage : undefined,
  }
}

export const lossRows = ({ losses, interfaces }: CaptureInfo, ordinal: number): RowOf<typeof captureLossFields>[] =>
  losses.map(({ iface, counter, start, end, packets }) => ({
    capture_id: ordinal + 1,
    interface: interfaces[iface]?.name ?? String(iface),
    counter,
    start_ns: start && toNanoseconds(start),
    end_ns: toNanoseconds(end),
    packets,
  }))

const sum = (counts: readonly (number | undefined)[]): number | undefined => {
  const known = counts.filter((count) => count !== undefined)
  return known.length > 0 ? known.reduce((a, b) => a + b, 0) : undefined
}

export function coverageOf(engine: Engine): RowOf<typeof coverageFields>[] {
  const rows: Omit<RowOf<typeof coverageFields>, 'share'>[] = engine.protocols.all
    .filter((runtime) => runtime.flows > 0)
    .map((runtime) => ({
      protocol: runtime.name,
      flows: runtime.flows,
      decoded_bytes: runtime.decodedBytes,
      opaque_bytes: runtime.opaqueBytes,
      unknown_bytes: runtime.unknownBytes,
      lost_bytes: runtime.lostBytes,
      cut_bytes: runtime.cutBytes,
    }))
  const rest = engine.unclaimed
  if (rest.flows > 0)
    rows.push({
      protocol: '-',
      flows: rest.flows,
      decoded_bytes: 0,
      opaque_bytes: rest.opaqueBytes,
      unknown_bytes: rest.unknownBytes,
      lost_bytes: rest.lostBytes,
      cut_bytes: rest.cutBytes,
    })
  return rows.map((row) => {
    const all = row.decoded_bytes + row.opaque_bytes + row.unknown_bytes + row.lost_bytes + row.cut_bytes
    return { ...row, share: all === 0 ? 1 : row.decoded_bytes / all }
  })
}
