/** A conversation for people and programs: its text, its bytes as hex, or a JSON object a piece. Nothing in it that a terminal would obey. */
import type { ConversationPiece } from '../model/conversation-piece.js'
import { toIso } from '../model/instant.js'
import type { Side } from '../model/side.js'
import { jsonText } from '../schema/json-text.js'
import { countText } from './quantities.js'
import { sanitizeLines } from './sanitize.js'

export type ConversationFormat = 'text' | 'hex' | 'ndjson'
export const conversationFormats: readonly ConversationFormat[] = ['text', 'hex', 'ndjson']

/** Bytes of one line of hex. */
const LINE = 16
const INDENT = '  '

export interface ConversationWriter {
  /** Text for a piece, in the order of the conversation. */
  piece(piece: ConversationPiece): string
  end(): string
}

/** @param ends address and port of each side, for the lines that say who speaks */
export function conversationWriter(format: ConversationFormat, ends: Readonly<Record<Side, string>>): ConversationWriter {
  if (format === 'ndjson') return { piece: (piece) => `${jsonText(documentOf(piece))}\n`, end: () => '' }
  return format === 'hex' ? new HexWriter(ends) : new TextWriter(ends)
}

function documentOf(piece: ConversationPiece): Record<string, unknown> {
  const { side, offset } = piece
  if (piece.kind === 'gap') return { side, offset, missing: piece.bytes, cut: piece.cut }
  const { at, captureId, frame, bytes } = piece
  return { ts: toIso(at), side, capture_id: captureId, frame, offset, bytes: bytes.length, base64: bytes.toString('base64') }
}

const who = (arrow: string, piece: Extract<ConversationPiece, { kind: 'data' }>, ends: Readonly<Record<Side, string>>): string =>
  `${arrow} ${piece.side} ${ends[piece.side]}  ${toIso(piece.at)}  capture ${piece.captureId} frame ${piece.frame}\n`

const arrowOf = (side: Side): string => (side === 'client' ? '>>>' : '<<<')

const missing = ({ side, bytes, cut }: Extract<ConversationPiece, { kind: 'gap' }>): string =>
  `*** ${countText(bytes)} bytes of the ${side} were ${cut ? 'cut off by the snaplen' : 'not captured'}\n`

class HexWriter implements ConversationWriter {
  constructor(private readonly ends: Readonly<Record<Side, string>>) {}

  piece(piece: ConversationPiece): string {
    if (piece.kind === 'gap') return missing(piece)
    let text = who(arrowOf(piece.side), piece, this.ends)
    for (let at = 0; at < piece.bytes.length; at += LINE) {
      const line = piece.bytes.subarray(at, at + LINE)
      const hex = line.toString('hex').replace(/..(?=.)/g, '$& ')
      const shown = line.toString('latin1').replace(/[^ -~]/g, '.')
      text += `${(piece.offset + at).toString(16).padStart(8, '0')}  ${hex.padEnd(3 * LINE - 1)}  ${shown}\n`
    }
    return text
  }

  end(): string {
    return ''
  }
}

/**
 * A line that says who speaks where the side changes, then what was said, indented, so that nobody can say such a line; bytes that are no
 * UTF-8 are shown as U+FFFD.
 */
class TextWriter implements ConversationWriter {
  private speaking: Side | undefined
  private atLineStart = true
  /** A character may be cut by a packet. */
  private decoders = { client: new TextDecoder(), server: new TextDecoder() }

  constructor(private readonly ends: Readonly<Record<Side, string>>) {}

  piece(piece: ConversationPiece): string {
    if (piece.kind === 'gap') {
      const text = `${this.freshLine()}${missing(piece)}`
      this.speaking = undefined
      return text
    }
    let text = ''
    if (piece.side !== this.speaking) {
      text = this.freshLine() + who(arrowOf(piece.side), piece, this.ends)
      this.speaking = piece.side
    }
    const said = sanitizeLines(this.decoders[piece.side].decode(piece.bytes, { stream: true }).replaceAll('\r\n', '\n'))
    return text + this.indented(said)
  }

  end(): string {
    const rest = sanitizeLines(this.decoders.client.decode() + this.decoders.server.decode())
    return this.indented(rest) + this.freshLine()
  }

  private indented(said: string): string {
    if (said === '') return ''
    const text = (this.atLineStart ? INDENT : '') + said.replace(/\n(?!$)/g, `\n${INDENT}`)
    this.atLineStart = said.endsWith('\n')
    return text
  }

  private freshLine(): string {
    const text = this.atLineStart ? '' : '\n'
    this.atLineStart = true
    return text
  }
}
