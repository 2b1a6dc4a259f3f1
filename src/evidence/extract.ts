/** Writes chosen packets as pcapng: each as its capture has it, with a comment that says where it is from and what it is here for. */
import { createHash } from 'node:crypto'
import { PcapngEncoder } from '../capture/pcapng-encoder.js'
import { commentOption, interfaceOptions, rawRecord } from '../capture/raw-record.js'
import type { CaptureInterface } from '../capture/source.js'
import { jsonString } from '../schema/json-text.js'
import type { CaptureRecord } from './capture-rows.js'
import { type FoundCapture, type ScanOptions, scan } from './scan.js'
import type { Selection } from './selection.js'

/** Where the bytes go. They are borrowed until the answer. */
export interface ByteTarget {
  write(bytes: Buffer): Promise<void> | undefined
}

export interface ExtractFacts {
  /** Name and version of the program. */
  readonly program: string
  /** Said of the whole, a comment each. */
  readonly comments: readonly string[]
}

export interface Extract {
  readonly packets: number
  /** Packets that rows name; the others are their context. */
  readonly evidence: number
  /** Bytes written. */
  readonly size: number
  readonly sha256: string
  /** Packets by capture id. */
  readonly byCapture: ReadonlyMap<number, number>
  /** Flows of which the captures hold fewer packets than the case says. */
  readonly short: readonly { readonly flow: string; readonly found: number; readonly wanted: number }[]
}

const FLUSH_AT = 256 * 1024

export async function writeExtract(
  selection: Selection,
  found: readonly FoundCapture[],
  facts: ExtractFacts,
  target: ByteTarget,
  options: ScanOptions,
): Promise<Extract> {
  const encoder = new PcapngEncoder()
  const hash = createHash('sha256')
  const interfaces = new Map<CaptureInterface, number>()
  const byCapture = new Map<number, number>()
  let packets = 0
  let evidence = 0
  let size = 0
  const flush = (): Promise<void> | undefined => {
    const bytes = encoder.take()
    hash.update(bytes)
    size += bytes.length
    return target.write(bytes)
  }
  const begin = (): void =>
    encoder.section({ program: facts.program, comments: [...facts.comments, ...found.map(({ capture }) => captureText(capture))] })
  begin()
  await scan(
    found,
    {
      frame(capture, block, i, iface) {
        if (!selection.wants(capture, block, i, iface.linkType)) return true
        let number = interfaces.get(iface)
        if (number === undefined) {
          number = interfaces.size
          interfaces.set(iface, number)
          const comment = commentOption(`capture ${capture.id} ${jsonString(capture.name)}`)
          encoder.interfaceCopy({ linkType: iface.linkType, snaplen: iface.snaplen, options: interfaceOptions(iface, [comment]) })
        }
        const { ticks, options } = rawRecord(block, i, iface)
        const from = block.offset[i]!
        const comment = commentOption(packetText(capture, block.firstFrame + i, selection))
        encoder.packetCopy(number, {
          buf: block.buf,
          from,
          to: from + block.captured[i]!,
          original: block.original[i]!,
          ticks,
          options: Buffer.concat([options, comment]),
        })
        packets++
        if (selection.rows.length > 0) evidence++
        byCapture.set(capture.id, (byCapture.get(capture.id) ?? 0) + 1)
        return true
      },
      isOver: (capture, frame) => selection.isOver(capture, frame),
      between: () => (encoder.length >= FLUSH_AT ? flush() : undefined),
    },
    { ...options, records: true },
  )
  await flush()
  const short = selection.flows
    .filter(({ seen, limit }) => seen < limit)
    .map(({ row, seen, limit }) => ({ flow: row.flow, found: seen, wanted: limit }))
  return { packets, evidence, size, sha256: hash.digest('hex'), byCapture, short }
}

const captureText = ({ id, name, sha256 }: CaptureRecord): string => `capture ${id} ${jsonString(name)} sha256 ${sha256 ?? 'unknown'}`

function packetText(capture: CaptureRecord, frame: number, { rows, more, flow }: Selection): string {
  const where = `${jsonString(capture.name)} frame ${frame}`
  if (rows.length === 0 && !more) return `${where}, context: flow ${flow?.row.flow}`
  const names = [...new Set(rows.map(({ protocol, tx }) => `${protocol} ${tx}`))].join(', ')
  return `${where}, evidence: ${names}${more ? ' and others' : ''}`
}
