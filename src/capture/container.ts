/** What pcap and pcapng have in common: how a reader drives them, their limits, and how they say what is wrong. */
import type { CaptureInfo, FrameBlock } from './source.js'
import type { Window } from './window.js'

/** The block is as full as it gets, or at least one frame is there and the bytes at hand are used up. */
export const READY = 0
/** Nothing more can be read. */
export const OVER = -1

export interface Container {
  /**
   * Reads whole records from the window's start into the block. Answers READY when the block has frames, OVER, or how many
   * bytes from the window's start the next record takes. The window is only moved while the block is empty.
   */
  read(win: Window, block: FrameBlock): number
}

/** The biggest frame any tool writes for a network; USB and D-Bus captures come near it. libpcap's own limit is 256 KiB. */
export const MAX_FRAME = 16 * 1024 * 1024
/** Frames above this are believed only when the header's snaplen announces them: libpcap's limit for all but USB and D-Bus. */
export const USUAL_FRAME = 256 * 1024
/** LINKTYPE_ numbers whose records carry transfers, not frames: D-Bus, USB (Linux, BSD, USBPcap, macOS). */
export const LARGE_LINKS: ReadonlySet<number> = new Set([186, 189, 220, 231, 249, 266])

/** How far behind a broken record the next good one is looked for: a few hundred frames, and still one short scan. */
export const RESYNC_SCAN = 256 * 1024
/** Bytes looked at for it: the scan and three of the largest usual records. */
export const RESYNC_WINDOW = RESYNC_SCAN + 3 * (USUAL_FRAME + 64)
/** A capture that breaks more often than this is not a capture; it also bounds the time that re-finding records takes. */
export const MAX_RESYNCS = 64

/** Latest whole second whose nanoseconds fit 64 bits with sign. */
export const MAX_SECOND = 9_223_372_035

/** Entries kept: each is for people to read. Codes that can come up once per frame are entered once. */
const MAX_DAMAGE = 256

export function addDamage(info: CaptureInfo, code: string, offset: number, message: string): void {
  if (info.damage.length < MAX_DAMAGE) info.damage.push({ code, offset, message })
  else if (info.damage.length === MAX_DAMAGE)
    info.damage.push({ code: 'capture.more', offset, message: 'is damaged in more places than are listed' })
}

export const count = (n: number, one: string, many = `${one}s`): string => `${n.toLocaleString('en-US')} ${n === 1 ? one : many}`
