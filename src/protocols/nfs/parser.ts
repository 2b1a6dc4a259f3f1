/** The two ways a message travels: records over TCP, datagrams over UDP. */
import type { Cursor } from '../../bytes/cursor.js'
import type { Parser, Verdict } from '../protocol.js'
import { judge } from '../shared/oncrpc/header.js'
import { Incoming } from '../shared/oncrpc/incoming.js'
import { Xdr } from '../shared/oncrpc/xdr.js'
import type { Body, CallBody } from './bodies.js'
import { readMessage } from './decode.js'

export type Message = Incoming<Body>

export class DatagramParser implements Parser<Message> {
  private readonly x = new Xdr()

  constructor(
    private readonly waiting: (xid: number) => CallBody | undefined,
    private readonly malformed: (why: string) => void,
    private readonly hold: (bytes: number) => boolean,
  ) {}

  next(cur: Cursor, into: (message: Message) => void): Verdict {
    const { buf, pos, end } = cur
    cur.pos = end
    const message: Message = new Incoming()
    message.bytes = end - pos + cur.cut
    message.cut = cur.cut > 0
    message.done = true
    const { x } = this
    if (judge(buf, pos, end, true) !== 'no') message.body = readMessage(x.reset(buf, pos, end), this.waiting)
    const { body } = message
    if (body === undefined) {
      if (!message.cut) this.malformed(`A datagram of ${end - pos} bytes is no RPC message.`)
      return 'message'
    }
    if (x.short && !message.cut) message.fault = x.fault === '' ? 'The message ends before its values do.' : x.fault
    // The call may have been captured behind it.
    if (body.kind === 'reply' && body.call === undefined && this.hold(end - pos)) message.raw = Buffer.from(buf.subarray(pos, end))
    into(message)
    return 'message'
  }
}
