/** The column `frames` read back: which packets of which captures a row points to. `framesText` of the model writes it. */

/** Packets `first` to `last` (inclusive, numbered from 1 as Wireshark does) of one capture of the case. */
export interface FrameRange {
  readonly captureId: number
  readonly first: number
  readonly last: number
}

export interface RowFrames {
  /** In the order of the text. */
  readonly ranges: readonly FrameRange[]
  /** The last range holds other packets too: the message has more pieces than a row names. */
  readonly widened: boolean
}

const PART = /^(?:(\d+):)?(\d+)(?:-(\d+))?$/

/**
 * "12-14,19,2:1-3" of a row whose `capture_id` is `home`. An empty text has no ranges.
 *
 * A case may have been edited by hand: what is no list of packets is answered with null, never guessed.
 */
export function framesOf(text: string, home: number): RowFrames | null {
  const widened = text.endsWith('+')
  const list = widened ? text.slice(0, -1) : text
  if (list === '') return widened ? null : { ranges: [], widened }
  const ranges: FrameRange[] = []
  for (const part of list.split(',')) {
    const match = PART.exec(part)
    if (!match) return null
    const first = Number(match[2])
    const last = match[3] === undefined ? first : Number(match[3])
    if (first < 1 || last < first || !Number.isSafeInteger(last)) return null
    ranges.push({ captureId: match[1] === undefined ? home : Number(match[1]), first, last })
  }
  return { ranges, widened }
}
