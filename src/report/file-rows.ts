/** Files that HTTP and mail carried, as rows of a listing and as objects of a manifest. */
import type { Value } from './format/row-format.js'

/** What a listing shows of one; undefined where it is not known. */
/** What reading its bytes again tells of a file. */
export interface ExaminedBytes {
  /** By content. */
  readonly type: string | undefined
  /** Of the content; of the body as transferred where that cannot be decoded. */
  readonly size: number
  readonly md5: string
  readonly sha1: string
  readonly sha256: string
  /** Codings that were undone. */
  readonly codings: readonly string[]
  readonly transferredSize: number
  readonly transferredSha256: string
  readonly range: string | undefined
  readonly missing: number
  readonly holes: readonly { readonly offset: number; readonly bytes: number; readonly filled: boolean }[]
}

export interface FileFacts {
  readonly id: number
  readonly tx: string
  readonly ts: string
  readonly protocol: string
  readonly part: string
  readonly sender: string
  readonly name: string | undefined
  readonly declaredType: string | undefined
  readonly encoding: string | undefined
  readonly size: number
  readonly hashes: { readonly md5?: string | undefined; readonly sha1?: string | undefined; readonly sha256?: string | undefined }
  readonly hashOfEncoded: boolean
  readonly complete: string
  readonly client: string
  readonly server: string
  readonly captureId: number
  readonly frames: string
  readonly file?: string | undefined
  readonly notes: readonly string[]
  readonly bytes?: ExaminedBytes | undefined
}

type Object = Record<string, unknown>

/** Every column, in the order of a listing for programs. */
export const FILE_COLUMNS = [
  ...['id', 'tx', 'ts', 'protocol', 'part', 'sender', 'name', 'declared_type', 'content_type', 'encoding', 'size'],
  ...['md5', 'sha1', 'sha256', 'transferred_size', 'transferred_sha256', 'complete', 'range', 'missing_bytes'],
  ...['client', 'server', 'capture_id', 'frames', 'file', 'notes'],
] as const
/** Those that fit a terminal. */
export const FILE_COLUMNS_SHOWN = ['id', 'part', 'sender', 'name', 'type', 'size', 'sha256', 'complete'] as const

/** All that is known: sizes and hashes without prefix are of the content, decoded; what is not known is undefined. */
export function fileObject(file: FileFacts): Object {
  const { bytes, hashes } = file
  const encoded = file.hashOfEncoded
  // Of a body with a coding around it the case has the size as transferred alone.
  const coded = encoded || file.encoding !== undefined
  return {
    id: file.id,
    tx: file.tx,
    ts: file.ts,
    protocol: file.protocol,
    part: file.part,
    sender: file.sender,
    name: file.name,
    declared_type: file.declaredType,
    content_type: bytes?.type,
    encoding: bytes ? bytes.codings.join(', ') || file.encoding : file.encoding,
    size: bytes ? bytes.size : coded ? undefined : file.size,
    md5: bytes ? bytes.md5 : hashes.md5,
    sha1: bytes?.sha1,
    sha256: bytes ? bytes.sha256 : encoded ? undefined : hashes.sha256,
    transferred_size: bytes ? bytes.transferredSize : file.size,
    transferred_sha256: bytes ? bytes.transferredSha256 : encoded ? hashes.sha256 : undefined,
    complete: file.complete,
    range: bytes?.range,
    missing_bytes: bytes && bytes.missing > 0 ? bytes.missing : undefined,
    client: file.client,
    server: file.server,
    capture_id: file.captureId,
    frames: file.frames,
    file: file.file,
    notes: file.notes.length > 0 ? file.notes : undefined,
  }
}

/** The same with where bytes are missing, for a manifest. */
export const manifestObject = (file: FileFacts): Object => ({
  ...fileObject(file),
  missing: file.bytes && file.bytes.holes.length > 0 ? file.bytes.holes : undefined,
})

export function fileValues(file: FileFacts, columns: readonly string[]): Value[] {
  const object = fileObject(file)
  const shown: Object = {
    ...object,
    type: typeShown(file),
    size: columns === FILE_COLUMNS_SHOWN ? (object.size ?? object.transferred_size) : object.size,
    sha256: columns === FILE_COLUMNS_SHOWN ? (object.sha256 ?? object.transferred_sha256) : object.sha256,
    notes: file.notes.length > 0 ? file.notes.join('; ') : undefined,
  }
  return columns.map((column) => (shown[column] ?? null) as Value)
}

/** By content where that says more than the declaration: text of any kind, and what nobody knows, look alike. */
function typeShown({ bytes, declaredType }: FileFacts): string | undefined {
  const vague = bytes?.type === undefined || bytes.type === 'text/plain' || bytes.type === 'application/octet-stream'
  return vague ? (declaredType ?? bytes?.type) : bytes.type
}
