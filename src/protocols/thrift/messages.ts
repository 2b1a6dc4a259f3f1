/** What a parser hands to the correlator: a message, given again with each piece of it until it is `done`. */
import type { StructNode } from './nodes.js'
import type { Start } from './start.js'

export class Message {
  done = false
  /** Bytes as Packetbeat counts them: the frame without its size, or the whole message where there is no frame. */
  size = 0
  lost = 0
  /** Why the body is not all there: 'lost', 'cut', or what is wrong with it. */
  fault = ''
  root: StructNode = { t: 'struct', ids: [], items: [], more: false }

  constructor(readonly start: Start) {}

  get reply(): boolean {
    return this.start.kind === 2 || this.start.kind === 3
  }
}
