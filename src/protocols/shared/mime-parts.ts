/**
 * Walks a MIME message as its bytes arrive (RFC 2045, RFC 2046): keeps the header block, hashes every attached file on the
 * fly and forgets the rest, so that a message of any size costs a few kilobytes.
 */
import type { BodySink, Carry } from '../../model/body-sink.js'
import { type Encoding, FileReader, type MimeFile } from './mime-file.js'

/** Header bytes of the message that are kept; mail servers refuse more than about 100 KiB. */
const MAX_HEAD = 256 * 1024
/** Header bytes of one part; they hold a type, an encoding and a file name. */
const MAX_PART_HEAD = 64 * 1024
/** Files listed for one message; beyond it they are counted. Real mail has a few dozen at most. */
const MAX_FILES = 1000
/** Multiparts inside each other; mail programs make four or five. */
const MAX_DEPTH = 32
/** Messages attached to messages that are looked into; each level hashes its bytes once more. */
const MAX_INNER_MESSAGES = 3
/** RFC 2046 §5.1.1 allows 70 characters; some senders take more. */
const MAX_BOUNDARY = 256
/** A line is judged whole up to here (RFC 5322 §2.1.1: 998); longer ones are content only, never a boundary. */
const MAX_LINE = 4096

const NONE = Buffer.alloc(0)

export class MimeWalker {
  readonly files: MimeFile[] = []
  /** Where the bytes of the files go. */
  readonly sinks: BodySink[] = []
  /** Files beyond those listed. */
  unlisted = 0
  /** The header block was longer than what is kept. */
  headCut = false
  /** Nested deeper than is followed. */
  tooDeep = false

  private readonly headPieces: Buffer[] = []
  private headBytes = 0
  /** Delimiters of the open multiparts, '--' included, outermost first. */
  private readonly boundaries: Buffer[] = []
  private mode: 'head' | 'part-head' | 'body' | 'off' = 'head'
  private leaf: FileReader | undefined
  /** Attached messages being hashed whole while their inside is walked. */
  private readonly outer: FileReader[] = []
  private carry = NONE
  private carried = 0
  private midLine = false
  private partHead: Buffer[] = []
  private partHeadBytes = 0

  /** `room` is asked before header bytes are kept, and given them back by `release`. */
  constructor(
    private readonly room?: (bytes: number) => boolean,
    private readonly openSink?: Carry | undefined,
  ) {}

  /** The header block is not needed any more. */
  release(): void {
    this.room?.(-this.headBytes)
    this.headPieces.length = 0
    this.headBytes = 0
  }

  /** The message's header block as far as it was seen and kept. */
  head(): Buffer {
    return Buffer.concat(this.headPieces)
  }

  push(buf: Buffer, from: number, to: number): void {
    if (this.mode === 'off') return
    let at = from
    // A view, so that the search for a line end stops where the bytes do.
    const view = buf.subarray(0, to)
    while (at < to) {
      const lf = view.indexOf(0x0a, at)
      if (lf < 0) {
        this.keep(view, at, to)
        return
      }
      const end = lf + 1
      if (this.carried > 0) {
        this.keep(view, at, end)
        this.line(this.carry, 0, this.carried)
        this.carried = 0
      } else this.line(view, at, end)
      at = end
    }
  }

  /** Bytes are missing here: whatever is open cannot be whole, and the next line starts nowhere. */
  gap(): void {
    if (this.leaf) this.leaf.file.whole = false
    for (const leaf of this.outer) leaf.file.whole = false
    this.carried = 0
    this.midLine = true
    if (this.mode === 'head') {
      this.mode = 'off'
    } else if (this.mode === 'part-head') this.mode = 'body'
  }

  /** The message ends; `whole` false = it was cut here. */
  finish(whole: boolean): void {
    if (this.mode !== 'off' && this.carried > 0) {
      this.line(this.carry, 0, this.carried)
      this.carried = 0
    }
    if (this.mode === 'head' || this.mode === 'part-head') this.headEnd(true)
    this.closeFrom(0, whole, false)
    this.mode = 'off'
    this.carry = NONE
  }

  /** Holds the piece of a line until its end comes; a line that outgrows the hold is passed on in pieces. */
  private keep(buf: Buffer, from: number, to: number): void {
    if (this.carry === NONE) this.carry = Buffer.allocUnsafe(MAX_LINE)
    let at = from
    while (at < to) {
      if (this.carried === MAX_LINE) {
        this.line(this.carry, 0, MAX_LINE)
        this.carried = 0
      }
      const take = Math.min(to - at, MAX_LINE - this.carried)
      this.carry.set(buf.subarray(at, at + take), this.carried)
      this.carried += take
      at += take
    }
  }

  /** One line with its end, or a piece of a long one. */
  private line(buf: Buffer, from: number, to: number): void {
    const fresh = !this.midLine
    const ended = buf[to - 1] === 0x0a
    this.midLine = !ended
    const eol = !ended ? 0 : to - from > 1 && buf[to - 2] === 0x0d ? 2 : 1
    const end = to - eol
    if (fresh && this.boundaries.length > 0 && to - from <= MAX_LINE && buf[from] === 0x2d && buf[from + 1] === 0x2d) {
      const found = this.delimiter(buf, from, end)
      if (found !== 0) {
        this.atDelimiter(Math.abs(found) - 1, found < 0, buf, from, end, eol)
        return
      }
    }
    for (const leaf of this.outer) leaf.write(buf, from, end, eol)
    if (this.mode === 'body') this.leaf?.write(buf, from, end, eol)
    else if (fresh && ended && end === from) this.headEnd(false)
    else this.keepHead(buf, from, to)
  }

