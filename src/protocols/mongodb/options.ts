import { count, defineOptions } from '../../schema/options.js'

export const mongodbOptions = defineOptions({
  max_docs: count('Documents of one message that are shown in request, response and columns; 0 = all that are kept.', 10),
  max_doc_length: count('Characters of one document, filter or list that are shown; 0 = all that are kept.', 5000),
})

export interface MongodbOptions {
  readonly send_request?: boolean
  readonly send_response?: boolean
  readonly max_docs: number
  readonly max_doc_length: number
}

/** Characters kept of one text where an option says all: a document of 1 MB is not for reading in a row. */
export const MAX_TEXT = 1 << 20
/** Documents where an option says all: the largest batch of a driver. */
const MAX_DOCS = 100_000

export const docLength = (options: MongodbOptions): number =>
  options.max_doc_length > 0 ? Math.min(options.max_doc_length, MAX_TEXT) : MAX_TEXT
export const docCount = (options: MongodbOptions): number => (options.max_docs > 0 ? Math.min(options.max_docs, MAX_DOCS) : MAX_DOCS)
