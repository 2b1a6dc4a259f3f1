/** Both sides of a flow from its captures: TCP reassembled as an analysis does it, datagrams one by one. */
import { IpProto, type Packet } from '../decode/packet.js'
import { ipText } from '../model/address.js'
import type { ConversationPiece } from '../model/conversation-piece.js'
import type { Side } from '../model/side.js'
import { packetRef, refCapture, refFrame } from '../model/trace.js'
import type { Direction } from '../streams/flow.js'
import type { StreamReader } from '../streams/stream-reader.js'
import { TcpConnection } from '../streams/tcp-connection.js'
import { type FoundCapture, type ScanOptions, scan } from './scan.js'
import type { Selection } from './selection.js'

export interface ConversationEnds {
  readonly clientIp: string
  /** 0 without ports. */
  readonly clientPort: number
}

/**
 * Reads the one flow of a selection.
 * @param between waited for now and then, so that whoever takes the pieces can keep up
 */
export async function readConversation(
  selection: Selection,
  found: readonly FoundCapture[],
  client: ConversationEnds,
  take: (piece: ConversationPiece) => void,
  between: () => Promise<void> | undefined,
  options: ScanOptions,
): Promise<void> {
  const pieces = new Pieces(take, found)
  const tcp = new TcpConnection(pieces)
  const indexes = new Map(found.map(({ capture }, index) => [capture.id, index]))
  /** Direction 0 is that of the first packet. */
  let first: { ip: string; port: number } | undefined
  await scan(
    found,
    {
      frame(capture, block, i, iface) {
        if (!selection.wants(capture, block, i, iface.linkType)) return true
        const p = selection.packet
        const from = { ip: addressOf(p), port: p.srcPort }
        if (!first) {
          first = from
          pieces.clientDir = isClient(from, client) ? 0 : 1
        }
        const dir: Direction = from.ip === first.ip && (from.port === first.port || client.clientPort === 0) ? 0 : 1
        const ref = packetRef(indexes.get(capture.id)!, block.firstFrame + i)
        if (p.transport < 0) return true
        const [sec, nsec] = [block.sec[i]!, block.nsec[i]!]
        if (p.proto === IpProto.Tcp) tcp.segment(dir, p, ref, sec, nsec)
        else pieces.datagram(dir, p, ref, sec, nsec)
        return true
      },
      isOver: (capture, frame) => selection.isOver(capture, frame),
      between,
    },
    options,
  )
  tcp.finish()
}

const addressOf = (p: Packet): string => ipText(p.ipVersion === 6 ? 6 : 4, p.buf, p.srcIp)

const isClient = ({ ip, port }: { ip: string; port: number }, { clientIp, clientPort }: ConversationEnds): boolean =>
  ip === clientIp && (clientPort === 0 || port === clientPort)

class Pieces implements StreamReader {
  clientDir: Direction = 0
  private readonly offsets: [number, number] = [0, 0]

  constructor(
    private readonly take: (piece: ConversationPiece) => void,
    private readonly found: readonly FoundCapture[],
  ) {}

  data(dir: Direction, buf: Buffer, start: number, end: number, ref: number, sec: number, nsec: number): void {
    const offset = this.offsets[dir]
    this.offsets[dir] += end - start
    this.take({
      kind: 'data',
      side: this.sideOf(dir),
      bytes: buf.subarray(start, end),
      offset,
      at: { sec, nsec },
      frame: refFrame(ref),
      captureId: this.found[refCapture(ref)]!.capture.id,
    })
  }

  gap(dir: Direction, bytes: number, cut = false): void {
    const offset = this.offsets[dir]
    this.offsets[dir] += bytes
    this.take({ kind: 'gap', side: this.sideOf(dir), bytes, cut, offset })
  }

  datagram(dir: Direction, p: Packet, ref: number, sec: number, nsec: number): void {
    const end = p.payload + p.payloadCaptured
    if (p.payloadCaptured > 0) this.data(dir, p.buf as Buffer, p.payload, end, ref, sec, nsec)
    const cut = p.payloadLength - p.payloadCaptured
    if (cut > 0) this.gap(dir, cut, true)
  }

  closed(): void {}

  private sideOf(dir: Direction): Side {
    return dir === this.clientDir ? 'client' : 'server'
  }
}
