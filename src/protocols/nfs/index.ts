/** NFS and the RPC programs around it: MOUNT, the port mapper, locks and status by name. */

import { otherSide, type Side } from '../../model/side.js'
import { commonOptions, defineOptions } from '../../schema/options.js'
import { defineProtocol } from '../protocol.js'
import { RecordStream, type Records } from '../shared/oncrpc/record-stream.js'
import type { Body, CallBody } from './bodies.js'
import { NfsCorrelator } from './correlator.js'
import { readMessage } from './decode.js'
import { nfsFields } from './fields.js'
import { Files } from './files.js'
import { DatagramParser } from './parser.js'
import { probe } from './probe.js'

export const nfs = defineProtocol({
  name: 'nfs',
  doc: 'One NFS call with its reply (an NFSv4 COMPOUND is one call), or one call of the programs around it: mount, portmap, nlm, status.',
  spec: [
    ...['RFC 5531', 'RFC 4506', 'RFC 2203', 'RFC 9289', 'RFC 1094', 'RFC 1813', 'RFC 7530', 'RFC 8881', 'RFC 7862', 'RFC 8276'],
    ...['RFC 1833'],
  ],
  transports: ['tcp', 'udp'],
  ports: [2049, 111],
  fields: nfsFields,
  options: defineOptions({ send_request: commonOptions.send_request, send_response: commonOptions.send_response }),
  anomalies: {
    'nfs.framing': 'A record mark was expected and something else stood there; what follows was searched for the next message.',
    'nfs.resync': 'After a loss the bytes did not begin with a message.',
    'nfs.malformed': 'A message contradicts the format; what could be read of it is kept.',
    'nfs.message-size': 'A message is longer than what is kept of one, file content not counted; its end was not read.',
    'nfs.waiting': 'Too many calls waited in one connection; the oldest was closed as unanswered.',
  },
  shared: () => new Files(),
  probe,
  open(session) {
    const correlator = new NfsCorrelator(session)
    const waitingOn =
      (side: Side) =>
      (xid: number): CallBody | undefined =>
        correlator.waiting.find(otherSide(side), xid)?.call
    if (session.flow.transport !== 'tcp') {
      const malformed = (why: string) => session.anomaly('nfs.malformed', undefined, why)
      const hold = (bytes: number) => session.hold?.(bytes) ?? true
      return {
        client: new DatagramParser(waitingOn('client'), malformed, hold),
        server: new DatagramParser(waitingOn('server'), malformed, hold),
        correlator,
      }
    }
    const records = (side: Side): Records<Body> => {
      const waiting = waitingOn(side)
      return {
        read: (x) => readMessage(x, waiting),
        awaited: (xid) => waiting(xid) !== undefined,
        complain: (what, why) => session.anomaly(`nfs.${what}`, undefined, why),
        hold: (bytes) => session.hold?.(bytes) ?? true,
        upgraded: () => correlator.upgraded,
      }
    }
    return { client: new RecordStream(records('client')), server: new RecordStream(records('server')), correlator }
  },
})
