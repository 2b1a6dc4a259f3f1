/** One body after the other as it was found again: decoded, told by its content, compared with the case and, when wanted, written. */
import { decoded, Undecodable } from '../evidence/body-decoding.js'
import { HEAD_BYTES, type SpooledBody } from '../evidence/body-spool.js'
import type { CarriedRow } from '../evidence/carried-rows.js'
import { contentTypeOf } from '../evidence/content-type.js'
import { createDigest } from '../evidence/stream-digest.js'
import type { ExaminedBytes } from '../report/file-rows.js'
import type { ExtractFolder, GrowingFile } from './extract-folder.js'
import { UniqueNames } from './file-name.js'

/** A body or file, as far as it is known. */
export interface CarriedFile extends CarriedRow {
  /** Undefined until its bytes were read. */
  readonly bytes?: ExaminedBytes | undefined
  /** Name in the folder that it was written to. */
  readonly file?: string | undefined
  /** What the reader must know, a sentence each. */
  readonly notes: readonly string[]
  /** The bytes are not those that the case has the hash of. */
  readonly differs: boolean
  /** A cap was reached, so that it was not written. */
  readonly leftOut: boolean
}

export interface ExaminerOptions {
  readonly folder: ExtractFolder | undefined
  readonly maxFile: number
  readonly maxTotal: number
  /** Asked once all is known of a file. */
  readonly fits: (file: CarriedFile) => boolean
}

interface Content {
  readonly codings: readonly string[]
  readonly size: number
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
  readonly head: Buffer
  /** It was left as transferred for a cap of this command. */
  readonly byCap: boolean
  /** Where it is, unless the spool has it. */
  readonly file: GrowingFile | undefined
}

export class FileExaminer {
  total = 0
  private readonly names = new UniqueNames()

  constructor(private readonly options: ExaminerOptions) {}

  /** Undefined when it does not fit the choice. Throws UserError for what cannot be written. */
  async examine(row: CarriedRow, body: SpooledBody): Promise<CarriedFile | undefined> {
    const notes: string[] = []
    const content = await this.contentOf(body, notes)
    try {
      if (body.missing > 0) notes.push(missingText(body))
      const differs = differenceOf(row, body, content)
      if (differs !== undefined) notes.push(differs)
      const { codings, size, md5, sha1, sha256 } = content
      const known: CarriedFile = {
        ...row,
        bytes: {
          type: contentTypeOf(content.head),
          ...{ size, md5, sha1, sha256, codings },
          transferredSize: body.size,
          transferredSha256: body.sha256,
          range: body.facts.range,
          missing: body.missing,
          holes: body.holes,
        },
        notes,
        differs: differs !== undefined,
        leftOut: false,
      }
      if (!this.options.fits(known)) return undefined
      return this.options.folder ? this.written(known, body, content, notes, this.options.folder) : known
    } finally {
      content.file?.drop()
    }
  }

  private written(known: CarriedFile, body: SpooledBody, content: Content, notes: string[], folder: ExtractFolder): CarriedFile {
    const refusal = this.refusalOf(body, content)
    if (refusal !== undefined) {
      notes.push(refusal)
      return { ...known, leftOut: true }
    }
    const name = this.names.of(known.tx, known.part, known.name)
    this.total += content.size
    content.file?.close()
    const path = content.file?.path ?? body.file()
    if (path !== undefined) folder.place(path, name)
    else {
      const file = folder.begin()
      for (const piece of body.inMemory) file.write(piece)
      file.close()
      folder.place(file.path, name)
    }
    return { ...known, file: name }
  }

  private refusalOf(body: SpooledBody, { size, file }: Content): string | undefined {
    if (!file && body.notKept !== undefined)
      return body.notKept === 'larger than the cap of a file'
        ? `not written: larger than --max-file`
        : `not written: more than --max-total waits for its end at a time`
    if (this.total + size > this.options.maxTotal) return 'not written: --max-total is reached'
    return undefined
  }

  /** Decoded where that can be done. */
  private async contentOf(body: SpooledBody, notes: string[]): Promise<Content> {
    const { codings } = body.facts
    const plain: Content = { codings: [], size: body.size, ...hashesOf(body), head: body.beginning, byCap: false, file: undefined }
    if (codings.length === 0 || body.size === 0) return plain
    if (body.missing > 0 || body.notKept !== undefined) {
      notes.push(`not decoded (${codings.join(', ')}): ${body.missing > 0 ? 'bytes of it are missing' : body.notKept}`)
      return { ...plain, byCap: true }
    }
    const { folder, maxFile } = this.options
    const file = folder?.begin()
    const digest = createDigest()
    let head = Buffer.alloc(0)
    try {
      for await (const piece of decoded(body.content(), codings, body.whole, { encoded: body.size, most: maxFile })) {
        digest.update(piece)
        if (head.length < HEAD_BYTES) head = Buffer.concat([head, piece.subarray(0, HEAD_BYTES - head.length)])
        file?.write(piece)
      }
      return { codings, size: digest.size, ...digest.finish(), head, byCap: false, file }
    } catch (error) {
      file?.drop()
      if (!(error instanceof Undecodable)) throw error
      notes.push(`not decoded (${codings.join(', ')}): ${error.message}`)
      return { ...plain, byCap: error.byCap }
    }
  }
}

const hashesOf = ({ md5, sha1, sha256 }: SpooledBody) => ({ md5, sha1, sha256 })

function missingText({ missing, holes }: SpooledBody): string {
  const zeros = holes.every(({ filled }) => filled)
  return `${missing} bytes of it were not captured; ${zeros ? 'zeros stand in their place' : 'what follows them has moved up'}`
}

/** What tells the bytes from those that the case saw; undefined when they are the same, or the case has no hash of them. */
function differenceOf(row: CarriedRow, body: SpooledBody, content: Content): string | undefined {
  const { sha256, md5 } = row.hashes
  if (sha256 === undefined) return undefined
  if (!body.whole) return `the case has the hash of the whole (sha256 ${sha256}), and not all of it was found again`
  const coded = body.facts.codings.length > 0
  if (coded && !row.hashOfEncoded && content.codings.length === 0)
    return content.byCap ? undefined : `it cannot be decoded, and the case has the hash of its content (sha256 ${sha256})`
  const is = coded && row.hashOfEncoded ? body.sha256 : content.sha256
  if (is !== sha256) return `it has sha256 ${is}, and the case says ${sha256}`
  if (md5 !== undefined && md5 !== content.md5) return `it has md5 ${content.md5}, and the case says ${md5}`
  return undefined
}