  /** 0 = none; n = opens a part of multipart n - 1; -n = ends it. */
  private delimiter(buf: Buffer, from: number, end: number): number {
    for (let i = this.boundaries.length - 1; i >= 0; i--) {
      const boundary = this.boundaries[i] ?? NONE
      let at = from + boundary.length
      if (at > end || buf.compare(boundary, 0, boundary.length, from, at) !== 0) continue
      const last = at + 1 < end && buf[at] === 0x2d && buf[at + 1] === 0x2d
      if (last) at += 2
      while (at < end && (buf[at] === 0x20 || buf[at] === 0x09)) at++
      if (at === end) return last ? -(i + 1) : i + 1
    }
    return 0
  }

  private atDelimiter(index: number, last: boolean, buf: Buffer, from: number, end: number, eol: number): void {
    if (this.mode === 'head' || this.mode === 'part-head') this.headEnd(true)
    this.closeFrom(index + 1, true, true)
    for (const leaf of this.outer) leaf.write(buf, from, end, eol)
    this.boundaries.length = last ? index : index + 1
    this.mode = last ? 'body' : 'part-head'
  }

  /** Ends what stands inside `depth` or more multiparts. */
  private closeFrom(depth: number, whole: boolean, boundary: boolean): void {
    if (this.leaf) {
      if (!whole) this.leaf.file.whole = false
      this.leaf.finish(boundary)
      this.leaf = undefined
    }
    while (this.outer.length > 0) {
      const leaf = this.outer[this.outer.length - 1]
      if (!leaf || leaf.depth < depth) break
      if (!whole) leaf.file.whole = false
      leaf.finish(boundary)
      this.outer.pop()
    }
  }

  private keepHead(buf: Buffer, from: number, to: number): void {
    if (this.mode === 'head') {
      if (this.headBytes + (to - from) > MAX_HEAD || this.room?.(to - from) === false) this.headCut = true
      else {
        this.headPieces.push(Buffer.from(buf.subarray(from, to)))
        this.headBytes += to - from
      }
    } else if (this.mode === 'part-head' && this.partHeadBytes + (to - from) <= MAX_PART_HEAD) {
      this.partHead.push(Buffer.from(buf.subarray(from, to)))
      this.partHeadBytes += to - from
    }
  }

  /** A header block is over: what follows is a multipart, a file, or text. `empty` = no body follows. */
  private headEnd(empty: boolean): void {
    const root = this.mode === 'head'
    const block = root ? this.head() : Buffer.concat(this.partHead)
    this.partHead = []
    this.partHeadBytes = 0
    this.mode = 'body'
    this.leaf = undefined
    const [contentType, disposition, transfer] = contentFields(block.toString('latin1'))
    const type = mimeType(contentType) || 'text/plain'
    if (type.startsWith('multipart/')) {
      const boundary = boundaryOf(contentType)
      if (boundary === '' || boundary.length > MAX_BOUNDARY || empty) return
      if (this.boundaries.length >= MAX_DEPTH) this.tooDeep = true
      else this.boundaries.push(Buffer.from(`--${boundary}`, 'latin1'))
      return
    }
    const named = NAMED.test(contentType) || NAMED.test(disposition)
    if (!named && type.startsWith('text/') && !/^\s*attachment/i.test(disposition)) return
    if (root && empty) return
    if (this.files.length >= MAX_FILES) {
      this.unlisted++
      return
    }
    const file: MimeFile = { contentType, disposition, type, size: 0, md5: '', sha256: '', whole: true }
    this.files.push(file)
    const encoding: Encoding = /base64/i.test(transfer) ? 'base64' : /quoted-printable/i.test(transfer) ? 'quoted-printable' : 'identity'
    const out = this.openSink?.({ part: String(this.files.length), contentType, codings: [] })
    if (out) this.sinks.push(out)
    const leaf = new FileReader(file, encoding, this.boundaries.length, out)
    if ((type === 'message/rfc822' || type === 'message/global') && encoding === 'identity' && this.outer.length < MAX_INNER_MESSAGES) {
      this.outer.push(leaf)
      this.mode = 'part-head'
    } else this.leaf = leaf
  }
}

/** A file name parameter, also in the numbered and starred forms of RFC 2231. */
const NAMED = /[;\s](?:file)?name(?:\*\d*)?\*?\s*=/i

const mimeType = (contentType: string): string => (contentType.split(';', 1)[0] ?? '').trim().toLowerCase()

function boundaryOf(contentType: string): string {
  const found = /;\s*boundary\s*=\s*(?:"((?:\\.|[^"\\])*)"|([^\s;"]+))/i.exec(contentType)
  return found ? (found[1]?.replaceAll(/\\(.)/g, '$1') ?? found[2] ?? '').trimEnd() : ''
}

/** Content-Type, Content-Disposition and Content-Transfer-Encoding, unfolded; the first of each counts. */
function contentFields(block: string): [type: string, disposition: string, encoding: string] {
  const found: [string, string, string] = ['', '', '']
  const seen = [false, false, false]
  let open = -1
  for (const line of block.split('\n')) {
    const text = line.endsWith('\r') ? line.slice(0, -1) : line
    if (text.startsWith(' ') || text.startsWith('\t')) {
      if (open >= 0) found[open] += text
      continue
    }
    open = -1
    if (text.length < 8 || (text.charCodeAt(0) | 0x20) !== 0x63) continue
    const colon = text.indexOf(':')
    if (colon < 0) continue
    const which = CONTENT_FIELDS.indexOf(text.slice(0, colon).trimEnd().toLowerCase())
    if (which < 0 || seen[which]) continue
    seen[which] = true
    open = which
    found[which] = text.slice(colon + 1)
  }
  return found
}
const CONTENT_FIELDS = ['content-type', 'content-disposition', 'content-transfer-encoding']
