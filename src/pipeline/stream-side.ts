/** One direction of a TCP connection: what of it waits, and how far it was read. */
import { ByteStore } from '../streams/byte-store.js'

export class StreamSide {
  readonly store = new ByteStore()
  /** Stream offset of the first byte that is not dealt with yet. */
  offset = 0
  /** Bytes from there that the parser asked for before it wants to be called again. */
  want = 0
  /** The parser is not called any more. */
  done = false
  /** It answered 'upgrade': what follows is another protocol's. */
  switched = false
  finished = false
}
