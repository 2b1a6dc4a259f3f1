/** How a case is told from other files: by what stands in the header of its SQLite file. */

/** "pcau", the mark that a case carries in its header. */
export const CASE_APPLICATION_ID = 0x70636175
/** Raised when a reader of the older layout would misread the newer one; new tables and columns do not raise it. */
export const CASE_SCHEMA_VERSION = 1

/** Bytes of the header that `caseMark` needs. */
export const CASE_HEADER_BYTES = 100
const SQLITE_MAGIC = Buffer.from('SQLite format 3\0', 'latin1')
const VERSION_OFFSET = 60
const APPLICATION_ID_OFFSET = 68

export type CaseMark = { readonly is: 'case' | 'newer case'; readonly version: number } | { readonly is: 'other file' | 'other database' }

/** Judges a file by its first bytes, so that what is not a case need not be opened. */
export function caseMark(header: Buffer): CaseMark {
  if (header.length < CASE_HEADER_BYTES || !header.subarray(0, SQLITE_MAGIC.length).equals(SQLITE_MAGIC)) return { is: 'other file' }
  if (header.readUInt32BE(APPLICATION_ID_OFFSET) !== CASE_APPLICATION_ID) return { is: 'other database' }
  const version = header.readUInt32BE(VERSION_OFFSET)
  return { is: version > CASE_SCHEMA_VERSION ? 'newer case' : 'case', version }
}
